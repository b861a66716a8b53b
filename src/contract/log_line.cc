#include "contract/log_line.h"

#include <array>
#include <ctime>
#include <optional>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace berth::contract {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = concat(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out.append(digits);
}

void append_offset(std::string& out, long seconds) {
  const long minutes = (seconds < 0 ? -seconds : seconds) / 60;
  out.push_back(seconds < 0 ? '-' : '+');
  append_padded(out, minutes / 60, 2);
  out.push_back(':');
  append_padded(out, minutes % 60, 2);
}

// Takes digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits, char next) {
  if (text.size() < digits) return std::nullopt;
  const auto number = parse_number<unsigned>(text.substr(0, digits));
  text.remove_prefix(digits);
  if (next != '\0') {
    if (!text.starts_with(next)) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!number) return std::nullopt;
  return static_cast<int>(*number);
}

std::int64_t take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  std::int64_t fraction = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (digits == 9) continue;
    fraction = fraction * 10 + (text.front() - '0');
    ++digits;
  }
  for (; digits < 9; ++digits) fraction *= 10;
  return fraction;
}

// "Z" or "+hh:mm", in seconds east of UTC.
std::optional<std::int64_t> take_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const std::int64_t sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2, ':');
  const auto minutes = take_number(text, 2, '\0');
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<std::int64_t> take_time(std::string_view text) {
  tm parts{};
  const auto year = take_number(text, 4, '-');
  const auto month = take_number(text, 2, '-');
  const auto day = take_number(text, 2, '\0');
  if (!year || !month || !day || text.empty() || (text.front() != 'T' && text.front() != 't'))
    return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2, ':');
  const auto minute = take_number(text, 2, ':');
  const auto second = take_number(text, 2, '\0');
  if (!hour || !minute || !second) return std::nullopt;
  if (*month < 1 || *month > 12 || *day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const std::int64_t fraction = take_fraction(text);
  const auto offset = take_offset(text);
  if (!offset) return std::nullopt;
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  const std::int64_t seconds = ::timegm(&parts) - *offset;
  // Beyond what 64 bits of nanoseconds hold (1677 to 2262) there is no log.
  if (seconds < -9'000'000'000 || seconds > 9'000'000'000) return std::nullopt;
  return seconds * kSecond + fraction;
}

std::optional<LogStream> parse_stream(std::string_view name) {
  if (name == "stdout") return LogStream::out;
  if (name == "stderr") return LogStream::err;
  return std::nullopt;
}

Error bad_line(std::string_view line, std::string_view expected) {
  return Error::invalid("log line", concat("expected ", expected, ", found \"", line.substr(0, 80), "\""));
}

}  // namespace

std::string format_log_time(std::int64_t time_ns, bool utc) {
  std::int64_t nanoseconds = time_ns % kSecond;
  time_t seconds = time_ns / kSecond;
  if (nanoseconds < 0) {
    nanoseconds += kSecond;
    --seconds;
  }
  tm parts{};
  utc ? ::gmtime_r(&seconds, &parts) : ::localtime_r(&seconds, &parts);
  std::string out;
  out.reserve(36);
  append_padded(out, parts.tm_year + 1900, 4);
  const std::array<std::pair<char, int>, 5> fields = {{{'-', parts.tm_mon + 1},
                                                       {'-', parts.tm_mday},
                                                       {'T', parts.tm_hour},
                                                       {':', parts.tm_min},
                                                       {':', parts.tm_sec}}};
  for (const auto& [separator, number] : fields) {
    out.push_back(separator);
    append_padded(out, number, 2);
  }
  out.push_back('.');
  append_padded(out, nanoseconds, 9);
  if (utc)
    out.push_back('Z');
  else
    append_offset(out, parts.tm_gmtoff);
  return out;
}

Result<std::int64_t> parse_log_time(std::string_view text) {
  const auto time = take_time(text);
  if (!time) return Error::invalid("time", concat("expected RFC 3339, found \"", text.substr(0, 80), "\""));
  return *time;
}

void append_k8s_line(std::string& out, std::string_view time, LogStream stream, bool partial,
                     std::string_view text) {
  append(out, time, ' ', to_text(stream), partial ? " P " : " F ", text, '\n');
}

void append_json_line(std::string& out, std::string_view time, LogStream stream, bool partial,
                      std::string_view text) {
  out.append("{\"log\":");
  json::append_string(out, text);
  if (!partial) out.insert(out.size() - 1, "\\n");
  append(out, ",\"stream\":\"", to_text(stream), "\",\"time\":\"", time, "\"}\n");
}

Result<LogLine> parse_k8s_line(std::string_view line) {
  const std::string_view whole = line;
  if (line.ends_with('\n')) line.remove_suffix(1);
  const auto time = split_once(line, ' ');
  if (!time) return bad_line(whole, "TIME STREAM TAG TEXT");
  const auto stream = split_once(time->second, ' ');
  if (!stream) return bad_line(whole, "TIME STREAM TAG TEXT");
  // The text may be empty, with or without the blank before it.
  const auto tag = split_once(stream->second, ' ').value_or(std::pair(stream->second, std::string_view()));
  LogLine out;
  TRY_ASSIGN(out.time_ns, parse_log_time(time->first));
  const auto name = parse_stream(stream->first);
  if (!name) return bad_line(whole, "stdout or stderr after the time");
  out.stream = *name;
  // Tags are separated by colons, the first says whether the line is whole (CRI).
  const std::string_view first = split(tag.first, ':').front();
  if (first != "F" && first != "P") return bad_line(whole, "F or P after the stream");
  out.partial = first == "P";
  out.text = tag.second;
  return out;
}

Result<LogLine> parse_json_line(std::string_view line) {
  TRY_ASSIGN(const auto document, json::Document::parse(line, "log line"));
  LogLine out;
  std::string stream = "stdout";
  std::string time;
  TRY_ASSIGN(const auto log, document.root().require("log"));
  TRY_ASSIGN(out.text, log.as_output());
  TRY(json::read(document.root(), "stream", stream));
  TRY(json::read_required(document.root(), "time", time));
  TRY_ASSIGN(out.time_ns, parse_log_time(time));
  const auto name = parse_stream(stream);
  if (!name) return bad_line(line, "\"stream\" to be stdout or stderr");
  out.stream = *name;
  out.partial = !out.text.ends_with('\n');
  if (!out.partial) out.text.pop_back();
  return out;
}

}  // namespace berth::contract
