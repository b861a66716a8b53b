// berth notify: the sd_notify protocol from a shell, on either end.
#include "berth/verbs.h"
#include "common/dispatch.h"

namespace berth {

Result<int> notify(const flags::Arguments& args) {
  static constexpr std::array kVerbs = {
      flags::Verb{"exec", notify_exec, "Run a command under an embedded service manager"},
      flags::Verb{"send", notify_send, "Send a message to the service manager"},
  };
  return flags::dispatch("berth notify", kVerbs, args);
}

}  // namespace berth
