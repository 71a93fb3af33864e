tocsin_fuzzer(alerting/model_matcher_syntax SOURCE matcher_syntax_fuzz.cc LINKS tocsin::alerting_model)
