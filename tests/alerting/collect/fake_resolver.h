// A dns::Resolver that knows what the test says.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/dns/resolver.h"

namespace tocsin::collect {

class FakeResolver final : public dns::Resolver {
 public:
  void Resolve(std::string name, dns::RecordType type, dns::Done done) override {
    asked.emplace_back(name, type);
    auto found = records.find(name);
    done(found == records.end() ? Result<std::vector<dns::Record>>(std::vector<dns::Record>())
                                : found->second);
  }

  std::map<std::string, Result<std::vector<dns::Record>>> records;
  std::vector<std::pair<std::string, dns::RecordType>> asked;
};

}  // namespace tocsin::collect
