tocsin_fuzzer(base/web_config SOURCE web_config_fuzz.cc LINKS tocsin::base_web_config)
