#include "runtime/criu.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/scope_exit.h"
#include "base/text.h"
#include "cgroup/tree_options.h"
#include "runtime/criu_log.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::runtime {

namespace {

constexpr int kSocket = 3;  // its number in criu
constexpr std::size_t kMaxMessage = 64U << 10U;

Result<void> say(FdRef socket, std::string_view message) {
  TRY_ASSIGN(const std::size_t sent, sys::send(socket, message).context("criu"));
  if (sent != message.size()) return Error::message("criu did not take the whole message", EPROTO);
  return {};
}

Error failure(const contract::CriuResponse& response, const std::string& log_path) {
  // The log has more than the answer: what criu's own children say ("execvp("ip", ...) failed").
  const auto log = sys::read_file(log_path);
  std::string reason = log ? first_criu_error(*log) : std::string();
  if (reason.empty()) reason = first_criu_error(response.message);
  if (reason.empty()) reason = trim(response.message);
  if (reason.empty()) reason = "it failed and gave no reason";
  return Error::message(concat("criu: ", reason, " (its log: ", log_path, ")"));
}

}  // namespace

Result<Criu> Criu::start(const std::vector<FdRef>& passed) {
  TRY_ASSIGN(auto sockets, sys::socket_pair(SOCK_SEQPACKET));
  sys::SpawnOptions options{.argv = {"criu", "swrk", concat(kSocket)}};
  options.stdin_fd = STDIN_FILENO;
  options.stdout_fd = STDOUT_FILENO;
  options.inherit_fds.emplace_back(sockets.second.get(), kSocket);
  int number = kFirstPassed;
  for (const FdRef fd : passed) options.inherit_fds.emplace_back(fd.get(), number++);
  TRY_ASSIGN(auto process, sys::Child::spawn(options));
  return Criu(std::move(process), std::move(sockets.first));
}

// Until the answer. An end of file before it: criu has died, which is a failure without words.
Result<contract::CriuResponse> Criu::converse(const CriuListener& listener) {
  while (true) {
    TRY_ASSIGN(auto message, sys::receive(socket_, kMaxMessage).context("criu"));
    if (message.data.empty()) return contract::CriuResponse{};
    TRY_ASSIGN(auto response, contract::parse_criu_response(message.data));
    if (!response.is_notice) return response;
    CriuNotice notice{.name = std::move(response.notice), .pid = response.pid};
    if (!message.fds.empty()) notice.fd = std::move(message.fds.front());
    auto heard = listener(std::move(notice));
    TRY(say(socket_, contract::criu_acknowledgement(heard.has_value())));
    if (heard) continue;
    while (true) {  // until it has undone its work
      const auto rest = sys::receive(socket_, kMaxMessage);
      if (!rest || rest->data.empty()) return std::move(heard).error();
      const auto last = contract::parse_criu_response(rest->data);
      if (!last || !last->is_notice) return std::move(heard).error();
      TRY(say(socket_, contract::criu_acknowledgement(true)));
    }
  }
}

Result<void> Criu::call(contract::CriuCall call, const contract::CriuOptions& options,
                        const std::string& log_path, const CriuListener& listener) && {
  TRY_ASSIGN(const auto tree, cgroup::TreeOptions::read());
  const ScopeExit put_back([&tree] {
    const auto done = tree.put_back();
    if (!done) log::warning("options of the cgroup tree: ", done.error().to_string());
  });
  TRY(say(socket_, contract::criu_request(call, options)));
  TRY_ASSIGN(const auto response, converse(listener));
  socket_.reset();  // after a pre-dump it would wait for the next request
  TRY_ASSIGN(const auto status, process_.wait());
  const bool ended_well = status.code() == 0 || call == contract::CriuCall::pre_dump;
  if (!response.success || !ended_well) return failure(response, log_path);
  return {};
}

std::string criu_config_file(const std::map<std::string, std::string>& annotations) {
  const auto named = annotations.find("org.criu.config");
  return named != annotations.end() ? named->second : "/etc/criu/runc.conf";
}

}  // namespace berth::runtime
