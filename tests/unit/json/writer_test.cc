#include "json/writer.h"

#include <gtest/gtest.h>

namespace berth::json {
namespace {

TEST(JsonWriter, PutsCommasBetweenMembersAndElements) {
  Writer out;
  out.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .value("x")
      .value(true)
      .null()
      .end_array()
      .end_object();
  EXPECT_EQ(out.text(), R"({"a":1,"b":["x",true,null]})");
}

TEST(JsonWriter, IndentsAndKeepsEmptyBracketsTogether) {
  Writer out("\t");
  out.begin_object().key("a").begin_array().end_array().member("b", 2).end_object();
  EXPECT_EQ(out.text(), "{\n\t\"a\": [],\n\t\"b\": 2\n}");
}

TEST(JsonWriter, EscapesControlCharactersAndReplacesWhatIsNotUtf8) {
  std::string out;
  append_string(out, "a\"\\\n\x01\xff\xe2\x82\xac\xed\xa0\x80");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\\ufffd\xe2\x82\xac\\ufffd\\ufffd\\ufffd\"");
}

}  // namespace
}  // namespace berth::json
