#include "engine/detach_keys.h"

#include <gtest/gtest.h>

namespace berth::engine {
namespace {

TEST(DetachKeys, AreParsedAsPodmanSpellsThem) {
  EXPECT_EQ(*parse_detach_keys("ctrl-p,ctrl-q"), "\x10\x11");
  EXPECT_EQ(*parse_detach_keys("a,ctrl-@"), std::string("a\0", 2));
  EXPECT_EQ(*parse_detach_keys(""), "");
  EXPECT_FALSE(parse_detach_keys("ctrl-"));
  EXPECT_FALSE(parse_detach_keys("alt-x"));
}

TEST(DetachKeys, AreSeenInPieces) {
  DetachFilter filter("\x10\x11");
  EXPECT_EQ(filter.pass("ab\x10"), "ab");
  EXPECT_FALSE(filter.detached());
  EXPECT_EQ(filter.pass("\x11rest"), "");
  EXPECT_TRUE(filter.detached());
}

TEST(DetachKeys, LoseNothingThatWasNoSequence) {
  DetachFilter filter("\x10\x11");
  EXPECT_EQ(filter.pass("\x10x\x10"), "\x10x");
  EXPECT_EQ(filter.pass("y"), "\x10y");
  EXPECT_EQ(filter.pass("\x10\x10\x11"), "\x10");
  EXPECT_TRUE(filter.detached());
}

TEST(DetachKeys, CanBeTurnedOff) {
  DetachFilter filter("");
  EXPECT_EQ(filter.pass("\x10\x11"), "\x10\x11");
  EXPECT_FALSE(filter.detached());
}

}  // namespace
}  // namespace berth::engine
