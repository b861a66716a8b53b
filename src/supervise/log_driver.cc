#include "supervise/log_driver.h"

#include <algorithm>

#include "base/text.h"
#include "supervise/file_log.h"
#include "supervise/journal_log.h"
#include "sys/file.h"

namespace berth::supervise {

namespace {

struct LogSpec {
  std::string_view driver;
  std::string path;
};

LogSpec parse_spec(std::string_view text) {
  const auto parts = split_once(text, ':');
  if (parts && parts->first.empty()) return {.driver = "k8s-file", .path = std::string(parts->second)};
  if (parts) return {.driver = parts->first, .path = std::string(parts->second)};
  for (const std::string_view bare :
       {"journald", "passthrough", "none", "off", "null", "k8s-file", "json-file"}) {
    if (text == bare) return {.driver = text, .path = {}};
  }
  return {.driver = "k8s-file", .path = std::string(text)};
}

Result<void> check_allowed(const std::string& path, const std::vector<std::string>& directories) {
  if (directories.empty()) return {};
  const auto slash = path.rfind('/');
  TRY_ASSIGN(const auto parent, sys::real_path(slash == std::string::npos ? "." : path.substr(0, slash + 1)));
  for (const std::string& directory : directories) {
    auto allowed = sys::real_path(directory);
    if (!allowed) continue;
    if (parent == *allowed || parent.starts_with(concat(*allowed, '/'))) return {};
  }
  return Error::invalid("--log-path", concat("not below a --log-allowlist-dir: ", path), EACCES);
}

Result<LogFile> open_file(const contract::MonitorOptions& options, const LogSpec& spec) {
  if (spec.path.empty()) return Error::invalid("--log-path", concat(spec.driver, " needs a file name"));
  TRY(check_allowed(spec.path, options.log_allowlist_dirs));
  auto file = LogFile::open({.path = spec.path,
                             .size_max = options.log_size_max,
                             .global_size_max = options.log_global_size_max,
                             .backups = options.log_rotate ? options.log_max_files : 0});
  if (!file) return std::move(file.error()).context("open log file");
  return file;
}

Result<std::unique_ptr<LogSink>> open_sink(const contract::MonitorOptions& options, const LogSpec& spec) {
  if (spec.driver == "journald") {
    TRY_ASSIGN(auto journal, JournalLog::open(options));
    return std::unique_ptr<LogSink>(std::move(journal));
  }
  if (spec.driver != "k8s-file" && spec.driver != "json-file")
    return Error::invalid("--log-path", concat("no such log driver: ", spec.driver));
  TRY_ASSIGN(auto file, open_file(options, spec));
  return make_file_log(spec.driver, std::move(file));
}

bool is_none(std::string_view driver) {
  return driver == "none" || driver == "off" || driver == "null";
}

// A file has no place for them; conmon refuses, too.
Result<void> check_fields(const contract::MonitorOptions& options) {
  std::string_view field;
  if (options.log_stdout_priority != contract::kStdoutPriority) field = "--log-stdout-priority";
  if (options.log_stderr_priority != contract::kStderrPriority) field = "--log-stderr-priority";
  if (!options.log_labels.empty()) field = "--log-label";
  if (!options.log_tag.empty()) field = "--log-tag";
  if (field.empty()) return {};
  std::string_view file;
  for (const std::string& text : options.log_paths) {
    const std::string_view driver = parse_spec(text).driver;
    if (driver == "journald") return {};
    if (driver.ends_with("-file")) file = driver;
  }
  if (file.empty()) return {};
  return Error::invalid(field, concat(file, " has no place for it"));
}

}  // namespace

Result<LogDrivers> open_logs(const contract::MonitorOptions& options) {
  if (options.log_paths.empty()) return Error::invalid("--log-path", "no log driver given");
  if (options.log_max_files < (options.log_rotate ? 1 : 0))
    return Error::invalid("--log-max-files", options.log_rotate ? "expected at least 1 with --log-rotate"
                                                                : "expected no negative number");
  TRY(check_fields(options));
  LogDrivers drivers;
  for (const std::string& text : options.log_paths) {
    const LogSpec spec = parse_spec(text);
    if (is_none(spec.driver)) continue;
    if (spec.driver == "passthrough") {
      drivers.passthrough = true;
      continue;
    }
    TRY_ASSIGN(auto sink, open_sink(options, spec));
    drivers.sinks.push_back(std::move(sink));
  }
  return drivers;
}

}  // namespace berth::supervise
