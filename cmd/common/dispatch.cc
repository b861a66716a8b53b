#include "common/dispatch.h"

#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace berth::flags {

namespace {

Error usage_error(std::string_view command, std::string_view what) {
  return Error::message(concat(command, ": ", what, " (see '", command, " --help')"), EINVAL)
      .with_exit_code(kExitOurs);
}

bool is_help(std::string_view word) {
  return word == "--help" || word == "-h" || word == "help";
}

bool is_version(std::string_view word) {
  return word == "--version" || word == "-v" || word == "version";
}

// "berth run: …": every error opens with the whole command, once (one of the command line does already).
Result<int> named(std::string_view command, Result<int> result) {
  if (result || result.error().to_string().starts_with(command)) return result;
  return std::move(result).context(command);
}

void print_error(const Error& error) {
  const std::string line = concat(log::with_program(error.to_string()), '\n');
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Result<int> print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR) return Error::sys("write", "standard output");
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

std::string usage(std::string_view command, std::span<const Verb> verbs) {
  std::string out = concat("Usage: ", command, " COMMAND [ARGUMENT...]\n\nCommands:\n");
  std::size_t width = 0;
  for (const Verb& verb : verbs) width = std::max(width, verb.name.size());
  for (const Verb& verb : verbs) {
    append(out, "  ", verb.name, std::string(width - verb.name.size() + 2, ' '), verb.help, '\n');
  }
  append(out, "\n'", command, " COMMAND --help' lists the flags of a command.\n");
  return out;
}

Result<int> dispatch(std::string_view command, std::span<const Verb> verbs, const Arguments& args) {
  if (args.empty()) return usage_error(command, "expected a command");
  const std::string& word = args.front();
  const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == word; });
  if (verb != verbs.end()) {
    return named(concat(command, ' ', word), verb->run(Arguments(args.begin() + 1, args.end())));
  }
  if (is_help(word)) return print(usage(command, verbs));
  return usage_error(command, concat(word.starts_with('-') ? "unknown flag: " : "unknown command: ", word));
}

namespace {

int exit_code_of(const Result<int>& result) {
  if (result) return *result;
  print_error(result.error());
  return result.error().exit_code() != 0 ? result.error().exit_code() : kExitOurs;
}

bool asks_version(const Arguments& args) {
  return args.size() == 1 && is_version(args.front());
}

Result<int> print_version(std::string_view program) {
  return print(concat(program, " version ", BERTH_VERSION, '\n'));
}

}  // namespace

int main_of(std::string_view program, std::span<const Verb> verbs, int argc, char** argv) {
  log::set_program(program);
  const Arguments args(argv + std::min(argc, 1), argv + argc);
  return exit_code_of(asks_version(args) ? print_version(program) : dispatch(program, verbs, args));
}

int main_of(std::string_view program, Result<int> (*run)(const Arguments& args), int argc, char** argv) {
  log::set_program(program);
  const Arguments args(argv + std::min(argc, 1), argv + argc);
  return exit_code_of(asks_version(args) ? print_version(program) : run(args));
}

}  // namespace berth::flags
