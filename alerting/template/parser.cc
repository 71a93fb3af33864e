// Recursive descent over the token list. The first fault is kept in error_ and the input is taken to be at
// its end from there on, so that every loop comes to an end and only Run() has to look.
#include "alerting/template/parser.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "alerting/template/lexer.h"
#include "alerting/template/number.h"

namespace tocsin::templating {
namespace {

using K = TokenKind;

// Parentheses and blocks together; far above what is written, far below what the stack holds.
constexpr int kMaxNesting = 400;

class Parser {
 public:
  Parser(std::shared_ptr<const Source> source, const std::function<bool(std::string_view)>& has_function)
      : source_(std::move(source)), has_function_(has_function), tokens_(Tokenize(source_->text)) {}
  Result<std::vector<Tree>> Run();

 private:
  enum class End { kEof, kEnd, kElse };
  class Nesting;

  const Token& Peek() const { return failed() ? end_ : tokens_[std::min(next_, tokens_.size() - 1)]; }
  const Token& PeekNonSpace();
  Token Next();
  Token NextNonSpace();
  bool failed() const { return error_.has_value(); }
  void FailAt(size_t offset, std::string message, ErrorCode code = ErrorCode::kInvalidArgument);
  void Unexpected(const Token& token, std::string_view context);
  Token Expect(K kind, std::string_view context);

  End ParseList(std::vector<Node>& nodes, bool top);
  bool ParseAction(std::vector<Node>& nodes, bool top, End& end);
  Node ParseControl(Node::Kind kind, size_t offset, std::string_view context);
  void ParseElse(Node& node, std::string_view context);
  Node ParseTemplateCall();
  Node ParseJump(Node::Kind kind, size_t offset, std::string_view word);
  void ParseDefine(size_t offset);
  Node ParseBlock(size_t offset);
  void ParseBody(std::string name, size_t offset, std::string_view context);
  std::string ParseName(std::string_view context);

  Pipeline ParsePipeline(std::string_view context, K end);
  void ParseDeclarations(Pipeline& pipeline, std::string_view context);
  void CheckPipeline(const Pipeline& pipeline, std::string_view context, size_t offset);
  Command ParseCommand();
  std::optional<Operand> ParseOperand();
  std::optional<Operand> ParseTerm();
  Operand ParseConstant(const Token& token);

