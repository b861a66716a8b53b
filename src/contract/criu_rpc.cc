#include "contract/criu_rpc.h"

#include <sched.h>

#include "contract/protobuf.h"

namespace berth::contract {

namespace {

constexpr unsigned kNotify = 6;  // a type of request and response, beside CriuCall
constexpr int kLogEverything = 4;

// Field numbers of rpc.proto.
namespace request {
enum : unsigned { type = 1, opts = 2, notify_success = 3 };
}
namespace response {
enum : unsigned { type = 1, success = 2, restore = 4, notify = 5, cr_errmsg = 9 };
}
namespace opts {
enum : unsigned {
  images_dir_fd = 1,
  pid = 2,
  leave_running = 3,
  ext_unix_sk = 4,
  tcp_established = 5,
  evasive_devices = 6,
  shell_job = 7,
  file_locks = 8,
  log_level = 9,
  log_file = 10,
  page_server = 11,
  notify_scripts = 12,
  root = 13,
  parent_img = 14,
  track_mem = 15,
  auto_dedup = 16,
  work_dir_fd = 17,
  link_remap = 18,
  ext_mnt = 23,
  manage_cgroups = 24,
  cg_root = 25,
  rst_sibling = 26,
  inherit_fd = 27,
  manage_cgroups_mode = 34,
  external = 37,
  empty_ns = 38,
  join_ns = 39,
  freeze_cgroup = 44,
  tcp_skip_in_flight = 46,
  lazy_pages = 48,
  orphan_pts_master = 50,
  config_file = 51,
  lsm_profile = 53,
  lsm_mount_context = 63,
};
}

void put_text(ProtobufWriter& out, unsigned field, const std::string& text) {
  if (!text.empty()) out.text(field, text);
}

void put_switch(ProtobufWriter& out, unsigned field, bool value) {
  if (value) out.number(field, 1);
}

ProtobufWriter pair_of(std::string_view first, std::string_view second) {
  ProtobufWriter pair;
  pair.text(1, first).text(2, second);
  return pair;
}

void put_pairs(ProtobufWriter& out, unsigned field,
               const std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const auto& [first, second] : pairs) out.message(field, pair_of(first, second));
}

void put_switches(ProtobufWriter& out, const CriuOptions& options) {
  put_switch(out, opts::leave_running, options.leave_running);
  put_switch(out, opts::ext_unix_sk, options.external_unix_sockets);
  put_switch(out, opts::tcp_established, options.tcp_established);
  put_switch(out, opts::tcp_skip_in_flight, options.tcp_skip_in_flight);
  put_switch(out, opts::shell_job, options.shell_job);
  put_switch(out, opts::file_locks, options.file_locks);
  put_switch(out, opts::auto_dedup, options.auto_dedup);
  put_switch(out, opts::link_remap, options.link_remap);
  put_switch(out, opts::lazy_pages, options.lazy_pages);
  if (options.empty_network) out.number(opts::empty_ns, CLONE_NEWNET);
}

void put_texts(ProtobufWriter& out, const CriuOptions& options) {
  put_text(out, opts::log_file, options.log_file);
  put_text(out, opts::config_file, options.config_file);
  put_text(out, opts::root, options.root);
  put_text(out, opts::parent_img, options.parent_images);
  put_text(out, opts::freeze_cgroup, options.freeze_cgroup);
  put_text(out, opts::lsm_profile, options.lsm_profile);
  put_text(out, opts::lsm_mount_context, options.lsm_mount_context);
}

void put_resources(ProtobufWriter& out, const CriuOptions& options) {
  put_pairs(out, opts::ext_mnt, options.external_mounts);
  put_pairs(out, opts::cg_root, options.cgroup_roots);
  put_pairs(out, opts::join_ns, options.joined_namespaces);
  for (const std::string& external : options.external_namespaces) out.text(opts::external, external);
  for (const auto& [key, fd] : options.inherited) {
    ProtobufWriter inherited;
    inherited.text(1, key).number(2, fd);
    out.message(opts::inherit_fd, inherited);
  }
  if (options.page_server.empty()) return;
  ProtobufWriter server;
  server.text(1, options.page_server).number(2, options.page_server_port);
  out.message(opts::page_server, server);
}

ProtobufWriter options_message(CriuCall call, const CriuOptions& options) {
  ProtobufWriter out;
  out.number(opts::images_dir_fd, options.images_directory);
  if (options.work_directory >= 0) out.number(opts::work_dir_fd, options.work_directory);
  if (options.pid != 0) out.number(opts::pid, options.pid);
  out.number(opts::log_level, kLogEverything)
      .number(opts::notify_scripts, 1)
      .number(opts::orphan_pts_master, 1)
      .number(opts::manage_cgroups, 1)
      .number(opts::manage_cgroups_mode, static_cast<int>(options.cgroups));
  put_switches(out, options);
  put_texts(out, options);
  put_resources(out, options);
  if (call == CriuCall::restore) out.number(opts::evasive_devices, 1).number(opts::rst_sibling, 1);
  // What has changed since is only known when the kernel has been told to track it.
  const bool tracks = call == CriuCall::pre_dump || !options.parent_images.empty();
  put_switch(out, opts::track_mem, tracks);
  return out;
}

void read_pid_and_notice(ProtobufReader in, unsigned pid_field, CriuResponse& out) {
  while (in.next()) {
    if (in.field() == pid_field) {
      out.pid = static_cast<pid_t>(in.number());
    } else if (in.field() == 1) {
      out.notice = in.text();
    }
  }
}

}  // namespace

std::string criu_request(CriuCall call, const CriuOptions& options) {
  ProtobufWriter out;
  out.number(request::type, static_cast<int>(call)).message(request::opts, options_message(call, options));
  return std::move(out).bytes();
}

std::string criu_acknowledgement(bool success) {
  ProtobufWriter out;
  out.number(request::type, kNotify).number(request::notify_success, success ? 1 : 0);
  return std::move(out).bytes();
}

Result<CriuResponse> parse_criu_response(std::string_view bytes) {
  CriuResponse out;
  ProtobufReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case response::type:
        out.is_notice = in.number() == kNotify;
        break;
      case response::success:
        out.success = in.number() != 0;
        break;
      case response::restore:
        read_pid_and_notice(ProtobufReader(in.text()), 1, out);
        break;
      case response::notify:
        read_pid_and_notice(ProtobufReader(in.text()), 2, out);
        break;
      case response::cr_errmsg:
        out.message = in.text();
        break;
      default:
        break;
    }
  }
  if (in.is_broken() || bytes.empty()) return Error::message("criu sent what is no message", EPROTO);
  return out;
}

}  // namespace berth::contract
