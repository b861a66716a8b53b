#include "systemd/manager_property.h"

#include <gtest/gtest.h>

#include "tests/unit/systemd/fake_manager.h"

namespace berth::systemd {
namespace {

std::string text_reply(std::string_view text) {
  BusWriter body;
  body.variant(std::string(text));
  return message(BusMessageType::method_return, 1, "", "", "v", body);
}

TEST(ManagerProperty, VersionsAreTheNumbersThatTheyBeginWith) {
  for (const char* text : {"252.39-1~deb12u1", "252", "v252-rc1", "252~rc2"})
    EXPECT_EQ(parse_version(text), 252U) << text;
  for (const char* text : {"", "v", "unknown"}) EXPECT_EQ(parse_version(text), 0U) << text;
}

TEST(ManagerProperty, TheVersionIsAsked) {
  FakeManager manager({text_reply("257.9-1~deb13u1")});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  const auto version = manager_version(*bus);
  ASSERT_TRUE(version) << version.error().to_string();
  EXPECT_EQ(*version, 257U);
}

TEST(ManagerProperty, AValueOfAnotherTypeIsAnError) {
  BusWriter body;
  body.variant(true);
  FakeManager manager({message(BusMessageType::method_return, 1, "", "", "v", body)});
  auto bus = manager.connect();
  ASSERT_TRUE(bus);
  const auto version = manager_version(*bus);
  ASSERT_FALSE(version);
  EXPECT_TRUE(version.error().is(EBADMSG));
}

}  // namespace
}  // namespace berth::systemd
