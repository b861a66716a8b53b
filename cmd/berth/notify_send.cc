// berth notify send: one message to the service manager, from a shell or from inside a container.
#include <cstdlib>

#include "berth/verbs.h"
#include "common/dispatch.h"
#include "systemd/notify_client.h"
#include "systemd/notify_message.h"

namespace berth {

namespace {

constexpr int kPatienceMs = 5000;  // with a host that is full; also the barrier's, as systemd-notify has it

struct Request {
  std::vector<int> fds;
  pid_t pid = 0;
  int barrier_ms = -1;  // -1: none wanted
  std::string lines;
};

Result<int> parse_milliseconds(const std::string& text) {
  if (text.empty()) return kPatienceMs;
  const auto seconds = parse_number<unsigned>(text);
  if (!seconds || *seconds > 1000000) return Error::invalid("--barrier", "expected seconds, a whole number");
  return static_cast<int>(*seconds) * 1000;
}

Result<void> add_lines(const flags::Parser& parser, const flags::Arguments& words, Request& request) {
  for (const std::string& word : words) {
    if (word.find('=') == std::string::npos)
      return parser.error(concat("expected NAME=VALUE, found \"", word, '"'));
    append(request.lines, request.lines.empty() ? "" : "\n", word);
  }
  if (request.lines.size() > systemd::kMaxNotification)
    return parser.error("a message has at most 4096 bytes");
  return {};
}

Result<void> send(const Request& request) {
  const char* socket = ::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0')
    return Error::message("NOTIFY_SOCKET is not set: there is no service manager to notify", ENOTCONN);
  TRY_ASSIGN(const auto address, systemd::NotifyAddress::parse(socket));
  const std::vector<FdRef> fds(request.fds.begin(), request.fds.end());
  if (!request.lines.empty())
    TRY(systemd::send_notification(address, request.lines, fds, kPatienceMs, request.pid));
  if (request.barrier_ms >= 0) TRY(systemd::notify_barrier(address, request.barrier_ms));
  return {};
}

}  // namespace

Result<int> notify_send(const flags::Arguments& args) {
  Request request;
  flags::Parser parser("berth notify send", "[NAME=VALUE...]",
                       "Sends the assignments as one message to the service manager at $NOTIFY_SOCKET.");
  parser.number("pid", 0, "PID", "send in the name of this process (needs CAP_SYS_ADMIN)", request.pid);
  parser.custom("fd", 0, "N", "pass this open descriptor along (may be repeated)",
                [&](const std::string& text) -> Result<void> {
                  const auto fd = parse_number<unsigned short>(text);
                  if (!fd) return Error::invalid("--fd", concat("expected a number, found \"", text, '"'));
                  request.fds.push_back(*fd);
                  return {};
                });
  parser.custom("barrier", 0, "",
                "then wait until the manager has processed it, --barrier=SECONDS at most (5)",
                [&](const std::string& text) -> Result<void> {
                  TRY_ASSIGN(request.barrier_ms, parse_milliseconds(text));
                  return {};
                });
  parser.interspersed();
  TRY_ASSIGN(const flags::Operands operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty() && request.barrier_ms < 0)
    return parser.error("expected NAME=VALUE or --barrier");
  TRY(add_lines(parser, operands.values, request));
  TRY(send(request));
  return 0;
}

}  // namespace berth
