tocsin_fuzzer(base/http SOURCE http_fuzz.cc LINKS tocsin::base_http)
