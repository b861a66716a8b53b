#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace berth::log {

namespace {

struct Settings {
  std::string_view program = "berth";
  Level level = Level::info;
  UniqueFd file;
  Format format = Format::text;
  bool to_stderr = true;
};

Settings& settings() noexcept {
  static Settings instance;
  return instance;
}

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

std::string_view name_of(Level level) noexcept {
  return kLevelNames.at(static_cast<std::size_t>(level));
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), size);
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

std::string render(Level level, std::string_view message, Format format) {
  std::string line;
  if (format == Format::json) {
    line = concat(R"({"level":")", name_of(level), R"(","msg":)");
    append_json_string(line, message);
    append(line, R"(,"time":")", utc_now(), "\"}\n");
  } else {
    line = concat("time=\"", utc_now(), "\" level=", name_of(level), " msg=");
    append_json_string(line, message);
    line.push_back('\n');
  }
  return line;
}

void put(int fd, const std::string& line) noexcept {
  // A short or failed write loses the rest of the line: diagnostics never stop the work.
  [[maybe_unused]] const ssize_t written = ::write(fd, line.data(), line.size());
}

}  // namespace

void set_program(std::string_view name) noexcept {
  settings().program = name;
}
std::string with_program(std::string_view message) {
  const std::string_view program = settings().program;
  const std::string_view rest = message.substr(std::min(program.size(), message.size()));
  const bool named = message.starts_with(program) && (rest.starts_with(' ') || rest.starts_with(':'));
  return named ? std::string(message) : concat(program, ": ", message);
}
void set_level(Level level) noexcept {
  settings().level = level;
}
bool enabled(Level level) noexcept {
  return level >= settings().level;
}
void set_stderr(bool on) noexcept {
  settings().to_stderr = on;
}
void set_file(UniqueFd file, Format format) noexcept {
  settings().file = std::move(file);
  settings().format = format;
}

void write(Level level, std::string_view message) noexcept {
  if (!enabled(level)) return;
  const std::string clean = escape_control(message);
  if (settings().to_stderr) put(STDERR_FILENO, concat(with_program(clean), '\n'));
  if (settings().file) put(settings().file.get(), render(level, clean, settings().format));
}

}  // namespace berth::log
