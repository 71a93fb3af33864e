#include "alerting/web/json_tree.h"

namespace tocsin::web {

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json LabelsJson(const model::Labels& labels) {
  Json object = Json::object();
  for (const model::LabelView label : labels) object[std::string(label.name)] = label.value;
  return object;
}

}  // namespace tocsin::web
