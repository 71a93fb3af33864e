tocsin_fuzzer(base/yaml SOURCE yaml_fuzz.cc LINKS tocsin::base_yaml)
