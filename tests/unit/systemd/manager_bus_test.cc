#include "systemd/manager_bus.h"

#include <gtest/gtest.h>

#include "systemd/transient_scope.h"
#include "tests/unit/systemd/fake_manager.h"

namespace berth::systemd {
namespace {

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

const ScopeRequest kRequest = {.unit = "x.scope", .slice = "machine.slice", .description = "x", .pid = 42};

TEST(ManagerBus, StartsAScopeAndWaitsForItsJob) {
  FakeManager manager(
      {job_reply(1, "/job/5") + job_removed("/job/4", "failed") + job_removed("/job/5", "done")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus) << bus.error().to_string();
  const auto started = start_scope(*bus, kRequest);
  EXPECT_TRUE(started) << started.error().to_string();
}

TEST(ManagerBus, TakesASignalThatComesBeforeTheReply) {
  FakeManager manager({job_removed("/job/5", "done") + job_reply(1, "/job/5")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(start_scope(*bus, kRequest));
}

TEST(ManagerBus, SaysHowAJobEnded) {
  FakeManager manager({job_reply(1, "/job/5") + job_removed("/job/5", "timeout")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  const auto started = start_scope(*bus, kRequest);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().to_string(),
            "start scope x.scope: systemd: the job for x.scope ended with: timeout");
}

TEST(ManagerBus, PassesTheManagersWordsOn) {
  FakeManager manager({error_reply(1, "org.freedesktop.DBus.Error.InvalidArgs", "Invalid slice name")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  const auto started = start_scope(*bus, kRequest);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().to_string(), "start scope x.scope: systemd: Invalid slice name");
}

TEST(ManagerBus, ClearsAFailedUnitAwayAndTriesAgain) {
  FakeManager manager({error_reply(1, "org.freedesktop.systemd1.UnitExists", "Unit x.scope exists."),
                       message(BusMessageType::method_return, 2, "", "", "", {}),
                       job_reply(3, "/job/6") + job_removed("/job/6", "done")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(start_scope(*bus, kRequest));
}

TEST(ManagerBus, SetsPropertiesOfAUnitThatRuns) {
  FakeManager manager({message(BusMessageType::method_return, 1, "", "", "", {}),
                       error_reply(2, "org.freedesktop.systemd1.NoSuchUnit", "Unit x.scope not loaded.")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(set_properties(*bus, "x.scope", {{"TasksMax", std::uint64_t{5}}}));
  const auto refused = set_properties(*bus, "x.scope", {{"TasksMax", std::uint64_t{5}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(), "set properties of x.scope: systemd: Unit x.scope not loaded.");
}

TEST(ManagerBus, DoesNotWaitForAStalledManagerForEver) {
  FakeManager silent({}, "");
  const auto refused = silent.connect(std::chrono::milliseconds(50));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ETIMEDOUT));
  EXPECT_NE(refused.error().to_string().find("systemd did not answer within"), std::string::npos);

  FakeManager stalls({job_reply(1, "/job/5")});
  auto bus = stalls.connect(std::chrono::seconds(3));
  ASSERT_TRUE(bus);
  const auto started = start_scope(*bus, kRequest);
  ASSERT_FALSE(started);
  EXPECT_TRUE(started.error().is(ETIMEDOUT));
}

TEST(ManagerBus, GivesUpOnGarbageAndOnAClosedConnection) {
  FakeManager garbage({std::string(64, 'x')});
  auto bus = garbage.connect();
  ASSERT_TRUE(bus);
  EXPECT_TRUE(start_scope(*bus, kRequest).error().is(EBADMSG));

  FakeManager refuses({}, "REJECTED EXTERNAL\r\n");
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
