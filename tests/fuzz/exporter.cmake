tocsin_fuzzer(exporter/parse SOURCE exporter_parse_fuzz.cc LINKS tocsin::exporter_parse tocsin::exporter_traffic)
tocsin_fuzzer(exporter/upstream_list SOURCE exporter_upstream_list_fuzz.cc LINKS tocsin::exporter_parse)
tocsin_fuzzer(exporter/tail SOURCE exporter_tail_fuzz.cc LINKS tocsin::exporter_tail)
tocsin_fuzzer(exporter/error_log SOURCE exporter_error_log_fuzz.cc LINKS tocsin::exporter_errors)
