// How validation words an error: "<prefix><path>: expected …, found …".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/text.h"

namespace berth::spec {

// A place in the document: built up only as far as an error needs it. Borrows its prefix.
class Place {
 public:
  explicit Place(std::string_view prefix, std::string path = {}) : prefix_(prefix), path_(std::move(path)) {}

  [[nodiscard]] Place member(std::string_view name) const {
    return Place(prefix_, concat(path_, path_.empty() ? "" : ".", name));
  }
  [[nodiscard]] Place element(std::size_t index) const {
    return Place(prefix_, concat(path_, '[', index, ']'));
  }
  // A member whose name is the user's.
  [[nodiscard]] Place key(std::string_view name) const {
    return Place(prefix_, concat(path_, "[\"", name, "\"]"));
  }

  [[nodiscard]] Error error(std::string_view what) const {
    return Error::invalid(concat(prefix_, path_), what);
  }
  [[nodiscard]] Error expected(std::string_view expected, std::string_view found) const {
    return error(concat("expected ", expected, ", found \"", found, '"'));
  }
  [[nodiscard]] Error expected(std::string_view expected, std::int64_t found) const {
    return error(concat("expected ", expected, ", found ", found));
  }

 private:
  std::string_view prefix_;
  std::string path_;
};

}  // namespace berth::spec
