tocsin_fuzzer(alerting/promql SOURCE promql_fuzz.cc LINKS tocsin::alerting_promql tocsin::alerting_store)
