tocsin_fuzzer(alerting/template SOURCE template_fuzz.cc LINKS tocsin::alerting_template)
