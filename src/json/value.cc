#include "json/value.h"

#include <limits>

// A broken precondition of RapidJSON would be ours; every accessor below checks the type first.
#define RAPIDJSON_ASSERT(x) (static_cast<void>(0))
#ifdef __SSE2__
#define RAPIDJSON_SSE2  // strings and white space 16 characters at a time
#endif
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include "json/utf8.h"
#include "json/writer.h"

namespace berth::json {

// Parsed in place, as copies of strings would cost more than the rest: the tree points into the text.
struct Document::Tree {
  explicit Tree(std::string_view json) {
    text.reserve(json.size() + kOverread);
    text.append(json).append(kOverread, '\0');
    document.ParseInsitu<rapidjson::kParseFullPrecisionFlag>(text.data());
  }
  static constexpr std::size_t kOverread = 16;  // what SSE2 may read beyond the end

  std::string text;
  rapidjson::Document document;
};

namespace {

using Node = rapidjson::Value;

const Node& node_of(const void* node) noexcept {
  return *static_cast<const Node*>(node);
}

std::string_view view(const Node& string) noexcept {
  return {string.GetString(), string.GetStringLength()};
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20;
}

// What is wrong with a text as a whole, found before the parser allocates anything.
struct Outline {
  bool too_deep = false;                         // the nesting of brackets outside strings
  std::size_t control = std::string_view::npos;  // a control character in a string: RapidJSON overlooks some
};

Outline outline_of(std::string_view text) noexcept {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; i += text[i] == '\\' ? 2 : 1) {
        if (is_control(text[i])) return {.control = i};
      }
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return {.too_deep = true};
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return {};
}

// RapidJSON's own writer lets control characters pass unescaped.
void write(Writer& out, const Node& node) {
  if (node.IsObject()) {
    out.begin_object();
    for (const auto& member : node.GetObject()) {
      out.key(view(member.name));
      write(out, member.value);
    }
    out.end_object();
  } else if (node.IsArray()) {
    out.begin_array();
    for (const Node& element : node.GetArray()) write(out, element);
    out.end_array();
  } else if (node.IsString()) {
    out.value(view(node));
  } else if (node.IsBool()) {
    out.value(node.GetBool());
  } else if (node.IsInt64()) {
    out.value(node.GetInt64());
  } else if (node.IsUint64()) {
    out.value(node.GetUint64());
  } else if (node.IsNumber()) {
    out.value(node.GetDouble() + 0.0);  // no -0, which would read back as the integer
  } else {
    out.null();
  }
}

// Where an escaped second half of a surrogate pair stands alone, which RapidJSON would decode into bytes that are
// not UTF-8 (a first half alone it refuses itself); npos when there is none.
std::size_t lone_low_surrogate(std::string_view text) noexcept {
  constexpr std::size_t kEscape = 6;  // \uXXXX
  for (auto at = text.find('\\'); at != std::string_view::npos && at + 3 < text.size();) {
    std::size_t length = 2;
    if (text[at + 1] == 'u' && (text[at + 2] == 'd' || text[at + 2] == 'D')) {
      if (std::string_view("cdefCDEF").find(text[at + 3]) != std::string_view::npos) return at;
      if (std::string_view("89abAB").find(text[at + 3]) != std::string_view::npos) length = 2 * kEscape;
    }
    at = text.find('\\', at + length);
  }
  return std::string_view::npos;
}

std::string position(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    column = text[i] == '\n' ? 1 : column + 1;
    if (text[i] == '\n') ++line;
  }
  return concat("line ", line, ", column ", column);
}

bool plain_key(std::string_view key) noexcept {
  if (key.empty()) return false;
  for (const char c : key) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!plain) return false;
  }
  return true;
}

void append_key(std::string& path, std::string_view key) {
  if (!plain_key(key)) {
    append(path, "[\"", key, "\"]");
  } else {
    append(path, path.empty() ? "" : ".", key);
  }
}

// Finds the node by its address and leaves the way to it in `path`. Only errors pay for this walk.
bool find_path(const Node& from, const Node* wanted, std::string& path) {
  if (&from == wanted) return true;
  const std::size_t length = path.size();
  if (from.IsObject()) {
    for (const auto& member : from.GetObject()) {
      append_key(path, view(member.name));
      if (find_path(member.value, wanted, path)) return true;
      path.resize(length);
    }
  } else if (from.IsArray()) {
    for (rapidjson::SizeType i = 0; i < from.Size(); ++i) {
      append(path, '[', i, ']');
      if (find_path(from[i], wanted, path)) return true;
      path.resize(length);
    }
  }
  return false;
}

std::string number_range(auto lowest, auto highest) {
  return concat("an integer from ", lowest, " to ", highest);
}

}  // namespace

