#include "runtime/host_device.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace berth::runtime {
namespace {

TEST(HostDevice, IsAtItsPathWhereThatIsTheDevice) {
  EXPECT_EQ(host_device("/dev/null", S_IFCHR, makedev(1, 3)), "/dev/null");
}

TEST(HostDevice, IsFoundByItsNumberUnderAnotherName) {
  EXPECT_EQ(host_device("/dev/given", S_IFCHR, makedev(1, 3)), "/dev/null");
  EXPECT_EQ(host_device("/dev/zero", S_IFCHR, makedev(1, 3)), "/dev/null") << "that is another device";
}

TEST(HostDevice, KeepsItsPathWhenTheHostHasNone) {
  EXPECT_EQ(host_device("/dev/given", S_IFCHR, makedev(4000, 77)), "/dev/given");
  EXPECT_EQ(host_device("/dev/null", S_IFBLK, makedev(4000, 3)), "/dev/null");
}

}  // namespace
}  // namespace berth::runtime
