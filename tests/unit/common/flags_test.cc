#include "common/flags.h"

#include <gtest/gtest.h>

namespace berth::flags {
namespace {

struct Fixture : testing::Test {
  bool tty = false;
  bool interactive = false;
  std::string name;
  std::vector<std::string> env;
  std::optional<int> limit;
  Parser parser{"berth run", "IMAGE [COMMAND...]"};
  Fixture() {
    parser.toggle("tty", 't', "", tty).toggle("interactive", 'i', "", interactive);
    parser.value("name", 'n', "NAME", "", name)
        .list("env", 'e', "K=V", "", env)
        .number("limit", 0, "N", "", limit);
  }
};

TEST_F(Fixture, StopsAtTheFirstOperand) {
  const auto operands = parser.parse({"-it", "--name=web", "-e", "A=1", "-eB=2", "sh", "-c", "--name"});
  ASSERT_TRUE(operands);
  EXPECT_EQ(operands->values, (Arguments{"sh", "-c", "--name"}));
  EXPECT_TRUE(tty && interactive);
  EXPECT_EQ(name, "web");
  EXPECT_EQ(env, (Arguments{"A=1", "B=2"}));
}

TEST_F(Fixture, NamesAnUnknownFlagAndAMissingValue) {
  EXPECT_EQ(parser.parse({"--nam", "x"}).error().to_string(),
            "berth run: unknown flag: --nam (see 'berth run --help')");
  EXPECT_EQ(parser.parse({"-x"}).error().to_string(), "berth run: unknown flag: -x (see 'berth run --help')");
  EXPECT_EQ(parser.parse({"--name"}).error().to_string(),
            "berth run: flag needs a value: --name (see 'berth run --help')");
  EXPECT_EQ(parser.parse({"--limit", "many"}).error().exit_code(), 125);
}

TEST_F(Fixture, TakesToggleValues) {
  tty = true;
  ASSERT_TRUE(parser.parse({"--tty=false"}));
  EXPECT_FALSE(tty);
  EXPECT_FALSE(parser.parse({"--tty=maybe"}));
}

TEST_F(Fixture, AllowsFlagsAfterOperandsWhenInterspersed) {
  parser.interspersed();
  const auto operands = parser.parse({"web", "--limit", "5", "--", "-x"});
  ASSERT_TRUE(operands);
  EXPECT_EQ(operands->values, (Arguments{"web", "-x"}));
  EXPECT_EQ(limit, 5);
}

}  // namespace
}  // namespace berth::flags
