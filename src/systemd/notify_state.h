// NotifyState: what a container has said of itself, and what became of it. For `berth ps` and `berth
// inspect`, and handed over when a supervisor is replaced: plain data.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string>

#include "systemd/notify_message.h"
#include "systemd/notify_policy.h"

namespace berth::systemd {

struct NotifyState {
  NotifyPhase phase = NotifyPhase::unchanged;       // the last word: reloading, ready, stopping
  bool payload_was_ready = false;                   // READY=1 came from inside
  bool host_is_ready = false;                       // READY=1 went outside, from the payload or from us
  std::string status;                               // the last STATUS=, valid UTF-8, one line
  std::uint64_t received = 0;                       // datagrams
  std::uint64_t forwarded = 0;                      // messages, ours not counted
  std::uint64_t withheld = 0;                       // assignments kept back from messages that passed
  std::array<std::uint64_t, kNotifyDrops> drops{};  // by NotifyDrop
  FdStoreLedger stored;                             // descriptors that the host holds for the container

  void count(NotifyDrop drop) noexcept { ++drops.at(static_cast<std::size_t>(drop)); }
  [[nodiscard]] std::uint64_t dropped(NotifyDrop drop) const noexcept {
    return drops.at(static_cast<std::size_t>(drop));
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return std::accumulate(drops.begin(), drops.end(), std::uint64_t{0});
  }
};

}  // namespace berth::systemd
