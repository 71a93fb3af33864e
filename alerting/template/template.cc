#include "alerting/template/template.h"

#include <utility>

#include "alerting/template/ast.h"
#include "alerting/template/builtins.h"
#include "alerting/template/executor.h"
#include "alerting/template/html_output.h"
#include "alerting/template/parser.h"

namespace tocsin::templating {

class TemplateSet::Impl {
 public:
  Impl(std::shared_ptr<const FunctionTable> functions, bool missing_key_zero)
      : functions_(std::move(functions)), missing_key_zero_(missing_key_zero) {}

  Result<std::vector<Tree>> Parse(std::string name, std::string_view text) const {
    const auto source = std::make_shared<const Source>(Source{std::move(name), std::string(text)});
    return ParseTemplate(source,
                         [this](std::string_view function) { return functions_->contains(function); });
  }

  void Add(std::vector<Tree> trees) {
    for (Tree& tree : trees) {
      const auto found = trees_.find(tree.name);
      if (found == trees_.end()) {
        std::string name = tree.name;
        trees_.emplace(std::move(name), std::move(tree));
      } else if (!tree.IsEmpty() || found->second.IsEmpty()) {
        found->second = std::move(tree);
      }
    }
  }

  bool Has(std::string_view name) const { return trees_.contains(name); }

  template <typename OutputType>
  Result<std::string> Execute(std::string_view name, const Value& data, const ExecuteLimits& limits) const {
    const Tree* tree = Find(name, nullptr);
    if (tree == nullptr) {
      return Fail(ErrorCode::kNotFound, "template \"" + std::string(name) + "\" is not defined");
    }
    return Run<OutputType>(*tree, data, limits, nullptr);
  }

  // The text's own definitions come before the set's.
  template <typename OutputType>
  Result<std::string> ExecuteText(std::string_view text, const Value& data,
                                  const ExecuteLimits& limits) const {
    const auto trees = Parse("", text);
    if (!trees) return tl::unexpected(trees.error());
    return Run<OutputType>(trees->front(), data, limits, &*trees);
  }

 private:
  const Tree* Find(std::string_view name, const std::vector<Tree>* own) const {
    if (own != nullptr) {
      for (size_t i = 1; i < own->size(); ++i) {
        if ((*own)[i].name == name && !(*own)[i].IsEmpty()) return &(*own)[i];
      }
    }
    const auto found = trees_.find(name);
    if (found != trees_.end()) return &found->second;
    if (own == nullptr) return nullptr;
    for (const Tree& tree : *own) {
      if (tree.name == name) return &tree;
    }
    return nullptr;
  }

  template <typename OutputType>
  Result<std::string> Run(const Tree& tree, const Value& data, const ExecuteLimits& limits,
                          const std::vector<Tree>* own) const {
    const ExecutionContext context{*functions_,
                                   [this, own](std::string_view name) { return Find(name, own); },
                                   missing_key_zero_, limits};
    OutputType output;
    if (const Status status = ExecuteTree(tree, data, context, output); !status) {
      return tl::unexpected(status.error());
    }
    return output.Finish();
  }

  std::shared_ptr<const FunctionTable> functions_;
  bool missing_key_zero_;
  std::map<std::string, Tree, std::less<>> trees_;
};

std::shared_ptr<const FunctionTable> WithBuiltins(FunctionTable functions) {
  functions.merge(Builtins());
  return std::make_shared<const FunctionTable>(std::move(functions));
}

TemplateSet::TemplateSet(FunctionTable functions, bool missing_key_zero)
    : TemplateSet(WithBuiltins(std::move(functions)), missing_key_zero) {}
TemplateSet::TemplateSet(std::shared_ptr<const FunctionTable> with_builtins, bool missing_key_zero)
    : impl_(std::make_shared<Impl>(std::move(with_builtins), missing_key_zero)) {}

Status TemplateSet::Parse(std::string name, std::string_view text) {
  auto trees = impl_->Parse(std::move(name), text);
  if (!trees) return tl::unexpected(trees.error());
  impl_->Add(std::move(*trees));
  return {};
}

bool TemplateSet::Has(std::string_view name) const { return impl_->Has(name); }

Result<std::string> TemplateSet::Execute(std::string_view name, const Value& data,
                                         const ExecuteLimits& limits) const {
  return impl_->Execute<TextOutput>(name, data, limits);
}
Result<std::string> TemplateSet::ExecuteHtml(std::string_view name, const Value& data,
                                             const ExecuteLimits& limits) const {
  return impl_->Execute<HtmlOutput>(name, data, limits);
}
Result<std::string> TemplateSet::ExecuteText(std::string_view text, const Value& data,
                                             const ExecuteLimits& limits) const {
  return impl_->ExecuteText<TextOutput>(text, data, limits);
}
Result<std::string> TemplateSet::ExecuteHtmlText(std::string_view text, const Value& data,
                                                 const ExecuteLimits& limits) const {
  return impl_->ExecuteText<HtmlOutput>(text, data, limits);
}

}  // namespace tocsin::templating