Document::Document(std::unique_ptr<Tree> tree, std::string name)
    : tree_(std::move(tree)), name_(std::move(name)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text, std::string_view name) {
  const auto refuse = [&](std::size_t where, std::string_view why) {
    return Error::invalid(name, concat("not valid JSON at ", position(text, where), ": ", why));
  };
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Outline outline = outline_of(text);
  if (outline.too_deep) return Error::invalid(name, concat("nested deeper than ", kMaxDepth, " levels"));
  // RapidJSON would end at the NUL, and checks the encoding slowly, one byte after the other.
  if (const auto at = text.find('\0'); at != std::string_view::npos) return refuse(at, "a NUL byte");
  if (const auto at = valid_utf8_prefix(text); at != text.size()) return refuse(at, "not UTF-8");
  if (outline.control != std::string_view::npos)
    return refuse(outline.control, "a control character in a string");
  auto tree = std::make_unique<Tree>(text);
  if (tree->document.HasParseError())
    return refuse(tree->document.GetErrorOffset(),
                  rapidjson::GetParseError_En(tree->document.GetParseError()));
  if (const auto at = lone_low_surrogate(text); at != std::string_view::npos)
    return refuse(at, "half of a surrogate pair");
  return Document(std::move(tree), std::string(name));
}

Value Document::root() const noexcept {
  return {this, static_cast<const Node*>(&tree_->document)};
}

bool Value::is_null() const noexcept {
  return node_of(node_).IsNull();
}
bool Value::is_object() const noexcept {
  return node_of(node_).IsObject();
}
bool Value::is_array() const noexcept {
  return node_of(node_).IsArray();
}
bool Value::is_string() const noexcept {
  return node_of(node_).IsString();
}

Result<bool> Value::as_bool() const {
  const Node& node = node_of(node_);
  if (!node.IsBool()) return expected("true or false");
  return node.GetBool();
}

Result<std::string> Value::as_string() const {
  TRY_ASSIGN(auto text, as_output());
  if (text.find('\0') != std::string::npos) return error("expected a string without NUL characters");
  return text;
}

Result<std::string> Value::as_output() const {
  const Node& node = node_of(node_);
  if (!node.IsString()) return expected("a string");
  return std::string(view(node));
}

Result<double> Value::as_double() const {
  const Node& node = node_of(node_);
  if (!node.IsNumber()) return expected("a number");
  return node.GetDouble();
}

Result<std::int64_t> Value::as_integer(std::int64_t lowest, std::int64_t highest) const {
  const Node& node = node_of(node_);
  if (!node.IsInt64() || node.GetInt64() < lowest || node.GetInt64() > highest)
    return expected(number_range(lowest, highest));
  return node.GetInt64();
}

Result<std::uint64_t> Value::as_unsigned(std::uint64_t highest) const {
  const Node& node = node_of(node_);
  if (!node.IsUint64() || node.GetUint64() > highest) return expected(number_range(0, highest));
  return node.GetUint64();
}

std::optional<Value> Value::find(std::string_view key) const {
  const Node& node = node_of(node_);
  if (!node.IsObject()) return std::nullopt;
  const Node* found = nullptr;
  for (const auto& member : node.GetObject()) {
    if (view(member.name) == key) found = &member.value;
  }
  if (found == nullptr || found->IsNull()) return std::nullopt;
  return Value(document_, found);
}

Result<Value> Value::require(std::string_view key) const {
  if (!is_object()) return expected("an object");
  if (auto member = find(key)) return *member;
  std::string at;
  find_path(document_->tree_->document, static_cast<const Node*>(node_), at);
  append_key(at, key);
  return Error::invalid(concat(document_->name(), ": ", at), "is required and missing");
}

Result<std::vector<std::pair<std::string, Value>>> Value::members() const {
  const Node& node = node_of(node_);
  if (!node.IsObject()) return expected("an object");
  std::vector<std::pair<std::string, Value>> members;
  members.reserve(node.MemberCount());
  for (const auto& member : node.GetObject()) {
    if (view(member.name).find('\0') != std::string_view::npos)
      return error("expected keys without NUL characters");
    members.emplace_back(std::string(view(member.name)), Value(document_, &member.value));
  }
  return members;
}

Result<std::vector<Value>> Value::elements() const {
  const Node& node = node_of(node_);
  if (!node.IsArray()) return expected("an array");
  std::vector<Value> elements;
  elements.reserve(node.Size());
  for (const auto& element : node.GetArray()) elements.push_back(Value(document_, &element));
  return elements;
}

Error Value::error(std::string_view what) const {
  return Error::invalid(concat(document_->name(), ": ", path()), what);
}

Error Value::expected(std::string_view expected) const {
  constexpr std::size_t kShown = 60;
  std::string found = is_object() ? "an object" : is_array() ? "an array" : to_text();
  if (found.size() > kShown) found = concat(found.substr(0, kShown), "…");
  return error(concat("expected ", expected, ", found ", found));
}

std::string Value::path() const {
  std::string path;
  find_path(document_->tree_->document, static_cast<const Node*>(node_), path);
  return path.empty() ? "(top level)" : path;
}

std::string Value::to_text() const {
  Writer writer;
  write(writer, node_of(node_));
  return std::move(writer).text();
}

Result<void> decode(const Value& value, bool& out) {
  TRY_ASSIGN(out, value.as_bool());
  return {};
}
Result<void> decode(const Value& value, double& out) {
  TRY_ASSIGN(out, value.as_double());
  return {};
}
Result<void> decode(const Value& value, std::string& out) {
  TRY_ASSIGN(out, value.as_string());
  return {};
}

}  // namespace berth::json
