tocsin_fuzzer(alerting/collect SOURCE exposition_fuzz.cc LINKS tocsin::alerting_collect)
tocsin_fuzzer(alerting/collect/relabel SOURCE relabel_fuzz.cc LINKS tocsin::alerting_collect)
tocsin_fuzzer(alerting/collect/discovery SOURCE discovery_fuzz.cc LINKS tocsin::alerting_collect)