  std::shared_ptr<const Source> source_;
  const std::function<bool(std::string_view)>& has_function_;
  std::vector<Token> tokens_;
  Token end_;
  size_t next_ = 0;
  std::vector<std::string> variables_ = {"$"};
  std::vector<Tree> trees_;
  int range_depth_ = 0;
  int nesting_ = 0;
  std::optional<Error> error_;
};

class Parser::Nesting {
 public:
  explicit Nesting(Parser& parser) : parser_(parser) {
    if (++parser_.nesting_ > kMaxNesting) {
      parser_.FailAt(parser_.Peek().offset, "template nests too deeply", ErrorCode::kResourceExhausted);
    }
  }
  ~Nesting() { --parser_.nesting_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  Parser& parser_;
};

const Token& Parser::PeekNonSpace() {
  while (Peek().kind == K::kSpace) ++next_;
  return Peek();
}

Token Parser::Next() {
  Token token = Peek();
  if (!failed()) ++next_;
  return token;
}

Token Parser::NextNonSpace() {
  PeekNonSpace();
  return Next();
}

void Parser::FailAt(size_t offset, std::string message, ErrorCode code) {
  if (!failed()) error_ = Error(code, std::move(message), source_->At(offset));
}

void Parser::Unexpected(const Token& token, std::string_view context) {
  if (token.kind == K::kError) return FailAt(token.offset, token.message);
  FailAt(token.offset, fmt::format("unexpected {} in {}", Describe(token), context));
}

Token Parser::Expect(K kind, std::string_view context) {
  Token token = NextNonSpace();
  if (token.kind != kind) Unexpected(token, context);
  return token;
}

Result<std::vector<Tree>> Parser::Run() {
  trees_.push_back({source_->name, source_, {}});
  std::vector<Node> nodes;
  const End end = ParseList(nodes, true);
  if (end == End::kEnd) FailAt(tokens_[next_ - 1].offset, "unexpected {{end}}");
  if (end == End::kElse) FailAt(tokens_[next_ - 1].offset, "unexpected {{else}}");
  if (error_) return tl::unexpected(*error_);
  trees_[0].nodes = std::move(nodes);
  return std::move(trees_);
}

// Up to {{end}} or {{else}}, which is consumed, delimiters and all but what follows an else.
Parser::End Parser::ParseList(std::vector<Node>& nodes, bool top) {
  const Nesting nesting(*this);
  while (!failed()) {
    const Token token = Next();
    if (token.kind == K::kText) {
      nodes.push_back({.kind = Node::Kind::kText, .offset = token.offset, .text = std::string(token.text)});
    } else if (token.kind == K::kLeftDelim) {
      End end = End::kEof;
      if (!ParseAction(nodes, top, end)) return end;
    } else if (token.kind == K::kEof) {
      if (!top) FailAt(token.offset, "unexpected EOF");
      return End::kEof;
    } else {
      Unexpected(token, "input");
    }
  }
  return End::kEof;
}

// False when the list ends here.
bool Parser::ParseAction(std::vector<Node>& nodes, bool top, End& end) {
  const Token token = PeekNonSpace();
  if (token.kind != K::kKeyword) {
    Node node{.kind = Node::Kind::kAction, .offset = token.offset};
    node.pipeline = ParsePipeline("command", K::kRightDelim);
    nodes.push_back(std::move(node));
    return true;
  }
  Next();
  const std::string_view word = token.text;
  if (word == "end" || word == "else") {
    end = word == "end" ? End::kEnd : End::kElse;
    if (word == "end") Expect(K::kRightDelim, "end");
    return false;
  }
  if (word == "define") {
    if (top) {
      ParseDefine(token.offset);
    } else {
      Unexpected(token, "command");
    }
    return true;
  }
  if (word == "if") nodes.push_back(ParseControl(Node::Kind::kIf, token.offset, "if"));
  if (word == "with") nodes.push_back(ParseControl(Node::Kind::kWith, token.offset, "with"));
  if (word == "range") nodes.push_back(ParseControl(Node::Kind::kRange, token.offset, "range"));
  if (word == "template") nodes.push_back(ParseTemplateCall());
  if (word == "block") nodes.push_back(ParseBlock(token.offset));
  if (word == "break") nodes.push_back(ParseJump(Node::Kind::kBreak, token.offset, word));
  if (word == "continue") nodes.push_back(ParseJump(Node::Kind::kContinue, token.offset, word));
  return true;
}

Node Parser::ParseControl(Node::Kind kind, size_t offset, std::string_view context) {
  const size_t scope = variables_.size();
  Node node{.kind = kind, .offset = offset};
  node.pipeline = ParsePipeline(context, K::kRightDelim);
  if (kind == Node::Kind::kRange) ++range_depth_;
  const End end = ParseList(node.body, false);
  if (kind == Node::Kind::kRange) --range_depth_;
  if (end == End::kElse) ParseElse(node, context);
  variables_.resize(std::min(scope, variables_.size()));
  return node;
}

// Behind the word "else": the rest of the branch, to its {{end}}. {{else if x}} is an {{else}}{{if x}} that
// shares the {{end}}.
void Parser::ParseElse(Node& node, std::string_view context) {
  const Token token = PeekNonSpace();
  if (token.kind == K::kKeyword && token.text == context && node.kind != Node::Kind::kRange) {
    Next();
    const Nesting nesting(*this);
    node.otherwise.push_back(ParseControl(node.kind, token.offset, context));
    return;
  }
  Expect(K::kRightDelim, "else");
  if (ParseList(node.otherwise, false) == End::kElse) {
    FailAt(token.offset, "expected end; found {{else}}");
  }
}

Node Parser::ParseJump(Node::Kind kind, size_t offset, std::string_view word) {
  const Token token = NextNonSpace();
  if (token.kind != K::kRightDelim) Unexpected(token, fmt::format("{{{{{}}}}}", word));
  if (range_depth_ == 0) FailAt(offset, fmt::format("{{{{{}}}}} outside {{{{range}}}}", word));
  return {.kind = kind, .offset = offset};
}

std::string Parser::ParseName(std::string_view context) {
  const Token token = NextNonSpace();
  if (token.kind != K::kString && token.kind != K::kRawString) {
    Unexpected(token, context);
    return {};
  }
  const std::string_view body = token.text.substr(1, token.text.size() - 2);
  if (token.kind == K::kRawString) return std::string(body);
  auto name = UnquoteGo(body, '"');
  if (!name) FailAt(token.offset, "invalid syntax");
  return name.value_or("");
}

Node Parser::ParseTemplateCall() {
  // Messages about the call point at the name, as Go's do.
  Node node{.kind = Node::Kind::kTemplate, .offset = PeekNonSpace().offset};
  node.text = ParseName("template clause");
  if (PeekNonSpace().kind == K::kRightDelim) {
    Next();
  } else {
    node.pipeline = ParsePipeline("template clause", K::kRightDelim);
  }
  return node;
}

void Parser::ParseDefine(size_t offset) {
  std::string name = ParseName("define clause");
  Expect(K::kRightDelim, "define clause");
  ParseBody(std::move(name), offset, "define clause");
}

Node Parser::ParseBlock(size_t offset) {
  Node node{.kind = Node::Kind::kTemplate, .offset = offset};
  node.text = ParseName("block clause");
  node.pipeline = ParsePipeline("block clause", K::kRightDelim);
  ParseBody(node.text, offset, "block clause");
  return node;
}

// A definition's body: it sees no variables but its own $.
void Parser::ParseBody(std::string name, size_t offset, std::string_view context) {
  std::vector<std::string> outer = std::exchange(variables_, {"$"});
  const int ranges = std::exchange(range_depth_, 0);
  Tree tree{std::move(name), source_, {}};
  if (ParseList(tree.nodes, false) == End::kElse)
    FailAt(offset, fmt::format("unexpected {{{{else}}}} in {}", context));
  variables_ = std::move(outer);
  range_depth_ = ranges;
  const auto same =
      std::find_if(trees_.begin() + 1, trees_.end(), [&](const Tree& t) { return t.name == tree.name; });
  if (same == trees_.end()) {
    trees_.push_back(std::move(tree));
  } else if (same->IsEmpty()) {
    *same = std::move(tree);
  } else if (!tree.IsEmpty()) {
    FailAt(offset, fmt::format("multiple definition of template {}", QuoteGo(tree.name)));
  }
}

Pipeline Parser::ParsePipeline(std::string_view context, K end) {
  const Nesting nesting(*this);
  Pipeline pipeline;
  pipeline.offset = PeekNonSpace().offset;
  ParseDeclarations(pipeline, context);
  while (!failed()) {
    const Token token = PeekNonSpace();
    switch (token.kind) {
      case K::kBool:
      case K::kChar:
      case K::kDot:
      case K::kField:
      case K::kIdentifier:
      case K::kNumber:
      case K::kNil:
      case K::kRawString:
      case K::kString:
      case K::kVariable:
      case K::kLeftParen:
        pipeline.commands.push_back(ParseCommand());
        break;
      default:
        Next();
        if (token.kind != end) {
          Unexpected(token, context);
          break;
        }
        CheckPipeline(pipeline, context, token.offset);
        return pipeline;
    }
  }
  return pipeline;
}

// `$x :=`, `$x =`, and in a range `$i, $x :=`.
void Parser::ParseDeclarations(Pipeline& pipeline, std::string_view context) {
  std::vector<std::string> declared;
  while (PeekNonSpace().kind == K::kVariable) {
    const size_t start = next_;
    const Token variable = Next();
    const Token after = PeekNonSpace();
    declared.emplace_back(variable.text);
    if (after.kind == K::kAssign || after.kind == K::kDeclare) {
      Next();
      pipeline.assigns = after.kind == K::kAssign;
      pipeline.variables = declared;
      variables_.insert(variables_.end(), declared.begin(), declared.end());
      return;
    }
    if (after.kind != K::kPunctuation || after.text != ",") {
      next_ = start;
      declared.pop_back();
      break;
    }
    Next();
    if (context != "range" || declared.size() > 1) {
      return FailAt(after.offset, fmt::format("too many declarations in {}", context));
    }
    const K following = PeekNonSpace().kind;
    if (following != K::kVariable && following != K::kRightDelim && following != K::kRightParen) {
      return FailAt(Peek().offset, "range can only initialize variables");
    }
  }
  pipeline.variables = declared;
  variables_.insert(variables_.end(), declared.begin(), declared.end());
}

void Parser::CheckPipeline(const Pipeline& pipeline, std::string_view context, size_t offset) {
  if (pipeline.commands.empty()) return FailAt(offset, fmt::format("missing value for {}", context));
  for (size_t i = 1; i < pipeline.commands.size(); ++i) {
    const Operand& first = pipeline.commands[i].operands.front();
    if (first.kind == Operand::Kind::kDot || first.kind == Operand::Kind::kNil ||
        first.kind == Operand::Kind::kConstant) {
      return FailAt(first.offset, fmt::format("non executable command in pipeline stage {}", i + 1));
    }
  }
}

Command Parser::ParseCommand() {
  Command command;
  command.offset = PeekNonSpace().offset;
  while (!failed()) {
    PeekNonSpace();
    if (auto operand = ParseOperand()) command.operands.push_back(std::move(*operand));
    const Token& token = Peek();
    if (token.kind == K::kSpace) {
      Next();
      continue;
    }
    if (token.kind == K::kPipe) {
      Next();
    } else if (token.kind != K::kRightDelim && token.kind != K::kRightParen) {
      Unexpected(token, "operand");
    }
    break;
  }
  if (command.operands.empty()) FailAt(command.offset, "empty command");
  return command;
}

std::optional<Operand> Parser::ParseOperand() {
  auto operand = ParseTerm();
  if (!operand || Peek().kind != K::kField) return operand;
  const Operand::Kind kind = operand->kind;
  if (kind == Operand::Kind::kDot || kind == Operand::Kind::kNil || kind == Operand::Kind::kConstant) {
    FailAt(Peek().offset, fmt::format("unexpected . after term {}", QuoteGo(ToString(*operand))));
  }
  // Messages about a chain point at its first dot, unless it begins with one, as Go's do.
  operand->offset = Peek().offset;
  while (Peek().kind == K::kField) operand->fields.emplace_back(Next().text.substr(1));
  return operand;
}

std::optional<Operand> Parser::ParseTerm() {
  const Token token = PeekNonSpace();
  Operand operand;
  operand.offset = token.offset;
  operand.text = std::string(token.text);
  switch (token.kind) {
    case K::kIdentifier:
      if (!has_function_(token.text)) {
        FailAt(token.offset, fmt::format("function {} not defined", QuoteGo(token.text)));
      }
      operand.kind = Operand::Kind::kFunction;
      break;
    case K::kDot:
      operand.kind = Operand::Kind::kDot;
      break;
    case K::kNil:
      operand.kind = Operand::Kind::kNil;
      break;
    case K::kVariable:
      if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end()) {
        FailAt(token.offset, fmt::format("undefined variable {}", QuoteGo(token.text)));
      }
      operand.kind = Operand::Kind::kVariable;
      break;
    case K::kField:
      operand.kind = Operand::Kind::kField;
      operand.fields.emplace_back(token.text.substr(1));
      operand.text.clear();
      break;
    case K::kBool:
    case K::kChar:
    case K::kNumber:
    case K::kString:
    case K::kRawString:
      operand = ParseConstant(token);
      break;
    case K::kLeftParen:
      Next();
      operand.kind = Operand::Kind::kPipeline;
      operand.pipeline = std::make_unique<Pipeline>(ParsePipeline("parenthesized pipeline", K::kRightParen));
      return operand;
    default:
      return std::nullopt;
  }
  Next();
  return operand;
}

Operand Parser::ParseConstant(const Token& token) {
  Operand operand;
  operand.kind = Operand::Kind::kConstant;
  operand.offset = token.offset;
  operand.text = std::string(token.text);
  if (token.kind == K::kBool) {
    operand.constant = token.text == "true";
    return operand;
  }
  if (token.kind == K::kNumber) {
    const bool floating = token.text.find_first_of(".eEpP") != std::string_view::npos &&
                          (token.text.find_first_of("xX") == std::string_view::npos ||
                           token.text.find_first_of(".pP") != std::string_view::npos);
    if (const auto integer = ParseInt(token.text); integer && !floating) {
      operand.constant = *integer;
    } else if (const auto number = ParseFloat(token.text); number && floating) {
      operand.constant = *number;
    } else if (number) {
      FailAt(token.offset, fmt::format("integer overflow: {}", QuoteGo(token.text)));
    } else {
      FailAt(token.offset, fmt::format("illegal number syntax: {}", QuoteGo(token.text)));
    }
    return operand;
  }
  const std::string_view body = token.text.substr(1, token.text.size() - 2);
  if (token.kind == K::kRawString) {
    operand.constant = Value(body);
    return operand;
  }
  const auto text = UnquoteGo(body, token.text.front());
  if (token.kind == K::kString) {
    if (!text) FailAt(token.offset, "invalid syntax");
    operand.constant = Value(text.value_or(""));
    return operand;
  }
  size_t pos = 0;
  const char32_t rune = text && !text->empty() ? DecodeRune(*text, pos) : 0;
  if (!text || text->empty() || pos != text->size()) {
    FailAt(token.offset, fmt::format("malformed character constant: {}", token.text));
  }
  operand.constant = Value(static_cast<int64_t>(rune));
  return operand;
}

}  // namespace

Result<std::vector<Tree>> ParseTemplate(const std::shared_ptr<const Source>& source,
                                        const std::function<bool(std::string_view)>& has_function) {
  return Parser(source, has_function).Run();
}

}  // namespace tocsin::templating
