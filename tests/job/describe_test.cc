#include "job/describe.h"

#include <gtest/gtest.h>

namespace memguard::job {
namespace {

using Strings = std::vector<std::string>;

// As cargo 1.95 calls it, shortened.
const Strings kLibrary{"rustc",
                       "--crate-name",
                       "heavy_kit",
                       "--edition=2021",
                       "crates/kit/src/lib.rs",
                       "--crate-type",
                       "lib",
                       "--emit=dep-info,metadata,link",
                       "-C",
                       "opt-level=3"};
const Strings kCargoEnvironment{"PATH=/usr/bin", "CARGO_CRATE_NAME=other", "CARGO_PKG_VERSION=0.1.0",
                                "CARGO_PKG_VERSION_MAJOR=0"};

// As most programs are called: by the path that the first argument is.
Description describe(std::string_view class_name, const Strings& arguments, const Strings& environment) {
  return job::describe(class_name, arguments.empty() ? std::string_view() : arguments.front(), arguments, environment);
}

Strings with(Strings arguments, const Strings& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(DescribeRustc, TakesTheCrateFromItsArgumentsAndTheVersionFromCargo) {
  const auto job = describe("rustc", kLibrary, kCargoEnvironment);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.crate, "heavy_kit");
  EXPECT_EQ(job.unit.version, "0.1.0");
  EXPECT_EQ(job.output, "lib");
}

TEST(DescribeRustc, KnowsWhatDecidesItsNeed) {
  const Strings arguments = with(kLibrary, {"-C", "lto=fat", "-Ccodegen-units=1", "-C", "debuginfo=2", "--target=x"});
  const auto unit = describe("rustc", arguments, with(kCargoEnvironment, {"RUSTUP_TOOLCHAIN=1.95.0"})).unit;
  const Unit expected{.job_class = "rustc",
                      .name = "heavy_kit",
                      .version = "0.1.0",
                      .kind = "lib",
                      .profile = "opt-level=3 lto=fat codegen-units=1 debuginfo=2",
                      .target = "x",
                      .compiler = "1.95.0"};
  EXPECT_EQ(unit, expected);
}

TEST(DescribeRustc, KnowsShortOptionsAndACheck) {
  EXPECT_EQ(describe("rustc", {"rustc", "a.rs", "-g", "-O"}, {}).unit.profile, "opt-level=3 debuginfo=2");
  EXPECT_EQ(describe("rustc", {"rustc", "a.rs", "--emit=dep-info,metadata"}, {}).unit.profile, "emit=metadata");
}

TEST(DescribeRustc, ABuildScriptIsKnownByItsPackage) {
  const Strings arguments{"rustc", "--crate-name", "build_script_build", "build.rs", "--crate-type", "bin"};
  const auto unit = describe("rustc", arguments, {"CARGO_PKG_NAME=openssl-sys"}).unit;
  EXPECT_EQ(unit.name, "openssl-sys");
  EXPECT_EQ(unit.kind, "build-script");
  EXPECT_TRUE(describe("rustc", arguments, {}).of_build_script);
}

// Cargo tells NUM_JOBS to build scripts only, and OUT_DIR also to the rustc of their crate.
TEST(Describe, KnowsWhatABuildScriptStarted) {
  const Strings compile{"cc1", "-quiet", "zlib.c", "-o", "/tmp/zlib.s"};
  EXPECT_TRUE(describe("cc", compile, {"OUT_DIR=/t/out", "NUM_JOBS=8"}).of_build_script);
  EXPECT_FALSE(describe("cc", compile, {"NUM_JOBS=8"}).of_build_script);
  EXPECT_FALSE(describe("cc", compile, {}).of_build_script);
  EXPECT_FALSE(describe("rustc", kLibrary, {"OUT_DIR=/t/out"}).of_build_script);
}

TEST(DescribeRustc, FallsBackToCargosCrateName) {
  const auto job = describe("rustc", {"rustc", "@/tmp/arguments"}, kCargoEnvironment);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.crate, "other");
}

TEST(DescribeRustc, ProbesAreNoWork) {
  EXPECT_FALSE(describe("rustc", {"rustc", "-vV"}, {}).works);
  EXPECT_FALSE(describe("rustc", {"rustc", "-", "--crate-name", "___", "--print=file-names"}, {}).works);
  EXPECT_FALSE(describe("rustc", {"rustc"}, {}).works);
  EXPECT_FALSE(describe("rustc", {}, {}).works);
}

TEST(DescribeRustc, ALibraryStartsNoLinker) { EXPECT_FALSE(describe("rustc", kLibrary, {}).will_link); }

TEST(DescribeRustc, ABinaryATestAndAProcMacroStartOne) {
  const Strings base{"rustc", "src/main.rs", "--emit=dep-info,link"};
  EXPECT_TRUE(describe("rustc", with(base, {"--crate-type", "bin"}), {}).will_link);
  EXPECT_TRUE(describe("rustc", with(base, {"--crate-type=proc-macro"}), {}).will_link);
  EXPECT_TRUE(describe("rustc", with(base, {"--test"}), {}).will_link);
  EXPECT_EQ(describe("rustc", with(base, {"--test"}), {}).output, "test");
}

TEST(DescribeRustc, CargoCheckOfABinaryStartsNone) {
  const Strings check{"rustc", "src/main.rs", "--crate-type", "bin", "--emit=dep-info,metadata"};
  EXPECT_FALSE(describe("rustc", check, {}).will_link);
}

TEST(DescribeLink, NamesItsOutput) {
  const auto job = describe("link", {"ld", "-plugin", "x", "-o", "target/app", "a.o"}, kCargoEnvironment);
  EXPECT_TRUE(job.works);
  EXPECT_EQ(job.output, "target/app");
  EXPECT_EQ(job.crate, "other");
}

TEST(DescribeLink, IsKnownByItsOutputAsItsRustcExpects) {
  const auto rustc = describe("rustc", with(kLibrary, {"--crate-type=bin"}), kCargoEnvironment).unit;
  const auto link = describe("link", {"ld", "-o", "t/heavy_kit-0123456789abcdef"}, kCargoEnvironment).unit;
  EXPECT_EQ(link.name, link_of(rustc).name);
  EXPECT_EQ(link.version, link_of(rustc).version);
  EXPECT_EQ(link.job_class, link_of(rustc).job_class);
}

TEST(DescribeCompiler, IsKnownByItsSource) {
  const auto unit = describe("cc", {"cc1plus", "-quiet", "/w/src/a.cc", "-O2", "-g", "-o", "/tmp/x.s"}, {}).unit;
  EXPECT_EQ(unit.name, "src/a.cc");
  EXPECT_EQ(unit.profile, "-O2 -g");
}

TEST(DescribeCompiler, IsCalledByItsSourceWhereItsOutputIsForAs) {
  const auto called = [](const char* output) {
    return describe("cc", {"cc1plus", "/w/src/a.cc", "-o", output}, {}).output;
  };
  EXPECT_EQ(called("/tmp/ccqB9xTL.s"), "src/a.cc");
  EXPECT_EQ(called("/var/tmp/x/cc000000.s"), "src/a.cc");
  for (const char* kept : {"a.s", "cc1234567.s", "aaqB9xTL.s", "ccqB9xTL.o"}) EXPECT_EQ(called(kept), kept);
}

// As g++ 12 -flto=2 starts them: the files in /tmp have other names in each build.
TEST(DescribeCompiler, OfALinkIsKnownByWhatGccCallsIt) {
  const auto whole = describe("cc",
                              {"lto1", "-quiet", "-dumpbase", "./app.wpa", "-O2", "-fltrans-output-list=/tmp/ccB.out",
                               "-fwpa=2", "-flinker-output=pie", "@/tmp/cc42CVBC"},
                              {});
  EXPECT_EQ(whole.unit.name, "app.wpa");
  EXPECT_EQ(whole.output, "app.wpa");
  const auto part = describe("cc",
                             {"lto1", "-quiet", "-dumpbase", "out/app.ltrans0.ltrans", "-O2", "-fltrans",
                              "/tmp/ccBYfDZk.ltrans0.o", "-o", "/tmp/cc4xf2ue.s"},
                             {});
  EXPECT_EQ(part.unit.name, "out/app.ltrans0.ltrans");
  EXPECT_EQ(part.output, "out/app.ltrans0.ltrans");
  EXPECT_EQ(part.unit.profile, "-O2");
}

TEST(DescribeCompiler, TakesNoValueOfAnOptionForItsSource) {
  const auto name_of = [](const Strings& arguments) { return describe("cc", arguments, {}).unit.name; };
  EXPECT_EQ(name_of({"/l/clang", "-cc1", "-main-file-name", "a.cc", "-o", "a.s", "-x", "c++", "/w/src/a.cc"}),
            "src/a.cc");
  EXPECT_EQ(name_of({"cc1", "-quiet", "-dumpbase", "b.c", "-o", "/tmp/x.s", "/w/src/b.c"}), "src/b.c");
  EXPECT_EQ(name_of({"clang", "-x", "c", "-c", "w/generated"}), "w/generated");
}

TEST(DescribeCompiler, OfGoIsKnownByItsPackage) {
  const char* compile = "/usr/local/go/pkg/tool/linux_amd64/compile";
  const Strings arguments{compile, "-o", "/tmp/go-build1/b001/_pkg_.a", "-p", "net/http", "-pack", "./a.go", "./b.go"};
  EXPECT_EQ(describe("cc", arguments, {}).unit.name, "net/http");
  EXPECT_TRUE(describe("cc", arguments, {}).works);
  EXPECT_FALSE(describe("cc", {compile, "-V=full"}, {}).works);
}

TEST(DescribeCompiler, ByClangIsWorkWhereItCompiles) {
  EXPECT_TRUE(describe("cc", {"/usr/bin/clang++-14", "-c", "a.cc"}, {}).works);
  EXPECT_FALSE(describe("cc", {"/usr/bin/clang++-14", "a.o", "-o", "a"}, {}).works);
  EXPECT_TRUE(job::describe("cc", "/usr/bin/my-cc", {"my-cc", "a.o"}, {}).works) << "a user's own";
  EXPECT_FALSE(describe("cc", {"flang-new", "-c", "a.f90"}, {}).works);
  EXPECT_TRUE(describe("cc", {"flang-new", "-fc1", "a.f90"}, {}).works);
}

TEST(DescribeCompiler, APreprocessorIsNoWork) {
  EXPECT_FALSE(describe("cc", {"/l/cc1", "-E", "-quiet", "a.c"}, {}).works);
  EXPECT_TRUE(describe("cc", {"/l/cc1", "-fpreprocessed", "a.i"}, {}).works);
}

TEST(DescribeOwn, IsKnownByWhatLastsFromBuildToBuild) {
  const auto name_of = [](const Strings& arguments) { return describe("mine", arguments, {}).unit.name; };
  EXPECT_EQ(name_of({"ghc", "-c", "src/Main.hs", "-o", "build/Main.o"}), "src/Main.hs");
  EXPECT_EQ(name_of({"protoc", "--cpp_out=gen", "api/things.proto", "--fatal_warnings"}), "api/things.proto");
  EXPECT_EQ(name_of({"/usr/lib/go/compile", "-o", "/tmp/go-build1/b001/_pkg_.a", "-p", "x/y", "x/y/z.go"}), "y/z.go");
  EXPECT_EQ(name_of({"cudafe", "-O2", "kernels/a.cc", "-o", "/tmp/tmpxft_1"}), "kernels/a.cc");
  EXPECT_EQ(name_of({"/usr/bin/webpack", "--mode=production"}), "bin/webpack");
  EXPECT_EQ(name_of({}), "");
}

TEST(DescribeLink, AskingForTheVersionIsNoWork) {
  EXPECT_FALSE(describe("link", {"ld", "--version"}, {}).works);
  EXPECT_FALSE(describe("link", {"ld", "-v"}, {}).works);
  EXPECT_TRUE(describe("link", {"ld", "-v", "a.o"}, {}).works);
}

TEST(DescribeLink, AnOptionAtTheEndWithoutValueIsIgnored) {
  EXPECT_EQ(describe("link", {"ld", "a.o", "-o"}, {}).output, "");
}

}  // namespace
}  // namespace memguard::job
