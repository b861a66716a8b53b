// A program of many verbs: a table of names, functions and one-line helps, and the one place that prints
// errors.
//
//   constexpr std::array kVerbs = {flags::Verb{"run", run, "Run a command in a new container"}, …};
//   int main(int argc, char** argv) { return flags::main_of("berth", kVerbs, argc, argv); }
//
// A verb gets what follows its name and returns the exit code, or an error, which is printed in one line
// ("berth: rm web: no such container") and ends the program with the error's own exit code or kExitOurs.
#pragma once

#include <span>

#include "base/result.h"
#include "common/flags.h"

namespace berth::flags {

struct Verb {
  std::string_view name;
  Result<int> (*run)(const Arguments& args);
  std::string_view help;
};

// Runs the verb that args[0] names, with the rest. `command` is "berth" or, for verbs of a verb, "berth
// notify".
[[nodiscard]] Result<int> dispatch(std::string_view command, std::span<const Verb> verbs,
                                   const Arguments& args);
[[nodiscard]] std::string usage(std::string_view command, std::span<const Verb> verbs);
// main(): dispatch, the version ("berth version 0.1.0"), the error's line, the exit code.
[[nodiscard]] int main_of(std::string_view program, std::span<const Verb> verbs, int argc, char** argv);
// The same for a program that takes flags before the verb: `run` gets the whole command line.
[[nodiscard]] int main_of(std::string_view program, Result<int> (*run)(const Arguments& args), int argc,
                          char** argv);

// Prints to stdout; EPIPE and ENOSPC are the caller's to report. Returns the exit code 0 for use as a verb's
// end.
[[nodiscard]] Result<int> print(std::string_view text);

}  // namespace berth::flags
