#include "systemd/manager_bus.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/unix_socket.h"
#include "systemd/transient_scope.h"

namespace berth::systemd {
namespace {

// What a manager would send, byte by byte; its header is made by hand so that it does not depend on the writer's.
std::string message(BusMessageType type, std::uint32_t reply_serial, std::string_view member,
                    std::string_view error, std::string_view signature, const BusWriter& body) {
  BusWriter out;
  out.byte('l');
  out.byte(static_cast<std::uint8_t>(type));
  out.byte(0);
  out.byte(1);
  out.u32(static_cast<std::uint32_t>(body.data().size()));
  out.u32(1);
  const auto fields = out.begin_array(8);
  const auto text = [&out](std::uint8_t field, std::string_view letter, std::string_view value) {
    out.begin_struct();
    out.byte(field);
    out.signature(letter);
    if (letter == "g") {
      out.signature(value);
    } else {
      out.string(value);
    }
  };
  if (!member.empty()) text(3, "s", member);
  if (!error.empty()) text(4, "s", error);
  if (!signature.empty()) text(8, "g", signature);
  if (reply_serial != 0) {
    out.begin_struct();
    out.byte(5);
    out.signature("u");
    out.u32(reply_serial);
  }
  out.end_array(fields);
  out.align(8);
  return concat(out.data(), body.data());
}

std::string job_reply(std::uint32_t serial, std::string_view job) {
  BusWriter body;
  body.string(job);
  return message(BusMessageType::method_return, serial, "", "", "o", body);
}

std::string job_removed(std::string_view job, std::string_view result) {
  BusWriter body;
  body.u32(7);
  body.string(job);
  body.string("x.scope");
  body.string(result);
  return message(BusMessageType::signal, 0, "JobRemoved", "", "uoss", body);
}

std::string error_reply(std::uint32_t serial, std::string_view name, std::string_view text) {
  BusWriter body;
  body.string(text);
  return message(BusMessageType::error, serial, "", name, "s", body);
}

// A manager that is a child process: lets us in, then answers each call with the next of `answers`.
class Manager {
 public:
  explicit Manager(const std::vector<std::string>& answers, std::string_view greeting = "OK 0123\r\n") {
    auto pair = *sys::socket_pair(SOCK_STREAM);
    child_ = ::fork();
    if (child_ == 0) {
      pair.first.reset();
      serve(pair.second.get(), answers, greeting);
      ::_exit(0);
    }
    ours_ = std::move(pair.first);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() {
    ours_.reset();
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  Result<ManagerBus> connect(std::chrono::milliseconds bound = std::chrono::seconds(10)) {
    return ManagerBus::authenticate(std::move(ours_), bound);
  }

 private:
  static void serve(int fd, const std::vector<std::string>& answers, std::string_view greeting) {
    std::array<char, 4096> buffer;
    if (::recv(fd, buffer.data(), buffer.size(), 0) <= 0) return;
    ::send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL);
    std::string received;
    for (const std::string& answer : answers) {
      // BEGIN and the call may come together; a call ends the wait.
      while (received.find("org.freedesktop.systemd1") == std::string::npos) {
        const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (size <= 0) return;
        received.append(buffer.data(), static_cast<std::size_t>(size));
      }
      received.clear();
      // In two pieces: a message may come in any.
      ::send(fd, answer.data(), answer.size() / 2, MSG_NOSIGNAL);
      ::send(fd, answer.data() + answer.size() / 2, answer.size() - answer.size() / 2, MSG_NOSIGNAL);
    }
    ::recv(fd, buffer.data(), buffer.size(), 0);
    ::pause();
  }

  pid_t child_ = -1;
  UniqueFd ours_;
};

const ScopeRequest kRequest = {.unit = "x.scope", .slice = "machine.slice", .description = "x", .pid = 42};

TEST(ManagerBus, StartsAScopeAndWaitsForItsJob) {
  Manager manager({job_reply(1, "/job/5") + job_removed("/job/4", "failed") + job_removed("/job/5", "done")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus) << bus.error().to_string();
  const auto started = start_scope(*bus, kRequest);
  EXPECT_TRUE(started) << started.error().to_string();
}

TEST(ManagerBus, TakesASignalThatComesBeforeTheReply) {
  Manager manager({job_removed("/job/5", "done") + job_reply(1, "/job/5")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(start_scope(*bus, kRequest));
}

TEST(ManagerBus, SaysHowAJobEnded) {
  Manager manager({job_reply(1, "/job/5") + job_removed("/job/5", "timeout")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  const auto started = start_scope(*bus, kRequest);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().to_string(),
            "start scope x.scope: systemd: the job for x.scope ended with: timeout");
}

TEST(ManagerBus, PassesTheManagersWordsOn) {
  Manager manager({error_reply(1, "org.freedesktop.DBus.Error.InvalidArgs", "Invalid slice name")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  const auto started = start_scope(*bus, kRequest);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().to_string(), "start scope x.scope: systemd: Invalid slice name");
}

TEST(ManagerBus, ClearsAFailedUnitAwayAndTriesAgain) {
  Manager manager({error_reply(1, "org.freedesktop.systemd1.UnitExists", "Unit x.scope exists."),
                   message(BusMessageType::method_return, 2, "", "", "", {}),
                   job_reply(3, "/job/6") + job_removed("/job/6", "done")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(start_scope(*bus, kRequest));
}

TEST(ManagerBus, DoesNotWaitForAStalledManagerForEver) {
  Manager silent({}, "");
  const auto refused = silent.connect(std::chrono::milliseconds(50));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ETIMEDOUT));
  EXPECT_NE(refused.error().to_string().find("systemd did not answer within"), std::string::npos);

  Manager stalls({job_reply(1, "/job/5")});
  auto bus = stalls.connect(std::chrono::seconds(3));
  ASSERT_TRUE(bus);
  const auto started = start_scope(*bus, kRequest);
  ASSERT_FALSE(started);
  EXPECT_TRUE(started.error().is(ETIMEDOUT));
}

TEST(ManagerBus, GivesUpOnGarbageAndOnAClosedConnection) {
  Manager garbage({std::string(64, 'x')});
  auto bus = garbage.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(start_scope(*bus, kRequest).error().is(EBADMSG));

  Manager refuses({}, "REJECTED EXTERNAL\r\n");
  const auto refused = refuses.connect();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(EACCES));

  auto pair = *sys::socket_pair(SOCK_STREAM);
  pair.second.reset();
  EXPECT_FALSE(ManagerBus::authenticate(std::move(pair.first), std::chrono::seconds(5)));
}

TEST(BusMessage, IsRefusedAtEveryCut) {
  const std::string whole = job_removed("/job/5", "done");
  ASSERT_TRUE(decode_message(whole));
  EXPECT_EQ(decode_message(whole)->strings(), (std::vector<std::string>{"/job/5", "x.scope", "done"}));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode_message(whole.substr(0, size)));
}

TEST(BusMessage, SurvivesEveryFlippedByte) {
  const std::string whole = job_removed("/job/5", "done");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x81);
    const auto decoded = decode_message(flipped);
    EXPECT_TRUE(!decoded || decoded->strings().size() <= 3);
  }
}

TEST(BusMessage, HasTheLayoutOfTheSpecification) {
  BusWriter out;
  out.byte(1);
  out.u64(2);  // at 8
  out.properties({{"A", true}});
  const std::string expected(
      "\1\0\0\0\0\0\0\0"  // padding up to 8
      "\2\0\0\0\0\0\0\0"  //
      "\20\0\0\0"
      "\0\0\0\0"     // 16 bytes of elements, from the next multiple of 8 on
      "\1\0\0\0A\0"  // the name
      "\1b\0"
      "\0\0\0"     // the signature, padding up to 4
      "\1\0\0\0",  // true
      40);
  EXPECT_EQ(to_hex(out.data()), to_hex(expected));
}

TEST(PropertyValue, ReadsTheTextOfAnnotations) {
  const auto value = [](std::string_view text) { return parse_property("P", text)->value; };
  EXPECT_EQ(value("true"), PropertyValue(true));
  EXPECT_EQ(value("5"), PropertyValue(std::int32_t{5}));
  EXPECT_EQ(value("uint64 5"), PropertyValue(std::uint64_t{5}));
  EXPECT_EQ(value("'inactive-or-failed'"), PropertyValue(std::string("inactive-or-failed")));
  EXPECT_EQ(value("\"it's\""), PropertyValue(std::string("it's")));
  EXPECT_EQ(value("['a', 'b']"), PropertyValue(std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(value("[]"), PropertyValue(std::vector<std::string>{}));
  EXPECT_EQ(*parse_property("TimeoutStopSec", "uint64 7"),
            (UnitProperty{"TimeoutStopUSec", std::uint64_t{7'000'000}}));
  EXPECT_EQ(parse_property("TimeoutStopUSec", "uint64 7")->name, "TimeoutStopUSec");
  for (const char* bad : {"", "word", "'open", "['a' 'b']", "uint64", "uint64 -1", "5000000000", "'a' 'b'"})
    EXPECT_FALSE(parse_property("P", bad)) << bad;
  EXPECT_FALSE(parse_property("TimeoutStopSec", "'soon'"));
  EXPECT_FALSE(parse_property("", "true"));
}

}  // namespace
}  // namespace berth::systemd
