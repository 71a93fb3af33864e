#include "alerting/web/json.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/promql/parse/printer.h"

namespace tocsin::web {
namespace {

bool IsPlain(std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') return false;
  }
  return true;
}

std::string Scientific(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr};
}

void AppendPoint(std::string& out, Timestamp t, const model::SampleValue& value) {
  // A float is the only value that exists yet; model/sample.h says so.
  const double* number = std::get_if<double>(&value);
  out += '[';
  AppendJsonTime(out, t);
  out.append(",\"").append(FormatSampleValue(number != nullptr ? *number : NAN)).append("\"]");
}

void AppendVector(std::string& out, const model::Vector& vector) {
  for (size_t i = 0; i < vector.size(); ++i) {
    out += i == 0 ? "{\"metric\":" : ",{\"metric\":";
    AppendJsonLabels(out, vector[i].labels);
    out += ",\"value\":";
    AppendPoint(out, vector[i].timestamp, vector[i].value);
    out += '}';
  }
}

void AppendMatrix(std::string& out, const model::Matrix& matrix) {
  for (size_t i = 0; i < matrix.size(); ++i) {
    out += i == 0 ? "{\"metric\":" : ",{\"metric\":";
    AppendJsonLabels(out, matrix[i].labels);
    out += ",\"values\":[";
    for (size_t k = 0; k < matrix[i].samples.size(); ++k) {
      if (k > 0) out += ',';
      AppendPoint(out, matrix[i].samples[k].timestamp, matrix[i].samples[k].value);
    }
    out += "]}";
  }
}

void AppendNotes(std::string& out, std::string_view name, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  out.append(",\"").append(name).append("\":[");
  for (size_t i = 0; i < notes.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, notes[i]);
  }
  out += ']';
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  if (IsPlain(text)) {
    out.append("\"").append(text).append("\"");
    return;
  }
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AppendJsonTime(std::string& out, Timestamp t) {
  int64_t millis = t.millis();
  if (millis < 0) out += '-';
  uint64_t magnitude = millis < 0 ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
  fmt::format_to(std::back_inserter(out), "{}", magnitude / 1000);
  if (magnitude % 1000 == 0) return;
  fmt::format_to(std::back_inserter(out), ".{:03}", magnitude % 1000);
  while (out.back() == '0') out.pop_back();
}

void AppendJsonLabels(std::string& out, const model::Labels& labels) {
  out += '{';
  for (const model::Label& label : labels) {
    if (out.back() != '{') out += ',';
    AppendJsonString(out, label.name);
    out += ':';
    AppendJsonString(out, label.value);
  }
  out += '}';
}

void AppendJsonResult(std::string& out, const model::QueryResult& result) {
  struct Visitor {
    std::string& out;
    void operator()(const model::Vector& v) const {
      out += "{\"resultType\":\"vector\",\"result\":[";
      AppendVector(out, v);
      out += "]}";
    }
    void operator()(const model::Matrix& m) const {
      out += "{\"resultType\":\"matrix\",\"result\":[";
      AppendMatrix(out, m);
      out += "]}";
    }
    void operator()(const model::Scalar& s) const {
      out += "{\"resultType\":\"scalar\",\"result\":";
      out += '[';
      AppendJsonTime(out, s.timestamp);
      out.append(",\"").append(FormatFixed(s.value)).append("\"]}");
    }
    void operator()(const model::String& s) const {
      out += "{\"resultType\":\"string\",\"result\":[";
      AppendJsonTime(out, s.timestamp);
      out += ',';
      AppendJsonString(out, s.value);
      out += "]}";
    }
  };
  std::visit(Visitor{out}, result.value);
}

std::string FormatFixed(double value) { return promql::PrintNumber(value); }

std::string FormatSampleValue(double value) {
  double magnitude = std::fabs(value);
  bool exponent = std::isfinite(value) && magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
  return exponent ? Scientific(value) : FormatFixed(value);
}

std::string FormatExponent(double value) {
  return std::isfinite(value) ? Scientific(value) : FormatFixed(value);
}

http::Response Success(std::string_view data, const std::vector<std::string>& warnings,
                       const std::vector<std::string>& infos) {
  std::string body = "{\"status\":\"success\",\"data\":";
  body += data;
  AppendNotes(body, "warnings", warnings);
  AppendNotes(body, "infos", infos);
  body += '}';
  return http::Response::Json(200, std::move(body));
}

http::Response Failure(int status, std::string_view error_type, std::string_view message) {
  std::string body = "{\"status\":\"error\",\"errorType\":";
  AppendJsonString(body, error_type);
  body += ",\"error\":";
  AppendJsonString(body, message);
  body += '}';
  return http::Response::Json(status, std::move(body));
}

http::Response BadParameter(std::string_view name, std::string_view reason) {
  return Failure(400, "bad_data", fmt::format("invalid parameter \"{}\": {}", name, reason));
}

}  // namespace tocsin::web
