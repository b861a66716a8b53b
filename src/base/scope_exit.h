// ScopeExit runs a clean-up when the scope ends, unless it was dismissed.
//
//   ScopeExit unlink_socket([&] { ::unlink(path.c_str()); });
//   …
//   unlink_socket.dismiss();   // it is in use now
#pragma once

#include <utility>

namespace berth {

template <class Function>
class [[nodiscard]] ScopeExit {
 public:
  explicit ScopeExit(Function function) : function_(std::move(function)) {}
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;
  ScopeExit(ScopeExit&&) = delete;
  ScopeExit& operator=(ScopeExit&&) = delete;
  ~ScopeExit() {
    if (armed_) function_();
  }
  void dismiss() noexcept { armed_ = false; }

 private:
  Function function_;
  bool armed_ = true;
};

}  // namespace berth
