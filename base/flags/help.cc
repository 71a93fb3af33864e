#include "base/flags/help.h"

#include <algorithm>
#include <sstream>

namespace tocsin::flags {
namespace {

constexpr size_t kLeft = 36;
constexpr size_t kRight = 74;

std::string Wrap(const std::string& text, size_t width) {
  std::istringstream words(text);
  std::string out;
  size_t column = 0;
  for (std::string word; words >> word;) {
    if (column > 0 && column + 1 + word.size() > width) {
      out += '\n';
      column = 0;
    }
    if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

}  // namespace

HelpFormatter::HelpFormatter() { column_width(kLeft); }

std::string HelpFormatter::make_option_name(const CLI::Option* option, bool is_positional) const {
  if (is_positional) return Formatter::make_option_name(option, true);
  std::string out;
  for (const std::string& name : option->get_snames()) out += "-" + name + ", ";
  for (const std::string& name : option->get_lnames()) {
    const auto& negations = option->get_fnames();
    if (std::ranges::find(negations, name) != negations.end()) continue;
    const bool negatable = std::ranges::find(negations, "no-" + name) != negations.end();
    out += (negatable ? "--[no-]" : "--") + name + ", ";
  }
  return out.substr(0, out.size() - std::min<size_t>(out.size(), 2));
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return "";
  const std::string& standard = option->get_default_str();
  std::string out = option->get_positional() && option->get_lnames().empty() ? " " : "=";
  out += standard.empty() ? option->get_type_name() : standard;
  if (option->get_expected_max() >= CLI::detail::expected_max_vector_size) out += " ...";
  return out;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  if (option->get_required()) text += " Required.";
  if (!option->get_envname().empty()) text += " [$" + option->get_envname() + "]";
  return Wrap(text, kRight);
}

}  // namespace tocsin::flags
