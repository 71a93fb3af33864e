tocsin_fuzzer(alerting/notify_mime SOURCE mime_fuzz.cc LINKS tocsin::alerting_notify)
