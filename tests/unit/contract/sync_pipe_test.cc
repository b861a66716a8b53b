#include "contract/sync_pipe.h"

#include <gtest/gtest.h>

namespace berth::contract {
namespace {

TEST(SyncPipe, KeyDependsOnTheApiVersion) {
  EXPECT_EQ(sync_key(0, false), "pid");
  EXPECT_EQ(sync_key(0, true), "exit_code");
  EXPECT_EQ(sync_key(1, true), "data");
}

TEST(SyncPipe, ALineIsWrittenAndParsed) {
  EXPECT_EQ(to_line({.data = 42}, "data"), "{\"data\": 42}\n");
  const std::string line = to_line({.data = -1, .message = "no \"x\"\n"}, "pid");
  EXPECT_EQ(line, "{\"pid\": -1, \"message\": \"no \\\"x\\\"\\n\"}\n");
  const auto message = parse_sync_message(line);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->data, -1);
  EXPECT_EQ(message->message, "no \"x\"\n");
}

TEST(SyncPipe, RefusesALineWithoutANumber) {
  EXPECT_FALSE(parse_sync_message("{\"message\": \"x\"}"));
  EXPECT_FALSE(parse_sync_message(""));
  EXPECT_FALSE(parse_sync_message("{\"data\": \"1\"}"));
}

}  // namespace
}  // namespace berth::contract
