// SPDX-License-Identifier: Apache-2.0
#include "src/c/tree.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace lkmc::c {
namespace {

// Ordered, since clang leaves out a file or line that is that of the place printed before.
using Json = nlohmann::ordered_json;

// Deeper trees are refused: they are walked by recursion.
constexpr int kMaxDepth = 1500;

struct TooDeep {};

class Reader {
 public:
  explicit Reader(Tree& tree) : tree_(tree) {}

  Node node(const Json& json) {
    if (++depth_ > kMaxDepth) throw TooDeep();
    Node n;
    for (const auto& [key, value] : json.items()) attribute(n, key, value);
    --depth_;
    return n;
  }

 private:
  struct Place {
    const char* file = nullptr;
    int line = 0, column = 0;
    bool is_macro_argument = false;
  };

  void attribute(Node& n, const std::string& key, const Json& value) {
    if (key == "inner") {
      n.inner.reserve(value.size());
      for (const Json& child : value) n.inner.push_back(node(child));
    } else if (key == "array_filler") {
      // clang puts what fills the array before the elements.
      for (const Json& child : value) (n.filler.empty() ? n.filler : n.inner).push_back(node(child));
    } else if (key == "loc") {
      n.pos = position(place(value));
    } else if (key == "range") {
      const Place begin = place(value.value("begin", Json::object()));
      (void)place(value.value("end", Json::object()));
      if (n.pos.line == 0) n.pos = position(begin);
    } else if (key == "type") {
      type(value, n.type, n.real_type);
    } else if (key == "argType" || key == "computeResultType") {
      type(value, n.operand_type, n.real_operand_type);
    } else if (key == "referencedDecl") {
      n.declaration = value.value("id", "");
      n.declared_name = value.value("name", "");
      // It repeats a part of the declaration, but no place.
    } else if (key == "decl" || key == "ownedTagDecl" || key == "field") {
      n.declaration = value.value("id", "");
    } else if (value.is_string()) {
      text(n, key, value.get_ref<const std::string&>());
    } else if (value.is_boolean()) {
      flag(n, key, value.get<bool>());
    } else if (value.is_number() && key == "value") {
      n.value = value.dump();
    }
  }

  static void text(Node& n, const std::string& key, const std::string& value) {
    if (key == "kind") n.kind = value;
    if (key == "id") n.id = value;
    if (key == "name") n.name = value;
    if (key == "opcode") n.opcode = value;
    if (key == "castKind") n.cast_kind = value;
    if (key == "value") n.value = value;
    if (key == "tagUsed") n.tag_used = value;
    if (key == "storageClass") n.storage = value;
    if (key == "referencedMemberDecl" || key == "targetLabelDeclId" || key == "declId") n.declaration = value;
  }

  static void flag(Node& n, const std::string& key, bool value) {
    if (key == "isArrow") n.is_arrow = value;
    if (key == "isPostfix") n.is_postfix = value;
    if (key == "isBitfield") n.is_bit_field = value;
    if (key == "completeDefinition") n.is_complete = value;
    if (key == "isGNURange") n.is_range = value;
    if (key == "hasElse") n.has_else = value;
    if (key == "isImplicit") n.is_implicit = value;
  }

  static void type(const Json& json, std::string& written, std::string& real) {
    written = json.value("qualType", "");
    real = json.value("desugaredQualType", "");
  }

  // What is said of a place updates what is known of the one printed last, so all are read, in order.
  Place place(const Json& json) {
    if (json.contains("spellingLoc")) {
      const Place spelled = place(json["spellingLoc"]);
      const Place used = place(json.value("expansionLoc", Json::object()));
      // What the user has written as the argument of a macro stands where he has written it.
      const bool is_argument = used.is_macro_argument && spelled.file == used.file && spelled.line >= used.line;
      return is_argument ? spelled : used;
    }
    if (json.contains("file")) file_ = interned(json["file"]);
    if (json.contains("line")) line_ = json["line"];
    if (!json.contains("col")) return {};
    return {file_, line_, json["col"], json.value("isMacroArgExpansion", false)};
  }

  const char* interned(const std::string& file) { return tree_.files.insert(file).first->c_str(); }

  static SourcePos position(const Place& place) { return {.line = place.line, .column = place.column, .file = place.file}; }

  Tree& tree_;
  const char* file_ = nullptr;
  int line_ = 0;
  int depth_ = 0;
};

}  // namespace

const Node& without_parentheses(const Node& n) {
  const Node* at = &n;
  while (at->kind == "ParenExpr" || at->kind == "ConstantExpr" || (at->kind == "UnaryOperator" && at->opcode == "__extension__"))
    at = &at->inner.front();
  return *at;
}

const Node* called(const Node& call) {
  const Node* at = &without_parentheses(call.inner.front());
  while (is(*at, "ImplicitCastExpr") && (at->cast_kind == "FunctionToPointerDecay" || at->cast_kind == "BuiltinFnToFnPtr"))
    at = &without_parentheses(at->inner.front());
  return is(*at, "DeclRefExpr") ? at : nullptr;
}

std::string callee_of(const Node& call) {
  const Node* f = called(call);
  return f != nullptr ? f->declared_name : std::string();
}

std::string unquoted(std::string_view literal) {
  const std::size_t begin = literal.find('"');
  if (begin == std::string_view::npos) return {};
  std::string text;
  for (std::size_t i = begin + 1; i + 1 < literal.size(); ++i) {
    if (literal[i] != '\\') {
      text += literal[i];
      continue;
    }
    const char c = literal[++i];
    const std::size_t known = std::string_view("abfnrtv").find(c);
    if (known != std::string_view::npos) {
      text += "\a\b\f\n\r\t\v"[known];
    } else if (c >= '0' && c <= '7') {
      int code = 0;
      for (int digits = 0; digits < 3 && literal[i] >= '0' && literal[i] <= '7'; ++digits) code = code * 8 + (literal[i++] - '0');
      --i;
      text += static_cast<char>(code);
    } else {
      text += c;
    }
  }
  return text;
}

std::variant<std::unique_ptr<Tree>, Error> read_tree(const std::string& json) {
  const Json parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object() || parsed.value("kind", "") != "TranslationUnitDecl") {
    return Error{{}, "this version of clang does not print its tree in the form that lkmc reads"};
  }
  auto tree = std::make_unique<Tree>();
  try {
    tree->root = Reader(*tree).node(parsed);
  } catch (const TooDeep&) {
    return Error{{}, "expressions or statements are nested too deeply"};
  }
  return tree;
}

}  // namespace lkmc::c
