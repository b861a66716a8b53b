#include "systemd/unit_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::systemd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr pid_t kSelf = 4711;

UnitEnvironment read(std::vector<std::string> variables) {
  std::vector<char*> pointers;
  for (std::string& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  return read_unit_environment(pointers.data(), kSelf);
}

TEST(UnitEnvironment, ReadsWhatTheManagerSays) {
  const auto unit =
      read({"NOTIFY_SOCKET=/run/systemd/notify", "WATCHDOG_USEC=30000000", "WATCHDOG_PID=4711",
            "LISTEN_FDS=2", "LISTEN_PID=4711", "LISTEN_FDNAMES=http:https", "FDSTORE=8",
            "INVOCATION_ID=0123456789abcdef0123456789abcdef", "CREDENTIALS_DIRECTORY=/run/credentials/x"});
  EXPECT_THAT(unit.problems, IsEmpty());
  EXPECT_EQ(unit.notify_socket->path, "/run/systemd/notify");
  EXPECT_EQ(unit.watchdog_usec, 30000000U);
  EXPECT_EQ(unit.listen->count, 2U);
  EXPECT_THAT(unit.listen->names, ElementsAre("http", "https"));
  EXPECT_EQ(unit.fd_store_max, 8U);
  EXPECT_EQ(unit.credentials_directory, "/run/credentials/x");
}

TEST(UnitEnvironment, IgnoresWhatIsMeantForAnotherProcess) {
  const auto unit = read({"WATCHDOG_USEC=5", "WATCHDOG_PID=1", "LISTEN_FDS=1", "LISTEN_PID=12"});
  EXPECT_FALSE(unit.watchdog_usec);
  EXPECT_FALSE(unit.listen);
  EXPECT_THAT(unit.problems, ElementsAre("WATCHDOG_USEC=5 is ignored: it is meant for process 1",
                                         "LISTEN_FDS=1 is ignored: they are meant for process 12"));
}

TEST(UnitEnvironment, NamesEachMalformedValueAndGoesOn) {
  const auto unit = read({"NOTIFY_SOCKET=run/x", "WATCHDOG_USEC=often", "LISTEN_FDS=-1", "FDSTORE=all",
                          "INVOCATION_ID=xyz", "CREDENTIALS_DIRECTORY=here"});
  EXPECT_EQ(unit.problems.size(), 6U);
  EXPECT_FALSE(unit.notify_socket);
  EXPECT_TRUE(unit.invocation_id.empty());
  EXPECT_THAT(unit.passed, IsEmpty());
}

TEST(UnitEnvironment, GivesDescriptorsWithoutNamesTheNameUnknown) {
  EXPECT_THAT(read({"LISTEN_FDS=2", "LISTEN_PID=4711"}).listen->names, ElementsAre("unknown", "unknown"));
  const auto wrong = read({"LISTEN_FDS=2", "LISTEN_PID=4711", "LISTEN_FDNAMES=one"});
  EXPECT_THAT(wrong.listen->names, ElementsAre("unknown", "unknown"));
  EXPECT_EQ(wrong.problems.size(), 1U);
}

TEST(UnitEnvironment, WorksWithoutAManager) {
  const auto unit = read({"PATH=/bin", "HOME=/root"});
  EXPECT_FALSE(unit.notify_socket);
  EXPECT_THAT(payload_environment(unit, {}), IsEmpty());
}

TEST(PayloadEnvironment, SpeaksOfThePayloadsOwnNamespace) {
  const auto unit =
      read({"NOTIFY_SOCKET=/run/systemd/notify", "WATCHDOG_USEC=30", "WATCHDOG_PID=4711", "LISTEN_FDS=1",
            "LISTEN_PID=4711", "LISTEN_FDNAMES=web", "RUNTIME_DIRECTORY=/run/x", "MANAGERPID=1"});
  EXPECT_THAT(payload_environment(unit, {.notify_socket = "/run/notify/notify.sock", .pid = 1}),
              ElementsAre("NOTIFY_SOCKET=/run/notify/notify.sock", "WATCHDOG_USEC=30", "WATCHDOG_PID=1",
                          "LISTEN_PID=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=web"));
}

TEST(PayloadEnvironment, HasNoWatchdogWithoutALine) {
  const auto unit = read({"WATCHDOG_USEC=30", "NOTIFY_SOCKET=/x"});
  EXPECT_THAT(payload_environment(unit, {.pid = 1}), IsEmpty());
}

TEST(PayloadEnvironment, LeavesOutAPidThatIsNotKnown) {
  const auto unit = read({"WATCHDOG_USEC=30", "LISTEN_FDS=1", "LISTEN_PID=4711"});
  EXPECT_THAT(payload_environment(unit, {.notify_socket = "/n"}),
              ElementsAre("NOTIFY_SOCKET=/n", "WATCHDOG_USEC=30"));
}

TEST(PayloadEnvironment, OffersTheDescriptorStoreWithinQuotaAndManagersLimit) {
  const auto unit = read({"FDSTORE=8"});
  EXPECT_THAT(payload_environment(unit, {.notify_socket = "/n", .fd_store_quota = 3}),
              ElementsAre("NOTIFY_SOCKET=/n", "FDSTORE=3"));
  EXPECT_THAT(payload_environment(unit, {.notify_socket = "/n", .fd_store_quota = 64}),
              ElementsAre("NOTIFY_SOCKET=/n", "FDSTORE=8"));
  EXPECT_THAT(payload_environment(unit, {.notify_socket = "/n"}), ElementsAre("NOTIFY_SOCKET=/n"));
}

TEST(PayloadEnvironment, TellsTheJournalStreamOnlyWhereItIsTrue) {
  const auto unit = read({"JOURNAL_STREAM=8:999", "INVOCATION_ID=0123456789abcdef0123456789abcdef"});
  EXPECT_THAT(payload_environment(unit, {}), ElementsAre("INVOCATION_ID=0123456789abcdef0123456789abcdef"));
  EXPECT_THAT(payload_environment(unit, {.stdio_is_the_units = true}),
              ElementsAre("INVOCATION_ID=0123456789abcdef0123456789abcdef", "JOURNAL_STREAM=8:999"));
}

TEST(UnitVariables, EachHasAReasonAndIsFoundByName) {
  for (const UnitVariable& variable : unit_variables()) {
    EXPECT_FALSE(variable.reason.empty());
    EXPECT_EQ(find_unit_variable(variable.name), &variable);
  }
  EXPECT_EQ(find_unit_variable("PATH"), nullptr);
}

}  // namespace
}  // namespace berth::systemd
