// AttachServer: the container's attach socket and those connected to it.
//
//   client ──input──> StdinWriter ──> container ──output──> OutputPump ──> AttachServer ──frames──> clients
//
// Output reaches every client whole and in order. A client that is slow holds the payload back (its pipe fills
// up, as with a terminal), but not for longer than kStallPatience without a single frame taken: then it is
// dropped. The first client that ends its input ends the container's, unless told otherwise (conmon's rule).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "supervise/attach_client.h"
#include "supervise/scratch_buffer.h"
#include "supervise/stdin_writer.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class AttachServer {
 public:
  static constexpr auto kStallPatience = std::chrono::seconds(10);
  static constexpr std::size_t kMaxClients = 256;

  struct Options {
    std::string socket_path;
    bool end_input_with_client = false;
  };
  static Result<std::unique_ptr<AttachServer>> start(sys::EventLoop& loop, StdinWriter& input,
                                                     const Options& options);
  AttachServer(const AttachServer&) = delete;
  AttachServer& operator=(const AttachServer&) = delete;

  void send(contract::AttachStream stream, std::string_view data);
  // True while a client has frames to take: nothing more should be read from the container.
  [[nodiscard]] bool congested() const noexcept;
  // Called when congested() turns false.
  void on_room(std::function<void()> room) { on_room_ = std::move(room); }
  // The container's end: nobody new is let in; clients are dropped once they have taken all.
  void close() noexcept;

 private:
  AttachServer(sys::EventLoop& loop, StdinWriter& input, bool end_input_with_client, ScratchBuffer packet);
  Result<void> listen();
  void accept_waiting();
  bool accept_one();  // false: nobody waits, or nobody can be taken
  void watch(AttachClient& client);
  void handle(AttachClient& client, std::uint32_t events);
  void read_input(AttachClient& client, std::uint32_t events);
  void hang_up(AttachClient& client);
  void end_input(AttachClient& client);
  void update(AttachClient& client);
  void update_all();
  void watch_stalls();
  void drop_stalled();
  void forget_gone();

  sys::EventLoop& loop_;
  StdinWriter& input_;
  bool end_input_with_client_;
  ScratchBuffer packet_;  // not on the stack: pages that a stack once used stay
  UniqueFd listener_;
  sys::EventLoop::Handle listening_;
  std::vector<std::unique_ptr<AttachClient>> clients_;
  std::function<void()> on_room_;
  sys::EventLoop::Handle stall_timer_;
  bool was_congested_ = false;
};

}  // namespace berth::supervise
