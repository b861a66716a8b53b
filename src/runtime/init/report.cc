#include "runtime/init/report.h"

#include <unistd.h>

namespace berth::runtime::init {

void Report::fail_with(int code, int exit_code, std::initializer_list<std::string_view> pieces) noexcept {
  Fault fault;
  fault.code = code;
  fault.exit_code = exit_code;
  std::size_t used = 0;
  for (const std::string_view piece : pieces) {
    const std::size_t room = fault.text.size() - 1 - used;
    used += piece.copy(fault.text.data() + used, room);
  }
  channel_.tell_fault(fault);
  vanish();
}

void Report::vanish() noexcept {
  ::_exit(1);
}

}  // namespace berth::runtime::init
