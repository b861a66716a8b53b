#include "contract/criu_rpc.h"

#include <gtest/gtest.h>

#include <map>

#include "contract/protobuf.h"

namespace berth::contract {
namespace {

TEST(CriuRequest, CarriesItsTypeAndOptions) {
  CriuOptions options;
  options.images_directory = 7;
  options.pid = 42;
  options.root = "/r";
  options.tcp_established = true;
  options.external_mounts = {{"/data", "/data"}};
  const std::string bytes = criu_request(CriuCall::dump, options);
  ProtobufReader in(bytes);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.number(), 1);
  ASSERT_TRUE(in.next());
  ProtobufReader opts(in.text());
  ASSERT_TRUE(opts.next());
  EXPECT_EQ(opts.field(), 1U);
  EXPECT_EQ(opts.number(), 7);
  std::map<unsigned, std::string> texts;
  std::map<unsigned, std::int64_t> numbers;
  while (opts.next()) {
    texts[opts.field()] = opts.text();
    numbers[opts.field()] = opts.number();
  }
  EXPECT_FALSE(opts.is_broken());
  EXPECT_EQ(numbers[2], 42);
  EXPECT_EQ(numbers[5], 1);
  EXPECT_EQ(texts[13], "/r");
  EXPECT_EQ(texts[23], "\x0a\x05/data\x12\x05/data");
  for (const unsigned field : {3U, 15U, 26U}) EXPECT_FALSE(numbers.contains(field)) << field;
}

TEST(CriuResponse, IsANoticeWithItsPidOrAnAnswer) {
  ProtobufWriter notice;
  notice.text(1, "post-restore").number(2, 99);
  ProtobufWriter bytes;
  bytes.number(1, 6).number(2, 1).message(5, notice);
  const auto told = parse_criu_response(bytes.bytes());
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->is_notice);
  EXPECT_EQ(told->notice, "post-restore");
  EXPECT_EQ(told->pid, 99);

  ProtobufWriter failure;
  failure.number(1, 1).number(2, 0).number(7, 3).text(9, "no way");
  const auto answer = parse_criu_response(failure.bytes());
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->is_notice);
  EXPECT_FALSE(answer->success);
  EXPECT_EQ(answer->message, "no way");
}

TEST(CriuResponse, IsRefusedWhenItIsNoMessage) {
  EXPECT_FALSE(parse_criu_response(""));
  EXPECT_FALSE(parse_criu_response("\x08"));
}

}  // namespace
}  // namespace berth::contract
