// What is said with criu(8) run as `criu swrk FD`: one message a packet on a SOCK_SEQPACKET socket. The fields are those
// of criu's rpc.proto, which only ever grow.
//
//   we                                        criu
//    |  -- request: dump | restore | pre-dump -->|
//    |<--------------- notice "post-restore" … --|  any number; some bring a pid or a descriptor
//    |  -- acknowledgement ---------------------->|
//    |<----------- response: success or failure --|
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace berth::contract {

enum class CriuCall : std::uint8_t { dump = 1, restore = 2, pre_dump = 4 };
// How much of the cgroups criu saves and sets: criu(8) --manage-cgroups.
enum class CriuCgroups : std::uint8_t { ignore = 0, soft = 3, full = 4, strict = 5 };

struct CriuOptions {
  // Numbers of our descriptors: criu opens them through /proc.
  int images_directory = -1;
  int work_directory = -1;  // -1: the images'
  std::string log_file;     // in the work directory
  std::string config_file;
  std::string root;
  std::string parent_images;  // relative to the images
  std::string freeze_cgroup;
  std::string lsm_profile;
  std::string lsm_mount_context;
  std::string page_server;  // an address; empty: none
  int page_server_port = 0;
  pid_t pid = 0;  // 0: restore
  CriuCgroups cgroups = CriuCgroups::soft;
  bool leave_running = false;
  bool external_unix_sockets = false;
  bool tcp_established = false;
  bool tcp_skip_in_flight = false;
  bool shell_job = false;
  bool file_locks = false;
  bool auto_dedup = false;
  bool link_remap = false;
  bool lazy_pages = false;
  bool empty_network = false;
  std::vector<std::pair<std::string, std::string>>
      external_mounts;                                 // dump {path, key}, restore {key, source}
  std::vector<std::string> external_namespaces;        // dump: "net[inode]:key"
  std::vector<std::pair<std::string, int>> inherited;  // restore: {key, descriptor in criu}
  std::vector<std::pair<std::string, std::string>> joined_namespaces;  // restore: {kind, path}
  std::vector<std::pair<std::string, std::string>> cgroup_roots;       // restore: {controllers, path}
};

[[nodiscard]] std::string criu_request(CriuCall call, const CriuOptions& options);
[[nodiscard]] std::string criu_acknowledgement(bool success);

struct CriuResponse {
  bool is_notice = false;  // asks for an acknowledgement
  bool success = false;
  std::string notice;   // "post-dump", "setup-namespaces", "orphan-pts-master", …
  pid_t pid = 0;        // of a notice or a restore
  std::string message;  // of a failure; criu's own words, may be empty
};
// EPROTO for what is no message.
[[nodiscard]] Result<CriuResponse> parse_criu_response(std::string_view bytes);

}  // namespace berth::contract
