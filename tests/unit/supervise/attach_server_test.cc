#include "supervise/attach_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "sys/unix_socket.h"

namespace berth::supervise {
namespace {

class AttachServerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "berth-attach-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    loop_ = std::move(*sys::EventLoop::make());
    input_ = std::make_unique<StdinWriter>(*loop_);
    auto server = AttachServer::start(*loop_, *input_, {.socket_path = folder_ + "/attach"});
    ASSERT_TRUE(server) << server.error().to_string();
    server_ = std::move(*server);
  }
  void TearDown() override {
    ::unlink((folder_ + "/attach").c_str());
    ::rmdir(folder_.c_str());
  }

  UniqueFd connect() {
    auto client = sys::connect_socket(folder_ + "/attach", SOCK_SEQPACKET);
    EXPECT_TRUE(client);
    return std::move(*client);
  }

  static std::string received(FdRef client) {
    std::array<char, 64> packet{};
    const ssize_t size = ::recv(client.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(packet.data(), static_cast<std::size_t>(size));
  }

  std::string folder_;
  std::unique_ptr<sys::EventLoop> loop_;
  std::unique_ptr<StdinWriter> input_;
  std::unique_ptr<AttachServer> server_;
};

TEST_F(AttachServerTest, SendsOutputToAllWhoHaveConnectedBeforeIt) {
  const std::array clients{connect(), connect(), connect()};
  ASSERT_TRUE(loop_->run_once(0));
  server_->send(contract::AttachStream::out, "output");
  for (const UniqueFd& client : clients) EXPECT_EQ(received(client), "\2output");
}

TEST_F(AttachServerTest, LetsNobodyInAfterTheEnd) {
  const UniqueFd client = connect();
  server_->close();
  EXPECT_FALSE(sys::connect_socket(folder_ + "/attach", SOCK_SEQPACKET));
}

}  // namespace
}  // namespace berth::supervise
