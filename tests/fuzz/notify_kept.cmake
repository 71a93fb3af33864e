tocsin_fuzzer(alerting/notify_kept SOURCE notify_kept_fuzz.cc LINKS tocsin::alerting_notify)
tocsin_fuzzer(alerting/web_alertmanager SOURCE web_alertmanager_fuzz.cc LINKS tocsin::alerting_web)
