tocsin_fuzzer(alerting/rules SOURCE rules_fuzz.cc LINKS tocsin::alerting_rules)
