#include "systemd/notify_message.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace berth::systemd {
namespace {

using namespace std::string_literals;

TEST(NotifyMessage, ParsesEveryAssignmentOfTheProtocol) {
  const std::string all =
      "READY=1\nRELOADING=1\nSTOPPING=1\nSTATUS=Läuft\nERRNO=2\nBUSERROR=org.freedesktop.DBus.Error."
      "TimedOut\n"
      "VARLINKERROR=org.varlink.service.InvalidParameter\nEXIT_STATUS=7\nMONOTONIC_USEC=12\nWATCHDOG=1\n"
      "WATCHDOG_USEC=5\nEXTEND_TIMEOUT_USEC=9\nRESTART_RESET=1\nMAINPID=4711\nMAINPIDFDID=88\nMAINPIDFD=1\n"
      "NOTIFYACCESS=all\nFDSTORE=1\nFDSTOREREMOVE=1\nFDNAME=web\nFDPOLL=0\nBARRIER=1\nX_BERTH=yes\nNEW=thing";
  const auto parsed = NotifyMessage::parse(all);
  ASSERT_EQ(parsed.dropped, NotifyDrop::none);
  EXPECT_EQ(parsed.refused, 0U);
  ASSERT_EQ(parsed.message.assignments().size(), 24U);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(parsed.message.assignments()[i].key, static_cast<NotifyKey>(i));
  }
  EXPECT_EQ(parsed.message.serialize(), all);
  EXPECT_EQ(parsed.message.find(NotifyKey::status)->value, "Läuft");
  EXPECT_EQ(parsed.message.number(NotifyKey::main_pid), 4711U);
}

TEST(NotifyMessage, AcceptsOneTrailingNulAndForgetsEmptyLines) {
  EXPECT_EQ(NotifyMessage::parse("READY=1\n\0"s).message.serialize(), "READY=1");
  EXPECT_EQ(NotifyMessage::parse("\n\nREADY=1\r\nSTATUS=a\n\n").message.serialize(), "READY=1\nSTATUS=a");
}

TEST(NotifyMessage, DropsADatagramWithANulInside) {
  EXPECT_EQ(NotifyMessage::parse("READY=1\0STATUS=x"s).dropped, NotifyDrop::embedded_nul);
  EXPECT_EQ(NotifyMessage::parse("READY=1\0\0"s).dropped, NotifyDrop::embedded_nul);
}

TEST(NotifyMessage, DropsAnEmptyDatagram) {
  EXPECT_EQ(NotifyMessage::parse("").dropped, NotifyDrop::empty);
  EXPECT_EQ(NotifyMessage::parse("\0"s).dropped, NotifyDrop::empty);
  EXPECT_EQ(NotifyMessage::parse("\n\r\n").dropped, NotifyDrop::empty);
}

TEST(NotifyMessage, TakesAsManyBytesAsTheManagerDoesAndNotOneMore) {
  const std::string longest = "STATUS=" + std::string(kMaxNotification - 7, 'x');
  EXPECT_EQ(NotifyMessage::parse(longest).message.serialize(), longest);
  EXPECT_EQ(NotifyMessage::parse(longest + "x").dropped, NotifyDrop::too_long);
}

TEST(NotifyMessage, RefusesValuesThatTheManagerIgnoresAndKeepsTheRest) {
  const auto parsed = NotifyMessage::parse(
      "READY=0\nWATCHDOG=2\nWATCHDOG_USEC=-1\nMAINPID=0\nMAINPID=-1\nERRNO=x\nNOTIFYACCESS=root\nFDNAME=a:"
      "b\nFDPOLL=1\n"
      "STATUS=\xff\xfe\nno assignment\n=value\nSTATUS=good");
  EXPECT_EQ(parsed.refused, 12U);
  EXPECT_EQ(parsed.message.serialize(), "STATUS=good");
}

TEST(NotifyMessage, DropsADatagramInWhichNothingCanBeUnderstood) {
  EXPECT_EQ(NotifyMessage::parse("hello\nREADY=yes").dropped, NotifyDrop::no_assignment);
}

TEST(NotifyMessage, RefusesNamesThatAreNoNames) {
  EXPECT_EQ(NotifyMessage::parse("X_\x1b[31m=1\nX-Y=1\n =1\nX_OK=\xff").message.serialize(), "X_OK=\xff");
}

TEST(NotifyMessage, KeepsAnEmptyStatusWhichClearsTheOldOne) {
  EXPECT_EQ(NotifyMessage::parse("STATUS=").message.serialize(), "STATUS=");
}

TEST(NotifyMessage, LetsStoppingBeatReadyAndReadyBeatReloading) {
  EXPECT_EQ(NotifyMessage::parse("RELOADING=1\nREADY=1\nSTOPPING=1").message.phase(), NotifyPhase::stopping);
  EXPECT_EQ(NotifyMessage::parse("RELOADING=1\nREADY=1").message.phase(), NotifyPhase::ready);
  EXPECT_EQ(NotifyMessage::parse("RELOADING=1\nMONOTONIC_USEC=1").message.phase(), NotifyPhase::reloading);
  EXPECT_EQ(NotifyMessage::parse("WATCHDOG=1").message.phase(), NotifyPhase::unchanged);
}

TEST(NotifyMessage, KnowsABarrierOnlyWhenItIsAlone) {
  EXPECT_TRUE(NotifyMessage::parse("BARRIER=1").message.is_barrier());
  EXPECT_FALSE(NotifyMessage::parse("BARRIER=1\nREADY=1").message.is_barrier());
  EXPECT_FALSE(NotifyMessage::parse("READY=1").message.is_barrier());
}

TEST(NotifyMessage, AcceptsErrnoAsANumberAndAsAName) {
  EXPECT_EQ(NotifyMessage::parse("ERRNO=ENOENT").refused, 0U);
  EXPECT_EQ(NotifyMessage::parse("ERRNO=0").refused, 0U);
  EXPECT_EQ(NotifyMessage::parse("ERRNO=4096").refused, 1U);
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutOffSequences) {
  EXPECT_TRUE(is_valid_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\xa2"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("\xe2\x82"));
  EXPECT_FALSE(is_valid_utf8("\x80"));
}

}  // namespace
}  // namespace berth::systemd
