#include "supervise/attach_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "sys/unix_socket.h"

namespace berth::supervise {
namespace {

class AttachClientTest : public testing::Test {
 protected:
  void SetUp() override {
    auto pair = sys::socket_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
    ASSERT_TRUE(pair);
    client_.emplace(std::move(pair->first));
    peer_ = std::move(pair->second);
  }
  std::string packet() {
    auto message = sys::receive(peer_, 65536);
    return message ? message->data : std::string("-");
  }
  std::optional<AttachClient> client_;
  UniqueFd peer_;
};

TEST_F(AttachClientTest, CutsALargeOutputIntoFrames) {
  client_->send(contract::AttachStream::err, std::string(10'000, 'x'));
  EXPECT_EQ(packet(), "\3" + std::string(8192, 'x'));
  EXPECT_EQ(packet(), "\3" + std::string(1808, 'x'));
  EXPECT_FALSE(client_->pending());
}

TEST_F(AttachClientTest, KeepsWhatThePeerDoesNotTakeAndItsOrder) {
  std::string sent;
  for (char c = 'a'; !client_->pending(); c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
    client_->send(contract::AttachStream::out, std::string(8192, c));
    sent += std::string(8192, c);
  }
  client_->send(contract::AttachStream::err, "last");
  std::string received;
  for (std::string next = packet(); next != "\3last"; next = packet()) {
    if (next == "-")
      client_->flush();
    else
      received += next.substr(1);
  }
  EXPECT_EQ(received, sent);
  EXPECT_FALSE(client_->pending());
}

TEST_F(AttachClientTest, KeepsNothingForAPeerThatIsGone) {
  while (!client_->pending()) client_->send(contract::AttachStream::out, std::string(8192, 'x'));
  peer_.reset();
  client_->flush();
  EXPECT_FALSE(client_->pending());
  client_->send(contract::AttachStream::out, "x");
  EXPECT_FALSE(client_->pending());
}

TEST_F(AttachClientTest, KnowsWhatAPeerHasSentBeforeItWentAway) {
  EXPECT_FALSE(client_->has_input());
  ASSERT_TRUE(sys::send(peer_, "last words"));
  peer_.reset();
  client_->send(contract::AttachStream::out, "x");
  EXPECT_TRUE(client_->has_input());
}

}  // namespace
}  // namespace berth::supervise
