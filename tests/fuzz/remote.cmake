tocsin_fuzzer(alerting/remote SOURCE remote_write_fuzz.cc LINKS tocsin::alerting_remote)
