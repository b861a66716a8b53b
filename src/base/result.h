// Result<T>: a value or an Error. The only way in which Berth's code reports failure; nothing throws.
//
//   Result<UniqueFd> open_log(const std::string& path);
//
//   Result<void> rotate(const std::string& path) {
//     TRY_ASSIGN(UniqueFd log, open_log(path));          // returns the error to our caller
//     TRY(write_all(log, header).context("rotate", path));  // the same, with one link added to the chain
//     return {};
//   }
//
// The member names are those of std::expected (C++23); ours is [[nodiscard]] and is understood by
// clang-tidy 14. TRY and TRY_ASSIGN are statements, never expressions. Thread and fork safe (plain values).
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace berth {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return Error::…;` are the point.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition: has_value().
  [[nodiscard]] T& value() & noexcept { return *std::get_if<0>(&state_); }
  [[nodiscard]] const T& value() const& noexcept { return *std::get_if<0>(&state_); }
  [[nodiscard]] T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  [[nodiscard]] T& operator*() & noexcept { return value(); }
  [[nodiscard]] const T& operator*() const& noexcept { return value(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? std::move(*this).value() : static_cast<T>(std::forward<U>(fallback));
  }

  // Precondition: !has_value().
  [[nodiscard]] Error& error() & noexcept { return *std::get_if<1>(&state_); }
  [[nodiscard]] const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  [[nodiscard]] Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

  // Adds what was being done, and to which object, to an error; leaves a value as it is.
  Result context(std::string_view doing, std::string_view object = {}) && {
    if (!has_value()) error().add_context(doing, object);
    return std::move(*this);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] Error& error() & noexcept { return error_; }
  [[nodiscard]] const Error& error() const& noexcept { return error_; }
  [[nodiscard]] Error&& error() && noexcept { return std::move(error_); }

  Result context(std::string_view doing, std::string_view object = {}) && {
    if (failed_) error_.add_context(doing, object);
    return std::move(*this);
  }

 private:
  Error error_;
  bool failed_ = false;
};

// Says at the call that a failure is of no consequence there (a best-effort clean-up).
template <class T>
void ignore(const Result<T>& /*result*/) noexcept {}

}  // namespace berth

#define BERTH_CONCAT_(a, b) a##b
#define BERTH_CONCAT(a, b) BERTH_CONCAT_(a, b)

#define TRY(...)                                                 \
  do {                                                           \
    if (auto berth_try = (__VA_ARGS__); !berth_try) [[unlikely]] \
      return std::move(berth_try).error();                       \
  } while (false)

#define TRY_ASSIGN_(name, declaration, ...) \
  auto name = (__VA_ARGS__);                \
  if (!name) [[unlikely]]                   \
    return std::move(name).error();         \
  declaration = std::move(name).value() /* NOLINT(bugprone-macro-parentheses) */

// TRY_ASSIGN(auto fd, open(path)); declares fd in the enclosing scope, or returns the error.
#define TRY_ASSIGN(declaration, ...) \
  TRY_ASSIGN_(BERTH_CONCAT(berth_result_, __LINE__), declaration, __VA_ARGS__)
