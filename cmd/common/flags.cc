#include "common/flags.h"

#include <algorithm>

namespace berth::flags {

namespace {

constexpr std::size_t kUsualFlags = 16;

Result<bool> parse_bool(const std::string& text) {
  if (text == "true" || text == "1" || text == "t" || text == "T" || text == "TRUE" || text == "True")
    return true;
  if (text == "false" || text == "0" || text == "f" || text == "F" || text == "FALSE" || text == "False")
    return false;
  return Error::invalid(text, "expected true or false");
}

}  // namespace

Parser::Parser(std::string command, std::string operands, std::string summary)
    : command_(std::move(command)), operands_(std::move(operands)), summary_(std::move(summary)) {
  flags_.reserve(kUsualFlags);
}

Parser& Parser::custom(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                       std::function<Result<void>(const std::string&)> take) {
  flags_.push_back({name, letter, metavar, help, std::move(take)});
  return *this;
}

Parser& Parser::toggle(std::string_view name, char letter, std::string_view help, bool& target) {
  return custom(name, letter, "", help, [this, &target, name](const std::string& text) -> Result<void> {
    auto on = parse_bool(text.empty() ? "true" : text);
    if (!on) return error(concat("--", name, ": expected true or false, found \"", text, "\""));
    target = *on;
    return {};
  });
}

Parser& Parser::value(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                      std::string& target) {
  return custom(name, letter, metavar, help, [&target](const std::string& text) {
    target = text;
    return Result<void>();
  });
}

Parser& Parser::value(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                      std::optional<std::string>& target) {
  return custom(name, letter, metavar, help, [&target](const std::string& text) {
    target = text;
    return Result<void>();
  });
}

Parser& Parser::list(std::string_view name, char letter, std::string_view metavar, std::string_view help,
                     std::vector<std::string>& target) {
  return custom(name, letter, metavar, help, [&target](const std::string& text) {
    target.push_back(text);
    return Result<void>();
  });
}

Parser& Parser::optional_value(std::string_view name, std::string_view metavar, std::string_view help,
                               std::function<Result<void>(const std::string&)> take) {
  custom(name, 0, metavar, help, std::move(take));
  flags_.back().optional = true;
  return *this;
}

Parser& Parser::ignored(std::string_view name, char letter, std::string_view metavar) {
  return custom(name, letter, metavar, "accepted, without effect",
                [](const std::string&) { return Result<void>(); });
}

Parser& Parser::interspersed() {
  interspersed_ = true;
  return *this;
}

Parser& Parser::single_dash() {
  single_dash_ = true;
  return *this;
}

Error Parser::error(std::string_view what) const {
  return Error::message(concat(command_, ": ", what, " (see '", command_, " --help')"), EINVAL)
      .with_exit_code(kExitOurs);
}

const Parser::Flag* Parser::find(std::string_view name) const {
  const auto flag = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.name == name; });
  return flag == flags_.end() ? nullptr : &*flag;
}

const Parser::Flag* Parser::find(char letter) const {
  const auto flag =
      std::find_if(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.letter == letter; });
  return flag == flags_.end() ? nullptr : &*flag;
}

Result<std::size_t> Parser::take_long(const Arguments& args, std::size_t at, std::string_view word) const {
  const auto assignment = split_once(word, '=');
  const std::string_view name = assignment ? assignment->first : word;
  const Flag* flag = find(name);
  if (flag == nullptr) return error(concat("unknown flag: --", name));
  if (assignment || flag->metavar.empty()) {
    TRY(flag->take(std::string(assignment ? assignment->second : "")));
    return std::size_t{1};
  }
  const bool last = at + 1 == args.size();
  if (flag->optional && (last || args[at + 1].starts_with('-'))) {
    TRY(flag->take(""));
    return std::size_t{1};
  }
  if (last) return error(concat("flag needs a value: --", name));
  TRY(flag->take(args[at + 1]));
  return std::size_t{2};
}

// "-it", "-n5", "-n 5", "-n=5".
Result<std::size_t> Parser::take_letters(const Arguments& args, std::size_t at,
                                         std::string_view letters) const {
  for (; !letters.empty(); letters.remove_prefix(1)) {
    const Flag* flag = find(letters.front());
    if (flag == nullptr) return error(concat("unknown flag: -", letters.front()));
    std::string_view rest = letters.substr(1);
    if (flag->metavar.empty() && !rest.starts_with('=')) {
      TRY(flag->take(""));
      continue;
    }
    if (rest.empty() && at + 1 == args.size()) return error(concat("flag needs a value: -", letters.front()));
    if (rest.empty()) {
      TRY(flag->take(args[at + 1]));
      return std::size_t{2};
    }
    if (rest.starts_with('=')) rest.remove_prefix(1);
    TRY(flag->take(std::string(rest)));
    return std::size_t{1};
  }
  return std::size_t{1};
}

Result<Operands> Parser::parse(const Arguments& args) const {
  Operands result;
  std::size_t at = 0;
  while (at < args.size()) {
    const std::string_view word = args[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (word.size() < 2 || word.front() != '-') {
      if (!interspersed_) break;
      result.values.push_back(args[at++]);
      continue;
    }
    if (word == "--help" || (word == "-h" && find('h') == nullptr)) {
      result.help = true;
      return result;
    }
    const bool double_dash = word.starts_with("--");
    const std::string_view name = word.substr(double_dash ? 2 : 1);
    const bool is_long = double_dash || (single_dash_ && find(name.substr(0, name.find('='))) != nullptr);
    TRY_ASSIGN(const std::size_t taken, is_long ? take_long(args, at, name) : take_letters(args, at, name));
    at += taken;
  }
  result.values.insert(result.values.end(), args.begin() + static_cast<std::ptrdiff_t>(at), args.end());
  return result;
}

std::string Parser::usage() const {
  std::string out = concat("Usage: ", command_, flags_.empty() ? " " : " [flags] ", operands_, "\n");
  if (!summary_.empty()) append(out, "\n", summary_, "\n");
  if (flags_.empty()) return out;
  out.append("\nFlags:\n");
  std::size_t width = 0;
  std::vector<std::string> heads;
  for (const Flag& flag : flags_) {
    std::string head =
        flag.letter != 0 ? concat("  -", flag.letter, ", --", flag.name) : concat("      --", flag.name);
    if (!flag.metavar.empty()) append(head, ' ', flag.metavar);
    width = std::max(width, head.size());
    heads.push_back(std::move(head));
  }
  for (std::size_t i = 0; i < flags_.size(); ++i) {
    append(out, heads[i], std::string(width - heads[i].size() + 2, ' '), flags_[i].help, "\n");
  }
  return out;
}

}  // namespace berth::flags
