// berth: containers as services. One verb, one file in this folder.
#include "berth/verbs.h"
#include "common/dispatch.h"

namespace {

constexpr std::array kVerbs = {
    berth::flags::Verb{"notify", berth::notify, "Speak sd_notify: send messages, or receive them"},
};

}  // namespace

int main(int argc, char** argv) {
  return berth::flags::main_of("berth", kVerbs, argc, argv);
}
