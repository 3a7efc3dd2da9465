#include "json/value.h"

#include <gmock/gmock.h>

namespace memguard::json {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The first problem that reading the text with `read` notes.
template <class Read>
std::string problem(std::string_view text, Read read) {
  const auto document = Document::parse(text);
  if (!document) return document.error().text();
  read(document->root());
  const auto status = document->status();
  return status ? "" : status.error().text();
}

TEST(Value, ReadsWhatIsThere) {
  const auto document = Document::parse(R"({"a": [1, -2, 18446744073709551615, 0.5, true, "x", null]})").value();
  const Value list = document.root().need("a");
  EXPECT_EQ(list.size(), 7U);
  EXPECT_EQ(list.at(0).integer(), 1);
  EXPECT_EQ(list.at(1).integer(), -2);
  EXPECT_EQ(list.at(2).unsigned_integer(), 18446744073709551615U);
  EXPECT_EQ(list.at(3).number(), 0.5);
  EXPECT_EQ(list.at(0).number(), 1.0);
  EXPECT_TRUE(list.at(4).boolean());
  EXPECT_EQ(list.at(5).text(), "x");
  EXPECT_TRUE(list.at(6).is_null());
  EXPECT_TRUE(document.root().find("b").missing());
  EXPECT_TRUE(document.status());
}

TEST(Value, SaysWhereTheWrongTypeIs) {
  const char* text = R"({"tasks": [{"peak": "much"}]})";
  const auto at_peak = [](auto read) {
    return [read](const Value& root) {
      const Value tasks = root.need("tasks");
      const Value task = tasks.at(0);
      read(task.need("peak"));
    };
  };
  EXPECT_EQ(problem(text, at_peak([](const Value& v) { (void)v.number(); })),
            "/tasks/0/peak: a string where a number is expected");
  EXPECT_EQ(problem(text, at_peak([](const Value& v) { (void)v.integer(); })),
            "/tasks/0/peak: a string where a whole number is expected");
  EXPECT_EQ(problem(text, at_peak([](const Value& v) { (void)v.size(); })),
            "/tasks/0/peak: a string where a list is expected");
  EXPECT_EQ(problem(text, at_peak([](const Value& v) { (void)v.find("x"); })),
            "/tasks/0/peak: a string where an object is expected");
  EXPECT_EQ(problem(text, at_peak([](const Value& v) { (void)v.boolean(); })),
            "/tasks/0/peak: a string where true or false is expected");
}

TEST(Value, SaysWhatIsMissing) {
  EXPECT_EQ(problem("{}", [](const Value& root) { (void)root.need("limit").integer(); }), "/limit: missing");
  EXPECT_EQ(problem("[]", [](const Value& root) { (void)root.at(3).integer(); }), "/3: missing");
}

TEST(Value, KeepsTheFirstProblemOnly) {
  EXPECT_EQ(problem(R"({"a": 1})",
                    [](const Value& root) {
                      (void)root.need("b");
                      (void)root.need("c");
                    }),
            "/b: missing");
}

TEST(Value, RefusesNumbersOutOfRange) {
  EXPECT_EQ(problem("7", [](const Value& root) { (void)root.integer(8, 9); }), "7 is less than 8");
  EXPECT_EQ(problem("10", [](const Value& root) { (void)root.integer(8, 9); }), "10 is more than 9");
  EXPECT_EQ(problem("1.5", [](const Value& root) { (void)root.number(0, 1); }), "1.5 is more than 1");
  EXPECT_THAT(problem("18446744073709551615", [](const Value& root) { (void)root.integer(); }),
              HasSubstr("a whole number is expected"));
  EXPECT_THAT(problem("-1", [](const Value& root) { (void)root.unsigned_integer(); }), HasSubstr("not negative"));
  EXPECT_THAT(problem("1e999", [](const Value&) {}), StartsWith("number overflow"));
}

TEST(Value, OutsideOfItsBoundsIsTheNearerBound) {
  EXPECT_EQ(Document::parse("1e300")->root().number(0, 1), 1);
  EXPECT_EQ(Document::parse("-1e300")->root().number(0, 1), 0);
  EXPECT_EQ(Document::parse("9223372036854775807")->root().integer(0, 7), 7);
  EXPECT_EQ(Document::parse("-5")->root().integer(0, 7), 0);
}

TEST(Value, RefusesUnknownKeysAndShowsTheKnown) {
  EXPECT_EQ(problem(R"({"limti": 1})",
                    [](const Value& root) {
                      root.expect_keys({"limit", "cores"});
                    }),
            "/limti: unknown key. Known are limit, cores.");
}

TEST(Value, ShowsKeysAsJsonPointersThatDriveNoTerminal) {
  EXPECT_THAT(problem(R"({"a/b~\u001b": 1})", [](const Value& root) { root.expect_keys({}); }),
              StartsWith("/a~1b~0\\x1b: unknown key"));
}

TEST(Document, SaysWhereTheSyntaxIsBroken) {
  EXPECT_THAT(Document::parse("{\n  \"a\": ,\n}").error().text(), StartsWith("line 2, column 8: syntax error"));
  EXPECT_FALSE(Document::parse(""));
  EXPECT_FALSE(Document::parse("{} {}"));
}

TEST(Document, MayHaveCommentsOnlyWhenWrittenByHand) {
  const char* text = "/* so */ {} // and so";
  EXPECT_FALSE(Document::parse(text));
  EXPECT_TRUE(Document::parse(text, Dialect::by_hand));
}

TEST(Document, MayNotHaveAKeyTwiceWhenWrittenByHand) {
  const char* text = R"({"a": {"b": 1, "c": {"b": 1}, "b": 2}})";
  EXPECT_EQ(Document::parse(text).value().root().find("a").find("b").integer(), 2);
  EXPECT_EQ(Document::parse(text, Dialect::by_hand).error().text(), "/b: the key is there twice. Keep one of them.");
}

}  // namespace
}  // namespace memguard::json
