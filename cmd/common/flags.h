// Command lines: a table of flags, read as podman, runc and conmon read theirs. (getopt_long(3) would take
// the beginning of a name for the whole: a flag added later could change what a unit file means.)
//
//   flags::Parser parser("berth-runtime create", "CONTAINER");
//   parser.value("bundle", 'b', "DIR", "path of the bundle (default: the working directory)", bundle);
//   parser.toggle("no-pivot", 0, "use chroot instead of pivot_root", no_pivot);
//   TRY_ASSIGN(auto operands, parser.parse(args));
//
// `--flag value`, `--flag=value`, `-f value`, `-fvalue`; `--toggle`, `--toggle=false`. Parsing stops at the
// first operand (podman's and runc's rule: what follows the image or the container belongs to the command).
// Long names must be written out. A bad flag is an error that names it; `--help` is Outcome::help.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace berth::flags {

using Arguments = std::vector<std::string>;

struct Operands {
  Arguments values;
  bool help = false;  // --help or -h was given: print usage() and end with 0
};

class Parser {
 public:
  // `command` opens the usage line and every error; `operands` describes what follows the flags.
  Parser(std::string command, std::string operands, std::string summary = {});

  // `letter` is 0 for flags without a short form. Each target keeps its value when the flag is not given. The texts are
  // literals: they are not copied.
  Parser& toggle(std::string_view name, char letter, std::string_view help, bool& target);
  Parser& value(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                std::string& target);
  Parser& value(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                std::optional<std::string>& target);
  // May be given many times; each adds.
  Parser& list(std::string_view name, char letter, std::string_view metavar, std::string_view help,
               std::vector<std::string>& target);
  template <std::integral Int>
  Parser& number(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                 Int& target) {
    return custom(name, letter, metavar, help, [this, &target, name](const std::string& text) {
      return store_number(name, text, target);
    });
  }
  template <std::integral Int>
  Parser& number(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                 std::optional<Int>& target) {
    return custom(name, letter, metavar, help,
                  [this, &target, name](const std::string& text) -> Result<void> {
                    Int number{};
                    TRY(store_number(name, text, number));
                    target = number;
                    return {};
                  });
  }
  // `take` gets the text and may refuse it.
  Parser& custom(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                 std::function<Result<void>(const std::string&)> take);
  // The value may be missing: what follows is taken as it unless it begins with a dash. `take` gets "" without one.
  Parser& optional_value(std::string_view name, std::string_view metavar, std::string_view help,
                         std::function<Result<void>(const std::string&)> take);
  // Accepted and without effect here: drop-in compatibility. `metavar` empty: a toggle.
  Parser& ignored(std::string_view name, char letter, std::string_view metavar);
  // Flags may stand after operands too (conmon, and podman's verbs that run no command).
  Parser& interspersed();
  // One dash may stand before a long name (Go's flag package, GLib).
  Parser& single_dash();

  // `args` without the program's and the subcommand's name.
  [[nodiscard]] Result<Operands> parse(const Arguments& args) const;
  [[nodiscard]] std::string usage() const;
  // "berth rm: <what> (see 'berth rm --help')", exit code 125.
  [[nodiscard]] Error error(std::string_view what) const;

 private:
  struct Flag {
    std::string_view name;
    char letter;
    std::string_view metavar;  // empty: a toggle
    std::string_view help;
    std::function<Result<void>(const std::string&)> take;
    bool optional = false;  // the value may be missing
  };

  template <std::integral Int>
  Result<void> store_number(std::string_view flag, const std::string& text, Int& target) const {
    const auto number = parse_number<Int>(text);
    if (!number) return error(concat("--", flag, ": expected a whole number, found \"", text, "\""));
    target = *number;
    return {};
  }

  // How many of `args` the flag at `args[at]` took (1 or 2).
  Result<std::size_t> take_long(const Arguments& args, std::size_t at, std::string_view word) const;
  Result<std::size_t> take_letters(const Arguments& args, std::size_t at, std::string_view letters) const;
  [[nodiscard]] const Flag* find(std::string_view name) const;
  [[nodiscard]] const Flag* find(char letter) const;

  std::string command_;
  std::string operands_;
  std::string summary_;
  std::vector<Flag> flags_;
  bool interspersed_ = false;
  bool single_dash_ = false;
};

}  // namespace berth::flags
