#include "runtime/init/home_directory.h"

#include <gtest/gtest.h>

namespace berth::runtime::init {
namespace {

TEST(HomeInPasswd, IsTheSixthFieldOfTheUsersFirstLine) {
  constexpr std::string_view kPasswd =
      "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/srv/web:\nagain:x:0:0::/x:\n";
  EXPECT_EQ(home_in_passwd(kPasswd, 0), "/root");
  EXPECT_EQ(home_in_passwd(kPasswd, 1000), "/srv/web");
  EXPECT_EQ(home_in_passwd(kPasswd, 7), "");
}

TEST(HomeInPasswd, TakesAnyRubbish) {
  for (const std::string_view text : {"", "\n\n", ":", "::0", "a:b:0:c:d", "x:x:00:0::/zero", ":::::::\n:::"})
    EXPECT_LE(home_in_passwd(text, 0).size(), text.size()) << text;
}

}  // namespace
}  // namespace berth::runtime::init
