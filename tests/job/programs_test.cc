#include "job/programs.h"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::job {
namespace {

struct Spelled {
  std::string_view path;
  // "" for none.
  std::string_view kind;
  std::string_view name;
};
void PrintTo(const Spelled& spelled, std::ostream* out) { *out << spelled.path; }

TEST(KindOf, IsThatOfTheBuiltInClassOfTheName) {
  for (const Kind kind : {Kind::rustc, Kind::link, Kind::cc, Kind::test, Kind::other})
    EXPECT_EQ(kind_of(to_text(kind)), kind);
}

TEST(KindOf, IsTheUsersOwnForEveryOtherName) {
  for (const auto* name : {"", "protoc", "own", "links", "Rustc"}) EXPECT_EQ(kind_of(name), Kind::own) << name;
}

TEST(NeedModelOf, AProgramIsItsOwnOrElseThatOfItsKind) {
  EXPECT_LT(need_model(Kind::link, "ld.lld").per_object, need_model(Kind::link, "ld").per_object);
  EXPECT_EQ(need_model(Kind::link, "unheard-of"), need_model(Kind::link, "ld"));
  EXPECT_EQ(need_model(Kind::cc, "ld.lld"), need_model(Kind::cc, ""));
  EXPECT_NE(need_model(Kind::own, ""), need_model(Kind::cc, ""));
}

TEST(WorkInAChild, MoldAndWhatWasMadeOfItUnderEveryName) {
  for (const auto* name : {"mold", "ld.mold", "sold", "/usr/bin/aarch64-linux-gnu-ld.mold"})
    EXPECT_TRUE(known_program(name)->works_in_child) << name;
  for (const auto* name : {"ld", "ld.lld", "rustc", "cc1plus"})
    EXPECT_FALSE(known_program(name)->works_in_child) << name;
}

TEST(NamesThatAreOftenLinks, AreThoseThatDistributionsGive) {
  for (const auto* name :
       {"cc", "/usr/bin/c++", "c89", "c99", "gcc-12", "aarch64-linux-gnu-g++", "/usr/libexec/mold/ld"})
    EXPECT_TRUE(may_be_another(name)) << name;
  for (const auto* name : {"clang", "ccache", "ld.lld", "my-cc", "occ", "rustc", "cc1", ""})
    EXPECT_FALSE(may_be_another(name)) << name;
}

TEST(NamesThatAreOftenLinks, AreTheProgramBehindThemWhenItIsKnown) {
  EXPECT_EQ(program_behind("/usr/bin/cc", "/usr/lib/llvm-14/bin/clang"), "/usr/lib/llvm-14/bin/clang");
  EXPECT_EQ(program_behind("ld", "/usr/bin/mold"), "/usr/bin/mold");
  EXPECT_EQ(program_behind("cc", "/usr/bin/x86_64-linux-gnu-gcc-12"), "cc");
  EXPECT_EQ(program_behind("/usr/lib/ccache/cc", "/usr/bin/ccache"), "/usr/lib/ccache/cc");
  EXPECT_EQ(program_behind("ld", "/usr/bin/x86_64-linux-gnu-ld.bfd"), "ld");
  EXPECT_EQ(program_behind("cc", ""), "cc");
}

class KnownPrograms : public testing::TestWithParam<Spelled> {};

TEST_P(KnownPrograms, AreKnownByTheirPath) {
  const auto known = known_program(GetParam().path);
  EXPECT_EQ(known ? to_text(known->kind) : "", GetParam().kind);
  EXPECT_EQ(known ? known->name : "", GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(Rust, KnownPrograms,
                         testing::Values(Spelled{"rustc", "rustc", "rustc"},
                                         Spelled{"/home/a/.cargo/bin/clippy-driver", "rustc", "clippy-driver"},
                                         Spelled{"/usr/bin/rustc-1.75", "rustc", "rustc"},
                                         Spelled{"rustdoc", "rustc", "rustdoc"}, Spelled{"cargo", "", ""},
                                         Spelled{"rustc-wrapper", "", ""}, Spelled{"rustc-", "", ""}));

INSTANTIATE_TEST_SUITE_P(
    Linkers, KnownPrograms,
    testing::Values(Spelled{"/usr/bin/ld", "link", "ld"}, Spelled{"x86_64-linux-gnu-ld.bfd", "link", "ld.bfd"},
                    Spelled{"aarch64-linux-gnu-ld", "link", "ld"}, Spelled{"arm-none-eabi-ld", "link", "ld"},
                    Spelled{"x86_64-w64-mingw32-ld", "link", "ld"},
                    Spelled{"x86_64-linux-gnu-ld.gold", "link", "ld.gold"}, Spelled{"ld.lld-15", "link", "ld.lld"},
                    Spelled{"lld-15", "link", "lld"}, Spelled{"rust-lld", "link", "rust-lld"},
                    Spelled{"/r/gcc-ld/ld.lld", "link", "ld.lld"}, Spelled{"ld64.lld", "link", "ld64.lld"},
                    Spelled{"wasm-ld-14", "link", "wasm-ld"}, Spelled{"mold", "link", "mold"},
                    Spelled{"ld.mold", "link", "ld.mold"}, Spelled{"sold", "link", "sold"},
                    Spelled{"wild", "link", "wild"}, Spelled{"nvlink", "link", "nvlink"},
                    Spelled{"lld-link-15", "link", "lld-link"}));

INSTANTIATE_TEST_SUITE_P(NoLinkers, KnownPrograms,
                         testing::Values(Spelled{"my-ld", "", ""}, Spelled{"-ld", "", ""}, Spelled{"a--ld", "", ""},
                                         Spelled{"ldd", "", ""}, Spelled{"ldconfig", "", ""}, Spelled{"build", "", ""},
                                         Spelled{"world", "", ""}, Spelled{"ld.so", "", ""},
                                         Spelled{"collect2", "", ""}, Spelled{"ld-linux-x86-64.so.2", "", ""},
                                         Spelled{"x86_64-linux-gnu-ld.x", "", ""}, Spelled{"/usr/bin/ld/", "", ""},
                                         Spelled{"", "", ""}, Spelled{"-14", "", ""}));

INSTANTIATE_TEST_SUITE_P(
    Compilers, KnownPrograms,
    testing::Values(Spelled{"/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "cc", "cc1plus"}, Spelled{"cc1", "cc", "cc1"},
                    Spelled{"cc1obj", "cc", "cc1obj"}, Spelled{"cc1objplus", "cc", "cc1objplus"},
                    Spelled{"f951", "cc", "f951"}, Spelled{"gnat1", "cc", "gnat1"}, Spelled{"d21", "cc", "d21"},
                    Spelled{"go1", "cc", "go1"}, Spelled{"lto1", "cc", "lto1"}, Spelled{"clang", "cc", "clang"},
                    Spelled{"clang-14", "cc", "clang"}, Spelled{"/usr/bin/clang++-14", "cc", "clang++"},
                    Spelled{"clang++", "cc", "clang++"}, Spelled{"clang-cl-15", "cc", "clang-cl"},
                    Spelled{"x86_64-pc-linux-gnu-clang++-17", "cc", "clang++"},
                    Spelled{"clang-tidy-14", "cc", "clang-tidy"}, Spelled{"flang-new", "cc", "flang-new"},
                    Spelled{"swift-frontend", "cc", "swift-frontend"}, Spelled{"cicc", "cc", "cicc"},
                    Spelled{"ptxas", "cc", "ptxas"}, Spelled{"cudafe++", "cc", "cudafe++"},
                    Spelled{"/usr/lib/jvm/java-17-openjdk-amd64/bin/javac", "cc", "javac"},
                    Spelled{"/usr/lib/ghc/bin/ghc-9.4.7", "cc", "ghc"}));

INSTANTIATE_TEST_SUITE_P(NoCompilers, KnownPrograms,
                         testing::Values(Spelled{"gcc-12", "", ""}, Spelled{"cc", "", ""}, Spelled{"g++", "", ""},
                                         Spelled{"c++", "", ""}, Spelled{"as", "", ""}, Spelled{"lto-dump", "", ""},
                                         Spelled{"lto-wrapper", "", ""}, Spelled{"clang-format-14", "", ""},
                                         Spelled{"clangd", "", ""}, Spelled{"my-clang", "", ""},
                                         Spelled{"ghc-pkg", "", ""}, Spelled{"kotlinc", "", ""},
                                         Spelled{"nvcc", "", ""}, Spelled{"cc1-", "", ""},
                                         Spelled{"aarch64-linux-android21-clang", "", ""}));

INSTANTIATE_TEST_SUITE_P(Go, KnownPrograms,
                         testing::Values(Spelled{"/usr/local/go/pkg/tool/linux_amd64/compile", "cc", "go compile"},
                                         Spelled{"pkg/tool/linux_arm64/link", "link", "go link"},
                                         Spelled{"/usr/local/go/pkg/tool/linux_amd64/asm", "", ""},
                                         Spelled{"/usr/bin/link", "", ""}, Spelled{"compile", "", ""},
                                         Spelled{"/x/tool/linux_amd64/compile", "", ""},
                                         Spelled{"/x/pkg/tool/bin/compile", "", ""}));

INSTANTIATE_TEST_SUITE_P(Tests, KnownPrograms,
                         testing::Values(Spelled{"/t/target/debug/deps/app-0123456789abcdef", "test", "test"},
                                         Spelled{"deps/app-0123456789abcdef", "test", "test"},
                                         Spelled{"/t/release/examples/demo-0123456789abcdef", "test", "test"},
                                         Spelled{"/tmp/rustdoctestXgcBr2/rust_out", "test", "doctest"},
                                         Spelled{"/t/target/debug/deps/app-0123456789ABCDEF", "", ""},
                                         Spelled{"/t/target/debug/deps/app-0123456789abcde", "", ""},
                                         Spelled{"/t/target/debug/deps/app-0123456789abcdef.exe", "", ""},
                                         Spelled{"/t/target/debug/deps/-0123456789abcdef", "", ""},
                                         Spelled{"/t/target/debug/deps/app", "", ""},
                                         Spelled{"/t/my-deps/app-0123456789abcdef", "", ""},
                                         Spelled{"app-0123456789abcdef", "", ""}));

TEST(ListedPrograms, HaveThoseThatAreKnownByTheirFolder) {
  using testing::Contains;
  EXPECT_THAT(listed_programs(Kind::link), Contains("pkg/tool/*/link"));
  EXPECT_THAT(listed_programs(Kind::cc), Contains("pkg/tool/*/compile"));
  EXPECT_THAT(listed_programs(Kind::test), Contains("deps/*-HASH"));
}

TEST(ListedPrograms, AreKnownAsWhatTheyAreListedFor) {
  for (const Kind kind : {Kind::rustc, Kind::link, Kind::cc, Kind::test}) {
    for (std::string name : listed_programs(kind)) {
      if (name.ends_with("HASH")) name.replace(name.size() - 4, 4, "0123456789abcdef");
      if (name.starts_with("pkg")) name.replace(name.find('*'), 1, "linux_amd64");
      const auto known = known_program(name);
      ASSERT_TRUE(known) << name;
      EXPECT_EQ(known->kind, kind) << name;
    }
  }
}

}  // namespace
}  // namespace memguard::job
