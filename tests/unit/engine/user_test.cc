#include "engine/user.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace berth::engine {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "broken:x:0\n"
    "web:x:1000:1000:web:/srv/web:/bin/sh\n"
    "wrapped:x:4294967296:0::/:\n"
    "negative:x:-1:0::/:\n"
    "relative:x:7:7::home:\n"
    "last:x:9:9::/last:";
constexpr std::string_view kGroup =
    "root:x:0:\n"
    "web:x:1000:\n"
    "extra:x:2000:other,web\n"
    "wide:x:4294967295:web\n";

ResolvedUser resolved(std::string_view text) {
  auto user = resolve_user(text, kPasswd, kGroup);
  EXPECT_TRUE(user) << text;
  return user ? *user : ResolvedUser{.uid = 0xdead};
}

std::string refusal(std::string_view text) {
  const auto user = resolve_user(text, kPasswd, kGroup);
  EXPECT_FALSE(user) << text;
  return user ? "" : user.error().to_string();
}

TEST(User, IsRootWithoutARequest) {
  EXPECT_EQ(resolved(""), (ResolvedUser{.uid = 0, .gid = 0, .name = "root", .home = "/root"}));
}

TEST(User, IsLookedUpByName) {
  const ResolvedUser user = resolved("web");
  EXPECT_EQ(user.uid, 1000U);
  EXPECT_EQ(user.gid, 1000U);
  EXPECT_EQ(user.home, "/srv/web");
  EXPECT_EQ(user.additional_gids, std::vector<std::uint32_t>{2000});
}

TEST(User, IsLookedUpByNumberForItsGroupAndHome) {
  EXPECT_EQ(resolved("1000"), resolved("web"));
  EXPECT_EQ(resolved("9").home, "/last");
}

TEST(User, MayBeANumberThatNobodyHas) {
  EXPECT_EQ(resolved("4242"), (ResolvedUser{.uid = 4242, .gid = 0, .home = "/"}));
}

TEST(User, TakesTheGroupThatIsNamedAndNoOther) {
  const ResolvedUser user = resolved("web:extra");
  EXPECT_EQ(user.gid, 2000U);
  EXPECT_TRUE(user.additional_gids.empty());
  EXPECT_EQ(resolved("web:5").gid, 5U);
}

TEST(User, RefusesWhatIsNeitherNameNorNumber) {
  for (const char* text :
       {":", "web:", ":web", "web:web:web", "we b", "-1", "+0", "web\n", "0x0", "1e3", " 0", "0 "}) {
    if (std::string_view(text) == "0x0" || std::string_view(text) == "1e3") {
      EXPECT_NE(refusal(text).find("not in the container's /etc/passwd"), std::string::npos) << text;
    } else {
      EXPECT_NE(refusal(text).find("user \""), std::string::npos) << text;
    }
  }
}

TEST(User, NeverWrapsAroundToRoot) {
  for (const char* text : {"4294967296", "18446744073709551616", "4294967295", "2147483648"}) {
    EXPECT_NE(refusal(text).find("expected an id from 0 to 2147483647"), std::string::npos) << text;
  }
  EXPECT_EQ(resolved("2147483647").uid, 2147483647U);
}

TEST(User, SkipsLinesThatAreNotAsTheManualSays) {
  for (const char* name : {"broken", "wrapped", "negative", "x", "0"}) {
    if (std::string_view(name) == "0") continue;
    EXPECT_NE(refusal(name).find("not in the container's"), std::string::npos) << name;
  }
  EXPECT_EQ(resolved("relative").home, "/");
}

TEST(User, AddsFurtherGroups) {
  const auto user = resolve_user("web", kPasswd, kGroup, {"root", "77", "extra"});
  ASSERT_TRUE(user);
  EXPECT_EQ(user->additional_gids, (std::vector<std::uint32_t>{2000, 0, 77}));
  EXPECT_FALSE(resolve_user("web", kPasswd, kGroup, {"nosuch"}));
}

}  // namespace
}  // namespace berth::engine
