#include "runtime/criu_log.h"

#include <gtest/gtest.h>

namespace berth::runtime {
namespace {

TEST(CriuLog, GivesItsFirstErrorWithoutTimeAndPlace) {
  EXPECT_EQ(first_criu_error("(00.1) Dumping\n"
                             "(00.2) Error (criu/files-reg.c:1710): Can't lookup mount=23 for fd=1\n"
                             "(00.3) Error (criu/cr-dump.c:2053): Dumping FAILED.\n"),
            "Can't lookup mount=23 for fd=1");
}

TEST(CriuLog, GivesTheWholeLineWhenItHasNoPlace) {
  EXPECT_EQ(first_criu_error("Error (what"), "Error (what");
}

TEST(CriuLog, GivesNothingWithoutAnError) {
  EXPECT_EQ(first_criu_error(""), "");
  EXPECT_EQ(first_criu_error("(00.1) Warn  (criu/x.c:1): no Error here\n"), "");
}

}  // namespace
}  // namespace berth::runtime
