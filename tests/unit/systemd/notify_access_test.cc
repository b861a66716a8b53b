#include "systemd/notify_access.h"

#include <gtest/gtest.h>

#include "tests/unit/systemd/fake_manager.h"

namespace berth::systemd {
namespace {

std::string path_reply(std::uint32_t serial, std::string_view path) {
  BusWriter body;
  body.string(path);
  return message(BusMessageType::method_return, serial, "", "", "o", body);
}

std::string value_reply(std::uint32_t serial, const PropertyValue& value) {
  BusWriter body;
  body.variant(value);
  return message(BusMessageType::method_return, serial, "", "", "v", body);
}

TEST(NotifyAccess, IsWhatTheManagerSaysOfTheUnit) {
  FakeManager manager({path_reply(1, "/org/freedesktop/systemd1/unit/web_2eservice"),
                       value_reply(2, std::string("web.service")), value_reply(3, std::string("main")),
                       value_reply(4, std::uint32_t{77}), value_reply(5, std::uint32_t{0})});
  auto bus = manager.connect();
  ASSERT_TRUE(bus) << bus.error().to_string();
  const auto access = ask_notify_access(*bus, 99);
  ASSERT_TRUE(access) << access.error().to_string();
  EXPECT_EQ(access->unit, "web.service");
  EXPECT_EQ(access->access, "main");
  EXPECT_EQ(access->main_pid, 77);
  EXPECT_EQ(access->control_pid, 0);
}

TEST(NotifyAccess, IsUnknownInAUnitThatIsNoService) {
  FakeManager manager({path_reply(1, "/x"), value_reply(2, std::string("x.scope")),
                       error_reply(3, "org.freedesktop.DBus.Error.UnknownInterface", "Unknown interface")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_FALSE(ask_notify_access(*bus, 99));
}

TEST(NotifyAccess, IsUnknownWhenTheAnswerIsOfAnotherType) {
  FakeManager manager({path_reply(1, "/x"), value_reply(2, std::uint64_t{5})});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  EXPECT_FALSE(ask_notify_access(*bus, 99));
}

TEST(NotifyAccess, IsNoRefusalForWhomTheUnitNames) {
  EXPECT_EQ(refusal({.unit = "u", .access = "all"}, 5), "");
  EXPECT_EQ(refusal({.unit = "u", .access = "main", .main_pid = 5}, 5), "");
  EXPECT_EQ(refusal({.unit = "u", .access = "exec", .main_pid = 5}, 5), "");
  EXPECT_EQ(refusal({.unit = "u", .access = "exec", .main_pid = 4, .control_pid = 5}, 5), "");
}

TEST(NotifyAccess, IsARefusalForAllOthersAndSaysWhy) {
  EXPECT_EQ(refusal({.unit = "web.service", .access = "none", .main_pid = 5}, 5),
            "systemd drops what we tell it of web.service: NotifyAccess=none");
  EXPECT_EQ(
      refusal({.unit = "web.service", .access = "main", .main_pid = 4}, 5),
      "systemd drops what we tell it of web.service: NotifyAccess=main, and we are process 5, not the main "
      "process (4); NotifyAccess=all would let us speak");
  EXPECT_NE(refusal({.unit = "u", .access = "main", .main_pid = 4, .control_pid = 5}, 5), "");
  EXPECT_NE(refusal({.unit = "u", .access = "exec"}, 5), "");
}

TEST(NotifyAccess, IsAskedOfTheManagerWhoseSocketItIs) {
  const std::string path = ManagerBus::socket_path();
  const std::string directory = path.substr(0, path.rfind('/'));
  EXPECT_TRUE(is_managers_socket(*NotifyAddress::parse(directory + "/notify")));
  EXPECT_FALSE(is_managers_socket(*NotifyAddress::parse(directory + "/notify2")));
  EXPECT_FALSE(is_managers_socket(*NotifyAddress::parse("@systemd/notify")));
  EXPECT_FALSE(is_managers_socket(*NotifyAddress::parse("vsock:2:1234")));
}

}  // namespace
}  // namespace berth::systemd
