#include "job/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::job {
namespace {

using testing::ElementsAre;

TEST(CodegenOption, HasThreeForms) {
  EXPECT_EQ(codegen_option({"rustc", "-C", "lto=fat"}, "lto"), "fat");
  EXPECT_EQ(codegen_option({"rustc", "-Clto=thin"}, "lto"), "thin");
  EXPECT_EQ(codegen_option({"rustc", "--codegen=lto"}, "lto"), "");
  EXPECT_EQ(codegen_option({"rustc", "--codegen", "opt-level=s"}, "opt-level"), "s");
}

TEST(CodegenOption, TheLastOfSeveralCounts) {
  EXPECT_EQ(codegen_option({"rustc", "-Copt-level=3", "-C", "opt-level=1"}, "opt-level"), "1");
}

TEST(CodegenOption, AKeyThatOnlyBeginsLikeItIsAnother) {
  EXPECT_EQ(codegen_option({"rustc", "-C", "linker-plugin-lto", "-Clto-x=1", "-C"}, "lto"), std::nullopt);
}

TEST(OutputName, LosesWhatCargoAdds) {
  EXPECT_EQ(output_name("/t/release/deps/heavy_digest-0123456789abcdef"), "heavy_digest");
  EXPECT_EQ(output_name("target/libmacros-0123456789abcdef.so"), "macros");
  EXPECT_EQ(output_name("libfoo.so.1.2"), "foo");
}

TEST(OutputName, KeepsWhatIsNoHash) {
  EXPECT_EQ(output_name("bin/git-log"), "git-log");
  EXPECT_EQ(output_name("bin/x-0123456789abcdeX"), "x-0123456789abcdeX");
  EXPECT_EQ(output_name("-0123456789abcdef"), "-0123456789abcdef");
  EXPECT_EQ(output_name("library"), "library");
  EXPECT_EQ(output_name(""), "");
}

TEST(LastTwoParts, KeepsFileAndFolder) {
  EXPECT_EQ(last_two_parts("/home/you/src/main.cc"), "src/main.cc");
  EXPECT_EQ(last_two_parts("src/main.cc"), "src/main.cc");
  EXPECT_EQ(last_two_parts("main.cc"), "main.cc");
  EXPECT_EQ(last_two_parts("/main.cc"), "main.cc");
  EXPECT_EQ(last_two_parts(""), "");
}

TEST(SplitResponse, SeparatesAtWhiteSpace) {
  EXPECT_THAT(split_response(" a.o\n\tb.o\r\nc.o"), ElementsAre("a.o", "b.o", "c.o"));
  EXPECT_THAT(split_response(" \n"), ElementsAre());
}

TEST(SplitResponse, KnowsQuotesAndBackslashes) {
  EXPECT_THAT(split_response(R"("a b.o" 'c "d' e\ f g\\h)"), ElementsAre("a b.o", "c \"d", "e f", "g\\h"));
  EXPECT_THAT(split_response(R"('a\b' "")"), ElementsAre("a\\b", ""));
}

TEST(SplitResponse, TakesWhatIsUnclosedToTheEnd) {
  EXPECT_THAT(split_response("'a b"), ElementsAre("a b"));
  EXPECT_THAT(split_response("a\\"), ElementsAre("a\\"));
}

}  // namespace
}  // namespace memguard::job
