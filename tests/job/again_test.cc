#include "job/again.h"

#include <gtest/gtest.h>

namespace memguard::job {
namespace {

bool again(std::string_view path, Strings words, const Strings& environment = {}) {
  words.insert(words.begin(), std::string(path));
  return may_run_again(path, words, environment);
}

constexpr const char* kCc1 = "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus";

TEST(Again, CompilesOfEveryCompilerThatWriteAFileMayRunAgain) {
  for (const char* path :
       {kCc1, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "/usr/lib/gcc/x86_64-linux-gnu/12/f951", "lto1", "clang-14",
        "/usr/bin/clang++", "x86_64-linux-gnu-clang++-15", "/usr/lib/go/pkg/tool/linux_amd64/compile"})
    EXPECT_TRUE(again(path, {"-c", "a.cc", "-o", "a.o"})) << path;
}

TEST(Again, LinksOfEveryLinkerMayRunAgain) {
  for (const char* path : {"ld", "/usr/bin/ld.bfd", "ld.gold", "ld.lld-15", "mold", "wild", "aarch64-linux-gnu-ld",
                           "/usr/lib/go/pkg/tool/linux_amd64/link"})
    EXPECT_TRUE(again(path, {"-o", "app", "a.o", "b.o", "-lc"})) << path;
}

TEST(Again, RustcWithAnInputMayRunAgainAndAQuestionIsNotWorthIt) {
  EXPECT_TRUE(again("/usr/bin/rustc", {"--crate-name", "a", "src/lib.rs"}));
  EXPECT_TRUE(again("/usr/bin/rustc", {"@arguments"}));
  EXPECT_FALSE(again("/usr/bin/rustc", {"-vV"}));
  EXPECT_FALSE(again("/usr/bin/rustc", {"--print", "cfg", "a.rs"}));
  EXPECT_FALSE(again("/usr/bin/rustc", {"--print=cfg", "a.rs"}));
  EXPECT_FALSE(again("/usr/bin/rustc", {"-"}));
}

TEST(Again, StandardStreamsAndDescriptorsMayBeUsedOnce) {
  EXPECT_FALSE(again(kCc1, {"-quiet", "-", "-o", "a.s"}));
  EXPECT_FALSE(again(kCc1, {"-quiet", "a.cc", "-o", "-"}));
  EXPECT_FALSE(again(kCc1, {"a.cc", "-MF", "/dev/stdout", "-o", "a.s"}));
  EXPECT_FALSE(again("ld", {"-o", "/dev/fd/5", "a.o"}));
  EXPECT_FALSE(again("ld", {"-o", "app", "-Map=/proc/self/fd/1", "a.o"}));
  EXPECT_TRUE(again(kCc1, {"/src/proc/stat.cc", "-o", "/src/proc/stat.s"})) << "a folder of that name is none";
}

TEST(Again, WhatPrintsWouldPrintTwice) {
  EXPECT_FALSE(again(kCc1, {"-E", "a.cc", "-o", "a.ii"}));
  EXPECT_FALSE(again(kCc1, {"-M", "a.cc"}));
  for (const char* word : {"-M", "--print-map", "-t", "--trace", "--verbose", "--cref", "--stats"})
    EXPECT_FALSE(again("ld", {word, "-o", "app", "a.o"})) << word;
  EXPECT_TRUE(again(kCc1, {"-MD", "a.d", "a.cc", "-o", "a.s"}));
}

TEST(Again, AClangThatOnlyLinksIsAskedAsItsLinkerIs) {
  EXPECT_TRUE(again("clang++", {"-g", "a.o", "b.o", "-o", "app", "-Wl,--gc-sections,-O1"}));
  for (const char* word : {"-v", "-Wl,-t", "-Wl,--gc-sections,--print-map", "-Wl,-Map=/dev/stdout", "-Wl,-Map,-",
                           "-Wl,-Map=-", "-Wl,--incremental-update", "-Wl,--cref,-O1"})
    EXPECT_FALSE(again("clang++", {word, "a.o", "-o", "app"})) << word;
  EXPECT_FALSE(again("clang++", {"-Xlinker", "--trace", "a.o", "-o", "app"}));
  EXPECT_FALSE(again("clang++", {"-r", "a.o", "b.o", "-o", "a.o"}));
}

TEST(Again, AnOutputThatIsAnInputMayBeGone) {
  EXPECT_FALSE(again("ld", {"-r", "-o", "a.o", "a.o", "b.o"}));
  EXPECT_TRUE(again("ld", {"-r", "-o", "ab.o", "a.o", "b.o"}));
}

TEST(Again, OtherPeoplesCodeMayHaveDoneAnything) {
  EXPECT_FALSE(again(kCc1, {"-fplugin=./mine.so", "a.cc", "-o", "a.s"}));
  EXPECT_FALSE(again("clang++", {"-c", "-Xclang", "-load", "-Xclang", "mine.so", "a.cc"}));
  EXPECT_FALSE(again(kCc1, {"-fmodule-mapper=|server", "a.cc", "-o", "a.s"}));
  EXPECT_FALSE(again("ld.gold", {"--incremental-update", "-o", "app", "a.o"}));
  EXPECT_TRUE(again("ld", {"-plugin", "/usr/libexec/gcc/liblto_plugin.so", "-o", "app", "a.o"})) << "gcc's own";
}

TEST(Again, ALinkWhoseCompilersTakeTokensMayNot) {
  const Strings lto{"COLLECT_GCC_OPTIONS='-O2' '-flto=auto'", "MAKEFLAGS= -j8 --jobserver-auth=3,4"};
  EXPECT_FALSE(again("ld", {"-o", "app", "a.o"}, lto));
  EXPECT_TRUE(again("ld", {"-o", "app", "a.o"}, {lto[0]}));
  EXPECT_TRUE(again("ld", {"-o", "app", "a.o"}, {lto[1]}));
  EXPECT_TRUE(again("lto1", {"-fltrans", "a.o", "-o", "a.s"}, lto)) << "it takes none itself";
}

TEST(Again, TestsAndWhatIsNotKnownAreNeverRunTwice) {
  EXPECT_FALSE(again("target/debug/deps/app-0123456789abcdef", {}));
  for (const char* path : {"rustdoc", "ghc", "javac", "clang-tidy", "gcc", "make", "./gen"})
    EXPECT_FALSE(again(path, {"a.rs", "-o", "a"})) << path;
}

TEST(Again, NoArgumentsAtAllAreNoCrash) {
  EXPECT_FALSE(may_run_again(kCc1, {}, {}));
  EXPECT_TRUE(again("ld", {}));
}

}  // namespace
}  // namespace memguard::job
