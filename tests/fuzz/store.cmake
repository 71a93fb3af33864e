tocsin_fuzzer(alerting/store_wal SOURCE store_wal_fuzz.cc LINKS tocsin::alerting_store)
tocsin_fuzzer(alerting/store_segment SOURCE store_segment_fuzz.cc LINKS tocsin::alerting_store)
