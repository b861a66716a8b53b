// JournalSocket: entries to the journal's native socket (systemd.io/JOURNAL_NATIVE_PROTOCOL), each a datagram, many of
// them with one sendmmsg(2).
//
// The pieces of an entry belong to the caller and must live until flush(), which empties it. An entry that no
// datagram holds goes as a sealed memfd. A journal that was restarted is connected to again; one that is away
// costs entries, which are counted, and so does one that reads nothing for kSinkPatience: from then on nobody
// waits until it reads.
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/unique_fd.h"
#include "supervise/log_sink.h"

namespace berth::supervise {

class JournalSocket {
 public:
  // In the order of the datagram; empty ones are none.
  using Entry = std::array<std::string_view, 5>;

  explicit JournalSocket(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] bool has_room() const noexcept { return count_ < kBatch; }
  void add(const Entry& entry) noexcept;
  void flush();

  [[nodiscard]] const LossCount& loss() const noexcept { return loss_; }
  // An entry that reports the loss: the first one of a flush(). When it is sent the count begins anew; until then no
  // other is sent either, so that it stands where the lines are missing.
  void add_report(const Entry& entry) noexcept {
    add(entry);
    reports_ = true;
  }
  // The next flush() waits for a journal that read nothing before.
  void be_patient() noexcept { stalled_ = false; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kBatch = 32;

  [[nodiscard]] int connect() noexcept;
  [[nodiscard]] int send_some(std::size_t first) noexcept;
  [[nodiscard]] std::size_t get_over(std::size_t first, int code);
  [[nodiscard]] int send_memfd(const msghdr& entry);
  // The journal has the report, if there was one.
  void settle() noexcept {
    if (std::exchange(reports_, false)) loss_ = LossCount();
  }
  [[nodiscard]] bool wait_for_room() noexcept;

  std::string path_;
  UniqueFd socket_;
  std::array<mmsghdr, kBatch> headers_{};
  std::array<std::array<iovec, std::tuple_size_v<Entry>>, kBatch> pieces_{};
  std::size_t count_ = 0;
  bool reports_ = false;  // the first one is a report
  std::optional<Clock::time_point> waiting_since_;
  bool stalled_ = false;
  LossCount loss_;
};

}  // namespace berth::supervise
