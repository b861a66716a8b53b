#include "engine/log_reader.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "base/text.h"
#include "contract/log_line.h"
#include "engine/process_identity.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr std::size_t kChunk = 64U << 10U;
constexpr int kFollowPollMs = 500;  // for file systems that inotify does not see, and for the container's end

using Parser = Result<contract::LogLine> (*)(std::string_view);

// Puts lines out as the options want them.
class Printer {
 public:
  Printer(const LogOptions& options, std::string name) : options_(options), name_(std::move(name)) {}

  // False: nothing after this line is wanted.
  bool take(contract::LogLine line) {
    if (options_.until_ns != 0 && line.time_ns > options_.until_ns) return false;
    if (line.time_ns < options_.since_ns) return true;
    if (!options_.tail || following_) {
      put(line);
      return true;
    }
    const bool full = !line.partial;
    held_.push_back(std::move(line));
    held_lines_ += full ? 1 : 0;
    while (held_lines_ > *options_.tail) {
      held_lines_ -= held_.front().partial ? 0 : 1;
      held_.pop_front();
    }
    return true;
  }
  // The end of what is there now: what --tail held back is written.
  void end_of_history() {
    for (const contract::LogLine& line : held_) put(line);
    held_.clear();
    following_ = true;
  }
  Result<void> flush() {
    auto written = sys::write_all(FdRef(STDOUT_FILENO), out_, "standard output");
    out_.clear();
    TRY(written ? sys::write_all(FdRef(STDERR_FILENO), err_, "standard error") : std::move(written));
    err_.clear();
    return {};
  }

 private:
  void put(const contract::LogLine& line) {
    const bool is_err = line.stream == contract::LogStream::err;
    std::string& into = is_err ? err_ : out_;
    bool& fresh = is_err ? err_fresh_ : out_fresh_;
    if (fresh && options_.names) append(into, name_, ' ');
    if (fresh && options_.timestamps) append(into, contract::format_log_time(line.time_ns, false), ' ');
    append(into, line.text);
    if (!line.partial) into.push_back('\n');
    fresh = !line.partial;
  }

  LogOptions options_;
  std::string name_;
  std::string out_;
  std::string err_;
  bool out_fresh_ = true;  // the next piece begins a line
  bool err_fresh_ = true;
  bool following_ = false;
  std::deque<contract::LogLine> held_;
  std::uint64_t held_lines_ = 0;
};

// Whole lines of a file that grows, and that the monitor may replace when it rotates.
class LogFile {
 public:
  LogFile(std::string path, Parser parse) : path_(std::move(path)), parse_(parse) {}

  // All that is there and was not read yet; false when the printer wants no more.
  Result<bool> read(Printer& printer) {
    if (!file_) {
      auto opened = sys::open(path_, O_RDONLY);
      if (!opened && opened.error().is(ENOENT)) return true;
      if (!opened) return std::move(opened).error();
      file_ = std::move(*opened);
    }
    std::array<char, kChunk> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    while (true) {
      TRY_ASSIGN(const auto count, sys::read_some(file_, buffer.data(), buffer.size()));
      if (count == 0) return reopen_if_replaced(printer);
      pending_.append(buffer.data(), count);
      if (!take_lines(printer)) return false;
      TRY(printer.flush());
    }
  }

 private:
  bool take_lines(Printer& printer) {
    std::size_t start = 0;
    bool wanted = true;
    for (auto end = pending_.find('\n'); wanted && end != std::string::npos;
         end = pending_.find('\n', start)) {
      auto line = parse_(std::string_view(pending_).substr(start, end - start));
      start = end + 1;
      // A torn line (a full disk, a crash) is passed over: the next one is whole again.
      if (line) wanted = printer.take(std::move(*line));
    }
    pending_.erase(0, start);
    return wanted;
  }

  Result<bool> reopen_if_replaced(Printer& printer) {
    struct stat ours {};
    struct stat named {};
    if (::fstat(file_.get(), &ours) < 0 || ::stat(path_.c_str(), &named) < 0) return true;
    const bool truncated = ours.st_size < ::lseek(file_.get(), 0, SEEK_CUR);
    if (ours.st_ino == named.st_ino && ours.st_dev == named.st_dev && !truncated) return true;
    file_.reset();
    pending_.clear();
    return read(printer);
  }

  std::string path_;
  Parser parse_;
  UniqueFd file_;
  std::string pending_;
};

// Returns when the file has changed, or after a while.
class ChangeWatch {
 public:
  explicit ChangeWatch(const std::string& directory) : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (fd_) ::inotify_add_watch(fd_.get(), directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  }
  void wait(const std::optional<sys::PidFd>& process) {
    std::array<pollfd, 2> polls = {
        {{.fd = fd_.get(), .events = POLLIN, .revents = 0},
         {.fd = process ? process->fd().get() : -1, .events = POLLIN, .revents = 0}}};
    ::poll(polls.data(), polls.size(), kFollowPollMs);
    std::array<char, 4096> events{};
    while (fd_ && ::read(fd_.get(), events.data(), events.size()) > 0) {
    }
  }

 private:
  UniqueFd fd_;
};

// The monitor, for it writes the last line: the container's init may be gone before.
bool is_over(Engine& engine, const std::string& id, std::optional<sys::PidFd>& monitor) {
  const auto container = engine.store.load(id);
  if (!container || !*container) return true;
  const ContainerStatus& status = (*container)->status;
  if (!monitor) monitor = open_process(status.monitor_pid, status.monitor_start);
  if (monitor) {
    const auto ended = monitor->wait_exit(0);
    return ended && *ended;
  }
  return !status.active() && status.phase != Phase::creating;
}

}  // namespace

Result<void> show_logs(Engine& engine, const Container& container, const LogOptions& options) {
  const ContainerConfig& config = container.config;
  if (config.log_driver != "k8s-file" && config.log_driver != "json-file") {
    return Error::message(concat("the log driver ", config.log_driver, " of container ", config.name,
                                 " keeps nothing that could be shown"),
                          EINVAL);
  }
  Printer printer(options, config.name);
  LogFile file(config.log_path,
               config.log_driver == "k8s-file" ? contract::parse_k8s_line : contract::parse_json_line);
  ChangeWatch watch(config.log_path.substr(0, config.log_path.rfind('/')));
  TRY_ASSIGN(bool more, file.read(printer));
  printer.end_of_history();
  TRY(printer.flush());
  std::optional<sys::PidFd> monitor;
  while (options.follow && more) {
    const bool over = is_over(engine, config.id, monitor);
    TRY_ASSIGN(more, file.read(printer));
    TRY(printer.flush());
    if (over) break;
    watch.wait(monitor);
  }
  return {};
}

}  // namespace berth::engine
