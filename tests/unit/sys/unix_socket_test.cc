#include "sys/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/child.h"
#include "sys/file.h"

namespace berth::sys {
namespace {

class UnixSocket : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "berth-socket-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(root_)); }
  [[nodiscard]] std::string path(std::string_view name) const { return concat(root_, '/', name); }

  std::string root_;
};

TEST_F(UnixSocket, CarriesDataDescriptorsAndCredentials) {
  const auto pair = *socket_pair(SOCK_DGRAM);
  ASSERT_TRUE(receive_credentials(pair.second));
  auto pipe = *Pipe::make();
  ASSERT_EQ(*send(pair.first, "READY=1", {pipe.write_end}), 7U);
  const auto message = receive(pair.second, 4096);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->data, "READY=1");
  ASSERT_EQ(message->fds.size(), 1U);
  EXPECT_EQ(::fcntl(message->fds.front().get(), F_GETFD), FD_CLOEXEC);
  ASSERT_TRUE(message->credentials);
  EXPECT_EQ(message->credentials->pid, ::getpid());
  ASSERT_EQ(::write(message->fds.front().get(), "x", 1), 1);
  char c = 0;
  EXPECT_EQ(*read_some(pipe.read_end, &c, 1), 1U);
}

TEST_F(UnixSocket, TakesAsManyDescriptorsAsTheKernelPasses) {
  const auto pair = *socket_pair(SOCK_DGRAM);
  const auto null = *open("/dev/null", O_RDONLY);
  ASSERT_TRUE(send(pair.first, "x", std::vector<FdRef>(kMaxPassedFds, null)));
  const auto message = receive(pair.second, 16);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->fds.size(), kMaxPassedFds);
  EXPECT_FALSE(message->fds_truncated);
  EXPECT_TRUE(send(pair.first, "x", std::vector<FdRef>(kMaxPassedFds + 1, null)).error().is(EINVAL));
}

TEST_F(UnixSocket, SaysWhenADatagramWasCutAndWhenItWasEmpty) {
  const auto pair = *socket_pair(SOCK_DGRAM);
  ASSERT_TRUE(send(pair.first, "12345"));
  ASSERT_TRUE(send(pair.first, ""));
  const auto cut = receive(pair.second, 4);
  EXPECT_TRUE(cut->truncated);
  EXPECT_EQ(cut->data, "1234");
  const auto empty = receive(pair.second, 4);
  EXPECT_FALSE(empty->truncated);
  EXPECT_EQ(empty->data, "");
}

TEST_F(UnixSocket, IsNotKilledByAPeerThatWentAway) {
  auto pair = *socket_pair(SOCK_STREAM);
  pair.second.reset();
  EXPECT_TRUE(send(pair.first, "x").error().is(EPIPE));
}

TEST_F(UnixSocket, BindsWithTheModeThatWasAskedForAndReplacesAStaleSocket) {
  const mode_t before = ::umask(0077);
  const auto stale = bind_socket(path("s"), SOCK_DGRAM, 0600);
  const auto fresh = bind_socket(path("s"), SOCK_DGRAM, 0777);
  ::umask(before);
  ASSERT_TRUE(stale);
  ASSERT_TRUE(fresh);
  struct stat status {};
  ASSERT_EQ(::stat(path("s").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0777U);
  const auto client = *connect_socket(path("s"), SOCK_DGRAM);
  ASSERT_TRUE(send(client, "hello"));
  EXPECT_EQ(receive(*fresh, 16)->data, "hello");
}

TEST_F(UnixSocket, ReachesPathsThatAreLongerThanASocketAddress) {
  const std::string folder = path(std::string(200, 'd'));
  ASSERT_TRUE(make_directory(folder, 0755));
  const auto listener = listen_socket(folder + "/s", SOCK_STREAM, 0600);
  ASSERT_TRUE(listener) << listener.error().to_string();
  const auto client = connect_socket(folder + "/s", SOCK_STREAM);
  ASSERT_TRUE(client) << client.error().to_string();
  EXPECT_TRUE(accept_socket(*listener));
}

TEST_F(UnixSocket, SpeaksTheAbstractNamespace) {
  const std::string name = concat("@berth-unit-", ::getpid());
  const auto listener = *listen_socket(name, SOCK_SEQPACKET, 0);
  EXPECT_TRUE(connect_socket(name, SOCK_SEQPACKET));
  EXPECT_FALSE(*exists(name));
}

TEST_F(UnixSocket, RefusesAddressesThatCannotBe) {
  EXPECT_FALSE(UnixAddress::from(""));
  EXPECT_FALSE(UnixAddress::from(std::string("a\0b", 3)));
  EXPECT_TRUE(UnixAddress::from(std::string(200, 'n')).error().is(ENAMETOOLONG));
  EXPECT_TRUE(UnixAddress::from("@" + std::string(200, 'n')).error().is(ENAMETOOLONG));
  EXPECT_TRUE(connect_socket(path("nobody"), SOCK_STREAM).error().is(ENOENT));
}

}  // namespace
}  // namespace berth::sys
