// berth container VERB: podman's longer names, and what a monitor calls when its container has ended.
#include <array>
#include <csignal>

#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/lifecycle.h"

namespace berth {

namespace {

using flags::Verb;

constexpr std::array kVerbs = {
    Verb{"attach", attach, "Attach to a running container"},
    Verb{"cleanup", container_cleanup, "Record the end of a container (called by its monitor)"},
    Verb{"create", create, "Create a container without starting it"},
    Verb{"exec", exec, "Run a command in a running container"},
    Verb{"inspect", inspect, "Show all that is known of a container"},
    Verb{"kill", kill, "Send a signal to a container"},
    Verb{"list", ps, "List containers"},
    Verb{"logs", logs, "Show what a container has said"},
    Verb{"ls", ps, "List containers"},
    Verb{"ps", ps, "List containers"},
    Verb{"rename", rename, "Give a container another name"},
    Verb{"rm", rm, "Remove containers"},
    Verb{"run", run, "Run a command in a new container"},
    Verb{"start", start, "Start containers"},
    Verb{"stop", stop, "Stop containers"},
    Verb{"wait", wait, "Wait until containers have ended"},
};

// A unit that is stopped while its container ends by itself: systemd sends SIGTERM to us as well, and
// what we clear away would stay.
void ignore_stop_signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal, SIG_IGN);
}

}  // namespace

Result<int> container(const flags::Arguments& args) {
  return flags::dispatch("berth container", kVerbs, args);
}

Result<int> container_cleanup(const flags::Arguments& args) {
  flags::Parser parser("berth container cleanup", "CONTAINER [CONTAINER...]",
                       "Records the end of containers and removes what their run left.");
  parser.ignored("rm", 0, "");  // --rm is a property of the container
  parser.interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty()) return parser.error("expected a container");
  ignore_stop_signals();
  TRY_ASSIGN(auto engine, open_engine());
  return for_each_container("container cleanup", operands.values,
                            [&](const std::string& name) -> Result<void> {
                              const auto found = engine.store.find(name);
                              if (!found && found.error().is(ENOENT))
                                return {};  // somebody removed it meanwhile
                              if (!found) return Result<void>(found.error());
                              return engine::clean_up(engine, found->config.id).context(name);
                            });
}

}  // namespace berth
