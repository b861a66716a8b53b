// Error: what failed (the operation), on what (a path, a JSON path, a pid, an id), why (an errno or a plain
// sentence), and the chain of what was being done. main() alone prints it, in one line:
//
//   berth run: create container web: mount /proc: Operation not permitted
//
// A value; owns its strings. Not for use between fork and exec (it allocates): see runtime/init/report.h.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

namespace berth {

// Exit codes that podman, runc and the shell agree on.
inline constexpr int kExitOurs = 125;           // berth itself failed
inline constexpr int kExitNotExecutable = 126;  // the command cannot be executed
inline constexpr int kExitNotFound = 127;       // the command is not in the container

class [[nodiscard]] Error {
 public:
  Error() = default;

  // A failed system call: `operation` is its name, `object` what it was applied to. Captures errno.
  static Error sys(std::string_view operation, std::string_view object = {}) {
    return with_errno(errno, operation, object);
  }
  // The same with an errno from elsewhere (a child's report, a negative return value).
  static Error with_errno(int code, std::string_view operation, std::string_view object = {});
  // Bad input or a broken expectation: `object: what`. code() is EINVAL unless given.
  static Error invalid(std::string_view object, std::string_view what, int code = EINVAL);
  // A plain sentence. code() is EIO unless given.
  static Error message(std::string_view what, int code = EIO);

  [[nodiscard]] int code() const noexcept { return code_; }
  [[nodiscard]] bool is(int code) const noexcept { return code_ == code; }

  // The exit code that the program should end with; 0 stands for "the program's own".
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }
  Error&& with_exit_code(int exit_code) && noexcept {
    exit_code_ = exit_code;
    return std::move(*this);
  }

  // Puts "doing object: " before what is there already.
  void add_context(std::string_view doing, std::string_view object = {});
  Error&& context(std::string_view doing, std::string_view object = {}) && {
    add_context(doing, object);
    return std::move(*this);
  }

  // The whole chain in one line, control characters escaped (objects may come from a container).
  [[nodiscard]] std::string to_string() const;

 private:
  std::string text_;
  int code_ = 0;
  int exit_code_ = 0;
};

}  // namespace berth
