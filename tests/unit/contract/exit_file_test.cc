#include "contract/exit_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"

namespace berth::contract {
namespace {

class ExitFile : public testing::Test {
 protected:
  void TearDown() override { ::unlink(path_.c_str()); }
  std::string path_ = concat("/tmp/berth-exit-file-", ::getpid());
};

TEST_F(ExitFile, IsAbsentUntilTheEnd) {
  const auto record = read_exit_file(path_);
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->has_value());
}

TEST_F(ExitFile, HoldsTheStatusAndItsTime) {
  ASSERT_TRUE(write_exit_file(path_, 137));
  EXPECT_EQ(*sys::read_file(path_), "137");
  const auto record = read_exit_file(path_);
  ASSERT_TRUE(record && record->has_value());
  EXPECT_EQ((*record)->status, 137);
  EXPECT_GT((*record)->finished_ns, 0);
}

TEST_F(ExitFile, RefusesWhatIsNoStatus) {
  ASSERT_TRUE(sys::write_file(path_, "soon"));
  EXPECT_FALSE(read_exit_file(path_));
}

}  // namespace
}  // namespace berth::contract
