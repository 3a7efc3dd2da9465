#include "cargo/toml_scan.h"

#include <string>

#include <gtest/gtest.h>

#include "cargo/manifests.h"
#include "cargo/rustc_wrapper.h"
#include "cargo/toml.h"

namespace memguard::cargo {
namespace {

std::string times(int count, const std::string& part) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part;
  return text;
}

TEST(TomlScan, WhatManifestsHaveIsSafe) {
  for (const char* text : {
           "",
           "[package]\nname = \"app\"\nversion = \"0.1.0\"\n",
           "  [[bin]]\n[ target.'cfg(unix)'.dependencies ]\na.b.c = { path = \"x\", features = [\"y\", 'z'] }\n",
           "# [#\nx = \"\"\"\n[#\n\"\"\"\"\"\ny = [\n  [1.5],\n  [2],\n]\n",
           "x = 'no end\n[#",
           "[",
           "[]",
       }) {
    EXPECT_TRUE(safe_to_parse(text)) << text;
  }
}

TEST(TomlScan, ManyNamesWithDotsAreSafeHoweverLongTheyAreTogether) {
  EXPECT_TRUE(safe_to_parse(times(1000, "a.b.c = 1.5\n")));
  EXPECT_TRUE(safe_to_parse("x = [" + times(1000, "1.5, ") + "]"));
  EXPECT_TRUE(safe_to_parse("x = \"" + times(1000, ".[") + "\" # " + times(1000, ".[") + "\ny = 'a'"));
  EXPECT_TRUE(safe_to_parse("x = '''" + times(1000, ".[\n") + "'''\n"));
  EXPECT_TRUE(safe_to_parse(times(100, "[a.b]\nx = [{ y.z = [1] }]\n")));
}

TEST(TomlScan, WhatIsTooDeepIsNotSafe) {
  EXPECT_TRUE(safe_to_parse(times(100, "a.") + "a = 1"));
  EXPECT_FALSE(safe_to_parse(times(200'000, "a.") + "a = 1"));
  EXPECT_FALSE(safe_to_parse("[" + times(200, "a.") + "a]"));
  EXPECT_FALSE(safe_to_parse("[" + times(200, "\"a\".") + "a]"));
  EXPECT_FALSE(safe_to_parse("x = " + times(200, "[\n")));
  EXPECT_FALSE(safe_to_parse("x = " + times(200, "{ y = ")));
  EXPECT_FALSE(safe_to_parse("x = " + times(70, "{ y.z = ")));
  EXPECT_FALSE(safe_to_parse("'''" + times(3, "x") + "''''" + times(200, ".a")));
}

// With UBSan: the parser's own tables of such letters say that they are complete.
TEST(Toml, LettersThatAreNotAsciiAreReadWhereTomlHasThemAndRefusedElsewhere) {
  EXPECT_TRUE(parse_toml("\xef\xbb\xbf# \xc3\xa9\nx = '\xc3\xa9'\n\"\xc3\xa9\" = \"\"\"\n\xc3\xa9 \\\n a\"\"\"\n"));
  EXPECT_TRUE(parse_toml("x = \"\"\"a\\\n \xc3\xa9\"\"\""));
  for (const char* text :
       {"\xc3\xa9 = 1", "x = \xc3\xa9", "x \xc3\xa9", "x = 1\"\xc3\xa9", "x = \"\" '\xc3\xa9'", "[a\xc3\xa9",
        "x = '' \xe3\x80\x80", "x = \"\"\"\\\xc3\xa9\"\"\"", "x = 1\x7f:{\"a\xc3\x91"}) {
    EXPECT_FALSE(parse_toml(text)) << text;
  }
}

TEST(TomlScan, AMebibyteIsSafeAndMoreIsNot) {
  const std::string line = "a = 1 # " + std::string(55, '.') + "\n";
  EXPECT_TRUE(safe_to_parse(times(16'384, line)));
  EXPECT_FALSE(safe_to_parse(times(16'385, line)));
}

std::string wrapper_in(const std::string& text) {
  return rustc_wrapper({{{"HOME", "/h"}}, "/p", [&](const std::string&) -> Result<std::string> { return text; }},
                       {"cargo", "build"});
}

TEST(TomlScan, AHeaderWithoutAKeyAndATimeWithoutDigitsAreNoCrash) {
  const std::string well = "[build]\nrustc-wrapper = \"/w\"\n";
  EXPECT_EQ(wrapper_in(well), "/w");
  for (const char* more :
       {"[# a comment", "[[ #", "[=", "[.a]", "x = 1979-05-27T", "x = 1979-05-27 :", "x = 07:", "[\n]"})
    EXPECT_EQ(wrapper_in(well + more), "") << more;
}

// Both readers: what is not safe has nothing in it for them.
TEST(TomlScan, AKeyOf200000PartsIsNoCrash) {
  const std::string deep = "[build]\nrustc-wrapper = \"/w\"\n" + times(200'000, "a.") + "a = 1";
  const Surroundings at{{{"HOME", "/h"}}, "/p", [&](const std::string&) -> Result<std::string> { return deep; }};
  EXPECT_EQ(rustc_wrapper(at, {"cargo", "build"}), "");
  EXPECT_FALSE(mention_memguard(at, "/p"));
}

}  // namespace
}  // namespace memguard::cargo
