// JSON read: a parsed document and typed, path-aware views into it. Facade over RapidJSON (docs/adr/0003).
//
//   TRY_ASSIGN(auto document, json::Document::parse(text, "config.json"));
//   TRY(json::read(document.root(), "hostname", spec.hostname));   // absent or null: left as it is
//
// A wrong type is an error that names the document, the JSON path, what was expected and what is there:
//   config.json: process.user.uid: expected an integer from 0 to 4294967295, found "root"
//
// Input is hostile: nesting is bounded (kMaxDepth), numbers are checked against the target's range, text must
// be valid UTF-8 without NUL (but for as_output()). When a key stands twice the last one counts, as in Go's encoding/json.
// A Value borrows from its Document, which must outlive it and must not be moved meanwhile.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace berth::json {

inline constexpr int kMaxDepth = 64;

class Document;

class Value {
 public:
  [[nodiscard]] bool is_null() const noexcept;
  [[nodiscard]] bool is_object() const noexcept;
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] bool is_string() const noexcept;

  [[nodiscard]] Result<bool> as_bool() const;
  [[nodiscard]] Result<std::string> as_string() const;
  // The same, but with any character: what a program has printed, not a name or a path.
  [[nodiscard]] Result<std::string> as_output() const;
  [[nodiscard]] Result<double> as_double() const;
  // The exact integer, within [lowest, highest]; a fraction or an exponent is refused.
  [[nodiscard]] Result<std::int64_t> as_integer(std::int64_t lowest, std::int64_t highest) const;
  [[nodiscard]] Result<std::uint64_t> as_unsigned(std::uint64_t highest) const;

  // The member `key`; nullopt when it is absent or null, or when this is no object.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;
  // The same, but absence is an error that names the path.
  [[nodiscard]] Result<Value> require(std::string_view key) const;

  // Members in the document's order; an error when this is no object.
  [[nodiscard]] Result<std::vector<std::pair<std::string, Value>>> members() const;
  // Elements; an error when this is no array.
  [[nodiscard]] Result<std::vector<Value>> elements() const;

  // "config.json: linux.namespaces[2].type: <what>"
  [[nodiscard]] Error error(std::string_view what) const;
  // "expected <expected>, found <a short rendering of what is there>", with the path.
  [[nodiscard]] Error expected(std::string_view expected) const;
  // "linux.namespaces[2].type"; "(top level)" for the root. Costs a walk through the document.
  [[nodiscard]] std::string path() const;
  // The value as compact JSON text.
  [[nodiscard]] std::string to_text() const;

 private:
  friend class Document;
  Value(const Document* document, const void* node) noexcept : document_(document), node_(node) {}
  const Document* document_;
  const void* node_;
};

class Document {
 public:
  // `name` is what errors call the document (a file name, as a rule).
  static Result<Document> parse(std::string_view text, std::string_view name);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  [[nodiscard]] Value root() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  friend class Value;
  struct Tree;
  Document(std::unique_ptr<Tree> tree, std::string name);
  std::unique_ptr<Tree> tree_;
  std::string name_;
};

// decode(value, out): one overload a type. A module adds its own beside its types, found by
// argument-dependent lookup: `Result<void> decode(const json::Value& value, Mount& out)`.
Result<void> decode(const Value& value, bool& out);
Result<void> decode(const Value& value, double& out);
Result<void> decode(const Value& value, std::string& out);

template <std::integral Int>
requires(!std::same_as<Int, bool>) Result<void> decode(const Value& value, Int& out) {
  if constexpr (std::unsigned_integral<Int>) {
    TRY_ASSIGN(const auto number, value.as_unsigned(static_cast<Int>(-1)));
    out = static_cast<Int>(number);
  } else {
    TRY_ASSIGN(const auto number,
               value.as_integer(std::numeric_limits<Int>::min(), std::numeric_limits<Int>::max()));
    out = static_cast<Int>(number);
  }
  return {};
}

template <class T>
Result<void> decode(const Value& value, std::vector<T>& out);
template <class T>
Result<void> decode(const Value& value, std::map<std::string, T>& out);

template <class T>
Result<void> decode(const Value& value, std::optional<T>& out) {
  T inner{};
  TRY(decode(value, inner));
  out = std::move(inner);
  return {};
}

template <class T>
Result<void> decode(const Value& value, std::vector<T>& out) {
  TRY_ASSIGN(const auto elements, value.elements());
  out.clear();
  out.reserve(elements.size());
  for (const Value& element : elements) {
    T item{};
    TRY(decode(element, item));
    out.push_back(std::move(item));
  }
  return {};
}

template <class T>
Result<void> decode(const Value& value, std::map<std::string, T>& out) {
  TRY_ASSIGN(const auto members, value.members());
  out.clear();
  for (const auto& [key, member] : members) {
    T item{};
    TRY(decode(member, item));
    out.insert_or_assign(key, std::move(item));
  }
  return {};
}

// Reads the optional member `key` of `object` into `out`; absent or null leaves `out` as it is. An error when
// `object` is no object.
template <class T>
Result<void> read(const Value& object, std::string_view key, T& out) {
  if (!object.is_object()) return object.expected("an object");
  if (const auto member = object.find(key)) return decode(*member, out);
  return {};
}

// The same for a member that must be there.
template <class T>
Result<void> read_required(const Value& object, std::string_view key, T& out) {
  TRY_ASSIGN(const auto member, object.require(key));
  return decode(member, out);
}

}  // namespace berth::json
