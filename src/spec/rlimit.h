// config.md "process.rlimits"; setrlimit(2).
#pragma once

#include <sys/resource.h>

#include <cstdint>

#include "spec/enum_text.h"

namespace berth::spec {

// The enumerators are the kernel's RLIMIT_ numbers.
enum class RlimitType : std::uint8_t {
  cpu = RLIMIT_CPU,
  file_size = RLIMIT_FSIZE,
  data = RLIMIT_DATA,
  stack = RLIMIT_STACK,
  core = RLIMIT_CORE,
  rss = RLIMIT_RSS,
  nproc = RLIMIT_NPROC,
  nofile = RLIMIT_NOFILE,
  memlock = RLIMIT_MEMLOCK,
  address_space = RLIMIT_AS,
  locks = RLIMIT_LOCKS,
  sigpending = RLIMIT_SIGPENDING,
  msgqueue = RLIMIT_MSGQUEUE,
  nice = RLIMIT_NICE,
  rtprio = RLIMIT_RTPRIO,
  rttime = RLIMIT_RTTIME,
};
constexpr EnumNames<RlimitType, 16> names(RlimitType /*type*/) {
  return {{{RlimitType::cpu, "RLIMIT_CPU"},
           {RlimitType::file_size, "RLIMIT_FSIZE"},
           {RlimitType::data, "RLIMIT_DATA"},
           {RlimitType::stack, "RLIMIT_STACK"},
           {RlimitType::core, "RLIMIT_CORE"},
           {RlimitType::rss, "RLIMIT_RSS"},
           {RlimitType::nproc, "RLIMIT_NPROC"},
           {RlimitType::nofile, "RLIMIT_NOFILE"},
           {RlimitType::memlock, "RLIMIT_MEMLOCK"},
           {RlimitType::address_space, "RLIMIT_AS"},
           {RlimitType::locks, "RLIMIT_LOCKS"},
           {RlimitType::sigpending, "RLIMIT_SIGPENDING"},
           {RlimitType::msgqueue, "RLIMIT_MSGQUEUE"},
           {RlimitType::nice, "RLIMIT_NICE"},
           {RlimitType::rtprio, "RLIMIT_RTPRIO"},
           {RlimitType::rttime, "RLIMIT_RTTIME"}}};
}

struct Rlimit {
  RlimitType type = RlimitType::nofile;
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  friend bool operator==(const Rlimit&, const Rlimit&) = default;
};
Result<void> decode(const json::Value& value, Rlimit& out);
void encode(json::Writer& out, const Rlimit& rlimit);

}  // namespace berth::spec
