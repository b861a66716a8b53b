// How the child fails: one frame to whoever waits, then _exit. Nothing unwinds, nothing allocates.
//
//   if (::sethostname(…) < 0) report.fail("set the host name to", plan.hostname);
#pragma once

#include <cerrno>
#include <initializer_list>
#include <string_view>

#include "runtime/init/sync.h"

namespace berth::runtime::init {

class Report {
 public:
  explicit Report(ChildEnd& channel) noexcept : channel_(channel) {}

  // "<doing> <object>: <errno in words>"
  [[noreturn]] void fail(std::string_view doing, std::string_view object = {}) noexcept {
    fail_with(errno, 0, {doing, object.empty() ? "" : " ", object});
  }
  // All pieces in a row; `code` 0: they say it all.
  [[noreturn]] void fail_with(int code, int exit_code,
                              std::initializer_list<std::string_view> pieces) noexcept;
  // The parent is gone: there is nobody to tell.
  [[noreturn]] static void vanish() noexcept;

  [[nodiscard]] ChildEnd& channel() const noexcept { return channel_; }

 private:
  ChildEnd& channel_;
};

}  // namespace berth::runtime::init
