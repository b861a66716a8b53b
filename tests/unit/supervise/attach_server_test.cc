#include "supervise/attach_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::supervise {
namespace {

class AttachServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sys::make_directory(dir_, 0700));
    loop_ = std::move(*sys::EventLoop::make());
    auto pipe = sys::Pipe::make();
    ASSERT_TRUE(pipe);
    ::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK);
    stdin_ = std::move(pipe->read_end);
    input_ = std::make_unique<StdinWriter>(*loop_);
    input_->open(std::move(pipe->write_end));
    server_ = std::move(
        *AttachServer::start(*loop_, *input_, {.socket_path = path(), .end_input_with_client = true}));
  }
  void TearDown() override { ignore(sys::remove_tree(dir_)); }

  [[nodiscard]] std::string path() const { return dir_ + "/attach"; }
  [[nodiscard]] UniqueFd connect() const {
    return std::move(*sys::connect_socket(path(), SOCK_SEQPACKET | SOCK_NONBLOCK));
  }
  static void speak(const UniqueFd& client, std::string_view data) { ASSERT_TRUE(sys::send(client, data)); }
  void turn() {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(loop_->run_once(0));
  }
  // What the container reads now; "$" behind it when its stdin has ended.
  std::string read_input() {
    std::string all;
    std::array<char, 65536> data;
    while (true) {
      const ssize_t size = ::read(stdin_.get(), data.data(), data.size());
      if (size <= 0) return size == 0 ? all + "$" : all;
      all.append(data.data(), static_cast<std::size_t>(size));
      turn();
    }
  }

  std::string dir_ = concat("/tmp/berth-attach-server-", ::getpid());
  std::unique_ptr<sys::EventLoop> loop_;
  UniqueFd stdin_;
  std::unique_ptr<StdinWriter> input_;
  std::unique_ptr<AttachServer> server_;
};

TEST_F(AttachServerTest, AllThatAClientSentBeforeItLeftArrives) {
  auto client = connect();
  for (const char* packet : {"one ", "two ", "three"}) speak(client, packet);
  client.reset();
  turn();
  EXPECT_EQ(read_input(), "one two three$");
}

TEST_F(AttachServerTest, AllOfItArrivesAlsoWhenTheContainerIsSlowToRead) {
  const std::string packet(contract::kAttachInput, 'x');
  auto client = connect();
  for (int i = 0; i < 4; ++i) speak(client, packet);  // twice what the pipe holds
  client.reset();
  turn();
  EXPECT_EQ(read_input().size(), 4 * packet.size() + 1);
}

TEST_F(AttachServerTest, AnEmptyPacketHidesNothingThatComesBehindIt) {
  auto client = connect();
  speak(client, "");
  speak(client, "data");
  ::shutdown(client.get(), SHUT_WR);
  turn();
  EXPECT_EQ(read_input(), "data$");
}

TEST_F(AttachServerTest, TheInputEndsWithAClientThatLeavesWhileOutputIsSent) {
  auto client = connect();
  turn();
  speak(client, "last words");
  client.reset();
  server_->send(contract::AttachStream::out, "output");
  turn();
  EXPECT_EQ(read_input(), "last words$");
}

TEST_F(AttachServerTest, AClientThatReadsNothingMayStillSpeak) {
  auto client = connect();
  turn();
  ::shutdown(client.get(), SHUT_RD);
  server_->send(contract::AttachStream::out, "output");
  turn();
  speak(client, "data");
  turn();
  EXPECT_EQ(read_input(), "data");
  EXPECT_FALSE(server_->congested());
}

TEST_F(AttachServerTest, OutputReachesAllWhoHaveConnectedBeforeIt) {
  const std::array clients{connect(), connect(), connect()};
  ASSERT_TRUE(loop_->run_once(0));
  server_->send(contract::AttachStream::out, "output");
  for (const UniqueFd& client : clients) {
    const auto frame = sys::receive(client, 64);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->data, "\2output");
  }
}

TEST_F(AttachServerTest, NobodyIsLetInAfterTheEnd) {
  const UniqueFd client = connect();
  server_->close();
  EXPECT_FALSE(sys::connect_socket(path(), SOCK_SEQPACKET));
}

}  // namespace
}  // namespace berth::supervise
