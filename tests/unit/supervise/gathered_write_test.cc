#include "supervise/gathered_write.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "sys/file.h"

namespace berth::supervise {
namespace {

void add(GatheredWrite& gathered, std::string_view text) {
  gathered.add(text.data(), text.size());
}

TEST(GatheredWrite, WritesItsPiecesInOrder) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const UniqueFd read_end(pipe[0]);
  UniqueFd write_end(pipe[1]);
  GatheredWrite gathered;
  const std::string_view text = "one\ntwo\n";
  add(gathered, text.substr(0, 4));
  add(gathered, text.substr(4));  // becomes one piece with the first
  add(gathered, "three\n");
  EXPECT_EQ(gathered.write_to(write_end).code, 0);
  EXPECT_TRUE(gathered.empty());
  write_end.reset();
  EXPECT_EQ(*sys::read_all(read_end, "pipe"), "one\ntwo\nthree\n");
}

TEST(GatheredWrite, AShortWriteTellsWhichEntriesAreNotWholeInTheFile) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_NONBLOCK), 0);
  const UniqueFd read_end(pipe[0]);
  const UniqueFd write_end(pipe[1]);
  const auto capacity = static_cast<std::size_t>(::fcntl(write_end.get(), F_SETPIPE_SZ, 8192));
  const std::string first(capacity - 10, 'a');
  const std::string second(100, 'b');
  GatheredWrite gathered;
  for (const std::string_view piece : {std::string_view(first), std::string_view("\n")}) add(gathered, piece);
  for (const std::string_view piece : {std::string_view(second), std::string_view("\nc\n")})
    add(gathered, piece);
  const auto loss = gathered.write_to(write_end);
  EXPECT_EQ(loss.code, EAGAIN);
  EXPECT_EQ(loss.entries, 2U);
  EXPECT_EQ(loss.bytes, second.size() + 3);
  EXPECT_EQ(loss.torn, 9U);
  EXPECT_TRUE(gathered.empty());
}

TEST(GatheredWrite, GivenUpItLosesAll) {
  GatheredWrite gathered;
  add(gathered, "one\ntwo\n");
  const auto loss = gathered.give_up(EIO);
  EXPECT_EQ(loss.code, EIO);
  EXPECT_EQ(loss.entries, 2U);
  EXPECT_EQ(loss.bytes, 8U);
  EXPECT_EQ(loss.torn, 0U);
}

TEST(GatheredWrite, HasRoomForSoManyPieces) {
  GatheredWrite gathered;
  const std::string text(256, '\n');
  std::size_t pieces = 0;
  for (; gathered.has_room(1); ++pieces) gathered.add(text.data() + 2 * pieces, 1);
  EXPECT_GE(pieces, 33U);  // a read without a newline
  EXPECT_FALSE(gathered.has_room(1));
}

}  // namespace
}  // namespace berth::supervise
