tocsin_fuzzer(alerting/rules SOURCE rules_fuzz.cc LINKS tocsin::alerting_rules tocsin::base_yaml)
tocsin_fuzzer(alerting/rules_kept SOURCE rules_kept_fuzz.cc LINKS tocsin::alerting_rules)
