#include "runtime/checkpoint.h"

#include "base/text.h"
#include "berth-runtime/commands.h"
#include "berth-runtime/criu_flags.h"

namespace berth::runtime_cli {

namespace {

Result<void> read_page_server(const std::string& text, contract::CriuOptions& out) {
  const auto colon = text.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0 || colon == 0)
    return Error::invalid("--page-server", concat("expected ADDRESS:PORT, found ", text));
  out.page_server = text.substr(0, colon);
  out.page_server_port = *port;
  return {};
}

}  // namespace

Result<int> checkpoint_command(const Global& global, const flags::Arguments& args) {
  flags::Parser parser("berth-runtime checkpoint", "CONTAINER",
                       "Saves the processes of a container with criu, and deletes it.");
  runtime::CheckpointRequest request;
  CriuFlags shared;
  shared.add_to(parser);
  contract::CriuOptions& options = shared.options;
  parser
      .value("parent-path", 0, "DIR", "an earlier dump, relative to the images: only what changed is saved",
             options.parent_images)
      .toggle("leave-running", 0, "let it run on", options.leave_running)
      .toggle("pre-dump", 0, "save its memory only, and let it run on", request.pre_dump)
      .toggle("tcp-skip-in-flight", 0, "pass over TCP connections that are being made",
              options.tcp_skip_in_flight)
      .toggle("link-remap", 0, "with files that were removed while open, by linking them", options.link_remap)
      .custom("page-server", 0, "ADDRESS:PORT", "send the memory there",
              [&options](const std::string& text) { return read_page_server(text, options); })
      .number("status-fd", 0, "FD", "gets a NUL when lazy pages can be had", request.status_fd)
      .interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return show_usage(parser);
  TRY(expect_operands(parser, operands, 1, 1));
  request.root = global.root;
  request.id = operands.values.front();
  request.image_path = shared.image_path;
  request.work_path = shared.work_path;
  request.criu = shared.options;
  TRY(runtime::checkpoint(request).context("checkpoint container"));
  return 0;
}

}  // namespace berth::runtime_cli
