#include "common/dispatch.h"

#include <gtest/gtest.h>

namespace berth::flags {
namespace {

Result<int> count(const Arguments& args) {
  return static_cast<int>(args.size());
}
Result<int> fail(const Arguments& /*args*/) {
  return Error::invalid("web", "no such container");
}
constexpr std::array kVerbs = {Verb{"count", count, "Counts"}, Verb{"fail", fail, "Fails"}};

TEST(Dispatch, GivesAVerbWhatFollowsItsName) {
  EXPECT_EQ(*dispatch("berth", kVerbs, {"count", "a", "--b"}), 2);
  EXPECT_EQ(dispatch("berth", kVerbs, {"fail"}).error().to_string(), "berth fail: web: no such container");
}

TEST(Dispatch, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(dispatch("berth", kVerbs, {}).error().to_string(),
            "berth: expected a command (see 'berth --help')");
  EXPECT_EQ(dispatch("berth", kVerbs, {"xyz"}).error().to_string(),
            "berth: unknown command: xyz (see 'berth --help')");
  EXPECT_EQ(dispatch("berth", kVerbs, {"--xyz"}).error().to_string(),
            "berth: unknown flag: --xyz (see 'berth --help')");
  EXPECT_EQ(dispatch("berth", kVerbs, {"xyz"}).error().exit_code(), kExitOurs);
}

TEST(Dispatch, ListsEachVerbWithItsHelp) {
  const std::string text = usage("berth", kVerbs);
  EXPECT_NE(text.find("  count  Counts\n"), std::string::npos);
  EXPECT_NE(text.find("  fail   Fails\n"), std::string::npos);
}

}  // namespace
}  // namespace berth::flags
