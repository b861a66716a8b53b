// berth: containers as services. One verb, one file in this folder.
#include <array>

#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"

namespace {

using berth::flags::Verb;

constexpr std::array kVerbs = {
    Verb{"attach", berth::attach, "Attach to a running container"},
    Verb{"container", berth::container, "Verbs about containers, by their longer names"},
    Verb{"create", berth::create, "Create a container without starting it"},
    Verb{"exec", berth::exec, "Run a command in a running container"},
    Verb{"info", berth::info, "Show what berth uses on this machine"},
    Verb{"inspect", berth::inspect, "Show all that is known of a container"},
    Verb{"kill", berth::kill, "Send a signal to a container"},
    Verb{"logs", berth::logs, "Show what a container has said"},
    Verb{"notify", berth::notify, "Speak sd_notify: send messages, or receive them"},
    Verb{"ps", berth::ps, "List containers"},
    Verb{"rename", berth::rename, "Give a container another name"},
    Verb{"rm", berth::rm, "Remove containers"},
    Verb{"run", berth::run, "Run a command in a new container"},
    Verb{"start", berth::start, "Start containers"},
    Verb{"stop", berth::stop, "Stop containers"},
    Verb{"version", berth::version, "Show the version"},
    Verb{"wait", berth::wait, "Wait until containers have ended, print their exit codes"},
};

berth::Result<int> run_verb(const berth::flags::Arguments& args) {
  TRY_ASSIGN(const auto rest, berth::take_globals(args));
  if (rest.help || (rest.values.size() == 1 && rest.values.front() == "help")) {
    return berth::flags::print(
        berth::concat(berth::globals_usage(), "\n", berth::flags::usage("berth", kVerbs)));
  }
  return berth::flags::dispatch("berth", kVerbs, rest.values);
}

}  // namespace

int main(int argc, char** argv) {
  return berth::flags::main_of("berth", run_verb, argc, argv);
}
