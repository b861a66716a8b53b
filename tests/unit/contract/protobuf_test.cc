#include "contract/protobuf.h"

#include <gtest/gtest.h>

namespace berth::contract {
namespace {

TEST(Protobuf, IsReadAsItWasWritten) {
  ProtobufWriter inner;
  inner.text(1, "a");
  ProtobufWriter out;
  out.number(1, 300).number(2, -1).text(16, "x").message(3, inner);
  ProtobufReader in(out.bytes());
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.field(), 1U);
  EXPECT_EQ(in.number(), 300);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.number(), -1);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.field(), 16U);
  EXPECT_EQ(in.text(), "x");
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.text(), inner.bytes());
  EXPECT_FALSE(in.next());
  EXPECT_FALSE(in.is_broken());
}

TEST(Protobuf, IsOnTheWireAsItsManualSays) {
  ProtobufWriter out;
  out.number(1, 150).text(2, "testing");
  EXPECT_EQ(out.bytes(), std::string("\x08\x96\x01\x12\x07testing"));
}

TEST(ProtobufReader, PassesOverNumbersOfFixedSize) {
  const std::string bytes(
      "\x09"
      "12345678"
      "\x15"
      "1234"
      "\x18\x05",
      16);
  ProtobufReader in(bytes);
  ASSERT_TRUE(in.next());
  ASSERT_TRUE(in.next());
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.field(), 3U);
  EXPECT_EQ(in.number(), 5);
}

TEST(ProtobufReader, StopsAtWhatIsCutOffOrNoField) {
  for (const std::string bytes :
       {"\x08", "\x12\x07test", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x0b", "\x09 1234"}) {
    ProtobufReader in(bytes);
    EXPECT_FALSE(in.next()) << bytes;
    EXPECT_TRUE(in.is_broken()) << bytes;
    EXPECT_FALSE(in.next());
  }
}

}  // namespace
}  // namespace berth::contract
