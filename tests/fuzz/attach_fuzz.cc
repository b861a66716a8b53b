// What attached clients may do, in any order, while the container writes and reads: connect, send packets of any size, end
// their input, read or not, leave. Through the real server, its sockets and its event loop. Output reaches each client
// whole and in order, input the container as it was sent.
//
//   input: steps of two bytes and what they carry: [kind and client][size] …
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "supervise/attach_server.h"
#include "sys/child.h"
#include "sys/unix_socket.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

using namespace berth;
using fuzz::require;

namespace {

struct Client {
  UniqueFd socket;
  bool writes = true;
  std::array<std::string, 2> sent_to_it;  // stdout, stderr
  std::array<std::string, 2> got;
};

class Story {
 public:
  Story() {
    static const fuzz::Scratch scratch("/tmp/berth-fuzz-attach-");
    path_ = scratch.path + "/attach";
    loop_ = std::move(*sys::EventLoop::make());
    auto pipe = sys::Pipe::make();
    require(pipe.has_value() && ::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK) == 0);
    ::fcntl(pipe->read_end.get(), F_SETPIPE_SZ, 4096);  // soon full
    stdin_ = std::move(pipe->read_end);
    input_ = std::make_unique<supervise::StdinWriter>(*loop_);
    input_->open(std::move(pipe->write_end));
    server_ = std::move(*supervise::AttachServer::start(*loop_, *input_, {.socket_path = path_}));
  }

  void step(std::uint8_t what, std::uint8_t much, std::string_view rest) {
    Client& client = clients_.at((what >> 4U) & 3U);
    const std::size_t size = static_cast<std::size_t>(much) * ((what & 0x40U) != 0 ? 200 : 1);
    switch (what & 7U) {
      case 0:
        return connect(client);
      case 1:
        return speak(client, filled(size, rest));
      case 2:
        if (client.socket) ::shutdown(client.socket.get(), SHUT_WR);
        client.writes = false;
        return;
      case 3:
        client = Client();
        return;
      case 4:
        return write_output(much % 2, filled(size, rest));
      case 5:
        return listen(client);
      case 6:
        return read_input();
      default:
        return turn();
    }
  }

  void end() {
    for (int quiet = 0; quiet < 3; ++quiet) {
      const std::size_t before = moved_;
      turn();
      read_input();
      for (Client& client : clients_) listen(client);
      if (moved_ != before) quiet = 0;
    }
    require(!server_->congested());
    for (const Client& client : clients_) require(!client.socket || client.got == client.sent_to_it);
    if (speakers_ <= 1) require(input_got_ == input_sent_);
    server_->close();
  }

 private:
  static std::string filled(std::size_t size, std::string_view with) {
    std::string out;
    if (with.empty()) return out;
    out.append(with.substr(0, size));
    while (out.size() < size) out.append(out, 0, size - out.size());
    return out;
  }

  void turn() {
    for (int i = 0; i < 4; ++i) require(loop_->run_once(0).has_value());
  }

  void connect(Client& client) {
    if (client.socket) return;
    client = Client();
    client.socket = std::move(*sys::connect_socket(path_, SOCK_SEQPACKET | SOCK_NONBLOCK));
    ++speakers_;
    turn();  // it hears what comes from now on
  }

  void speak(Client& client, const std::string& data) {
    if (!client.socket || !client.writes) return;
    if (sys::send(client.socket, data, {}, nullptr, MSG_DONTWAIT))
      input_sent_.append(data.substr(0, contract::kAttachInput));
  }

  // The pump reads nothing while the server is congested.
  void write_output(unsigned stream, const std::string& data) {
    if (server_->congested()) return;
    server_->send(stream == 0 ? contract::AttachStream::out : contract::AttachStream::err, data);
    for (Client& client : clients_) client.sent_to_it.at(stream).append(client.socket ? data : "");
  }

  void listen(Client& client) {
    std::array<char, contract::kAttachPayload + 2> packet;
    while (client.socket) {
      const ssize_t size = ::recv(client.socket.get(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (size <= 0) return;
      const auto frame = contract::parse_attach_frame({packet.data(), static_cast<std::size_t>(size)});
      require(frame && frame->stream != contract::AttachStream::in &&
              frame->data.size() <= contract::kAttachPayload);
      moved_ += frame->data.size();
      client.got.at(frame->stream == contract::AttachStream::out ? 0 : 1).append(frame->data);
    }
  }

  void read_input() {
    std::array<char, 4096> data;
    for (ssize_t size = 1; size > 0;) {
      size = ::read(stdin_.get(), data.data(), data.size());
      moved_ += size > 0 ? static_cast<std::size_t>(size) : 0;
      if (size > 0) input_got_.append(data.data(), static_cast<std::size_t>(size));
    }
    require(speakers_ > 1 || input_sent_.starts_with(input_got_));
  }

  std::string path_;
  std::unique_ptr<sys::EventLoop> loop_;
  UniqueFd stdin_;
  std::unique_ptr<supervise::StdinWriter> input_;
  std::unique_ptr<supervise::AttachServer> server_;
  std::array<Client, 4> clients_;
  int speakers_ = 0;       // their packets may come in any order
  std::size_t moved_ = 0;  // bytes that have come to where they were sent
  std::string input_sent_;
  std::string input_got_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Story story;
  for (int steps = 0; rest.size() >= 2 && steps < 100; ++steps) {
    const auto what = static_cast<std::uint8_t>(rest[0]);
    const auto much = static_cast<std::uint8_t>(rest[1]);
    rest.remove_prefix(2);
    story.step(what, much, rest);
  }
  story.end();
  return 0;
}
