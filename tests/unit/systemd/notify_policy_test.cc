#include "systemd/notify_policy.h"

#include <gtest/gtest.h>

namespace berth::systemd {
namespace {

std::string passed(std::string_view text, const NotifyPolicy& policy, const NotifyContext& context = {}) {
  return apply_policy(NotifyMessage::parse(text).message, policy, context).message.serialize();
}

constexpr std::string_view kHarmless =
    "READY=1\nRELOADING=1\nMONOTONIC_USEC=5\nSTOPPING=1\nSTATUS=x\nERRNO=2\nBUSERROR=a.b\nVARLINKERROR=a.b\n"
    "EXIT_STATUS=3\nWATCHDOG=1\nWATCHDOG=trigger\nWATCHDOG_USEC=5\nEXTEND_TIMEOUT_USEC=6\nRESTART_RESET=1\nX_"
    "Y=z";

TEST(NotifyPolicy, PassesAllThatGivesNoPowerOverTheUnit) {
  EXPECT_EQ(passed(kHarmless, {}), kHarmless);
}

TEST(NotifyPolicy, WithholdsMainPidNotifyAccessFdStoreAndTheUnknownByDefault) {
  const auto verdict =
      apply_policy(NotifyMessage::parse(
                       "MAINPID=1\nMAINPIDFDID=2\nNOTIFYACCESS=all\nFDSTORE=1\nFDNAME=a\nFUTURE=1\nREADY=1")
                       .message,
                   {}, {.fds = 1});
  EXPECT_EQ(verdict.message.serialize(), "READY=1");
  EXPECT_EQ(verdict.withheld, 6U);
  EXPECT_FALSE(verdict.pass_fds);
}

TEST(NotifyPolicy, DropsAMessageOfWhichNothingIsLeft) {
  const auto verdict = apply_policy(NotifyMessage::parse("MAINPID=1").message, {}, {});
  EXPECT_EQ(verdict.dropped, NotifyDrop::not_allowed);
}

TEST(NotifyPolicy, PassesEachPowerWhenItIsAllowed) {
  EXPECT_EQ(passed("MAINPID=7\nMAINPIDFDID=9", {.allow = {.main_pid = true}}), "MAINPID=7\nMAINPIDFDID=9");
  EXPECT_EQ(passed("NOTIFYACCESS=all", {.allow = {.notify_access = true}}), "NOTIFYACCESS=all");
  const NotifyPolicy store = {.allow = {.fd_store = true}};
  EXPECT_EQ(passed("FDSTORE=1\nFDNAME=a\nFDPOLL=0", store, {.fds = 2}), "FDSTORE=1\nFDNAME=a\nFDPOLL=0");
  EXPECT_EQ(passed("FDSTOREREMOVE=1\nFDNAME=a", store), "FDSTOREREMOVE=1\nFDNAME=a");
}

TEST(NotifyPolicy, HoldsTheDescriptorStoreToItsQuota) {
  const NotifyPolicy policy = {.allow = {.fd_store = true, .fd_quota = 3}};
  EXPECT_EQ(passed("FDSTORE=1", policy, {.fds = 3}), "FDSTORE=1");
  EXPECT_EQ(passed("FDSTORE=1\nREADY=1", policy, {.fds = 2, .stored = 2}), "READY=1");
  EXPECT_EQ(passed("FDSTOREREMOVE=1\nFDNAME=a", policy, {.stored = 3}), "FDSTOREREMOVE=1\nFDNAME=a");
}

TEST(NotifyPolicy, KeepsTheContainerQuietInModesConmonAndIgnore) {
  for (const NotifyMode mode : {NotifyMode::conmon, NotifyMode::ignore}) {
    const auto verdict = apply_policy(NotifyMessage::parse("READY=1").message, {.mode = mode}, {});
    EXPECT_EQ(verdict.dropped, NotifyDrop::swallowed);
    EXPECT_TRUE(verdict.message.empty());
  }
}

TEST(NotifyPolicy, LetsReadyPassInModeHealthyOnlyAfterOurOwn) {
  const NotifyPolicy healthy = {.mode = NotifyMode::healthy};
  EXPECT_EQ(passed("READY=1\nSTATUS=x", healthy), "STATUS=x");
  EXPECT_EQ(passed("READY=1", healthy, {.host_is_ready = true}), "READY=1");  // the end of a reload
}

TEST(NotifyPolicy, TakesABarrierOnlyAloneAndWithOneDescriptor) {
  const auto barrier = NotifyMessage::parse("BARRIER=1").message;
  EXPECT_TRUE(apply_policy(barrier, {}, {.fds = 1}).pass_fds);
  EXPECT_EQ(apply_policy(barrier, {}, {.fds = 0}).dropped, NotifyDrop::malformed_barrier);
  EXPECT_EQ(apply_policy(barrier, {}, {.fds = 2}).dropped, NotifyDrop::malformed_barrier);
  const auto mixed = NotifyMessage::parse("BARRIER=1\nREADY=1").message;
  EXPECT_EQ(apply_policy(mixed, {}, {.fds = 1}).dropped, NotifyDrop::malformed_barrier);
}

TEST(NotifyPolicy, ReadsModesAndPermissionsFromText) {
  EXPECT_EQ(*parse_notify_mode("healthy"), NotifyMode::healthy);
  EXPECT_FALSE(parse_notify_mode("always"));
  EXPECT_EQ(*parse_notify_allow("mainpid,fdstore=5"),
            (NotifyAllow{.main_pid = true, .fd_store = true, .fd_quota = 5}));
  EXPECT_EQ(*parse_notify_allow(""), NotifyAllow{});
  EXPECT_FALSE(parse_notify_allow("mainpid,"));
  EXPECT_FALSE(parse_notify_allow("fdstore=many"));
}

TEST(FdStoreLedger, CountsByNameAndForgetsARemovedName) {
  FdStoreLedger ledger;
  ledger.add("a", 2);
  ledger.add("", 1);
  ledger.add("a", 1);
  EXPECT_EQ(ledger.total(), 4U);
  ledger.remove("a");
  EXPECT_EQ(ledger.total(), 1U);
  ledger.remove("stored");
  EXPECT_EQ(ledger.total(), 0U);
}

}  // namespace
}  // namespace berth::systemd
