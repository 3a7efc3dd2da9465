#include "job/clang.h"

#include <ostream>

#include <gtest/gtest.h>

namespace memguard::job {
namespace {

// As strace shows them for clang 14: who compiles in its own process, and who forks.
struct Call {
  std::string_view line;
  bool compiles;
};
void PrintTo(const Call& call, std::ostream* out) { *out << call.line; }

class Clang : public testing::TestWithParam<Call> {};

TEST_P(Clang, CompilesItself) {
  const Strings arguments = split_response(GetParam().line);
  EXPECT_EQ(clang_compiles(arguments.front(), arguments), GetParam().compiles);
}

INSTANTIATE_TEST_SUITE_P(
    OneThingToDo, Clang,
    testing::Values(Call{"clang++ -c a.cc", true}, Call{"clang++ -std=c++17 -O1 -g -c -o a.o a.cc", true},
                    Call{"clang -MD -MT a.o -MF a.o.d -o a.o -c /w/a.c", true}, Call{"clang -S a.c -o a.s", true},
                    Call{"clang -v -c a.c", true}, Call{"clang -fsyntax-only a.c", true},
                    Call{"clang -c -emit-llvm a.c", true}, Call{"clang -c a.s", true}, Call{"clang -flto -c a.c", true},
                    Call{"clang -x c++ -c weird.name", true}, Call{"clang -x c++-header a.h -o a.pch", true},
                    Call{"clang++ a.hpp", true}, Call{"clang -c @arguments", true}, Call{"clang -c a.c b.o", true},
                    Call{"clang -c a.c -include b.c", true}, Call{"clang -Xclang -load -Xclang x.c -c a.c", true},
                    Call{"clang++ --precompile a.cppm -o a.pcm", true}, Call{"clang-cl /c a.cc /Foa.obj", true},
                    Call{"clang --driver-mode=cl /c a.cc", true}));

INSTANTIATE_TEST_SUITE_P(Frontends, Clang,
                         testing::Values(Call{"clang -cc1 -emit-obj -main-file-name a.cc -x c++ a.cc", true},
                                         Call{"clang -cc1as -filetype obj -o a.o a.s", true},
                                         Call{"clang -cc1 -E a.c", false}, Call{"clang -cc1 --version", false}));

INSTANTIATE_TEST_SUITE_P(Forks, Clang,
                         testing::Values(Call{"clang++ -c a.cc b.cc", false}, Call{"clang++ a.cc -o a", false},
                                         Call{"clang++ -c a.cc -save-temps", false},
                                         Call{"clang -save-temps=obj -c a.c", false},
                                         Call{"clang -c a.c -no-integrated-as", false},
                                         Call{"clang -fno-integrated-as -c a.c", false},
                                         Call{"clang -fno-integrated-cc1 -c a.c", false}));

INSTANTIATE_TEST_SUITE_P(NoWork, Clang,
                         testing::Values(Call{"clang a.o b.o -o a", false},
                                         Call{"clang -shared -o a.so @objects", false}, Call{"clang", false},
                                         Call{"clang --version", false}, Call{"clang -v", false},
                                         Call{"clang -E a.c", false}, Call{"clang -E -c a.c", false},
                                         Call{"clang -M a.c", false}, Call{"clang -### -c a.c", false},
                                         Call{"clang -print-search-dirs", false}, Call{"clang -c", false},
                                         Call{"clang -x c -c -", false}, Call{"clang -x c /dev/null -dM -E", false},
                                         Call{"clang-cl /P a.cc", false}, Call{"clang-cl /c a.cc b.cc", false},
                                         Call{"clang /c a.cc", false}));

TEST(ClangDriver, IsCalledSo) {
  EXPECT_TRUE(is_clang_driver("clang++"));
  EXPECT_FALSE(is_clang_driver("cc1plus"));
  EXPECT_FALSE(clang_compiles("clang", {}));
}

TEST(ClangDriver, KnowsASourceByEverySuffix) {
  for (const char* source : {"a.CC", "a.CXX", "a.C++", "m.pcm", "m.c++m", "k.cl", "k.hip", "s.sx", "f.F08", "t.ast"}) {
    EXPECT_TRUE(clang_compiles("clang", {"clang", "-c", source})) << source;
    EXPECT_FALSE(clang_links("clang", {"clang", source, "-o", "a"})) << source;
  }
  for (const char* header : {"a.hp", "a.HPP", "a.tcc"})
    EXPECT_TRUE(clang_compiles("clang", {"clang", header})) << header;
}

TEST(ClangLinks, WithObjectsOrLibrariesAndNothingToCompile) {
  const auto links = [](std::string_view line) {
    const Strings arguments = split_response(line);
    return clang_links(arguments.front(), arguments);
  };
  for (const char* line : {"clang++ a.o b.o -o a", "clang -shared -o a.so a.o", "clang++ -fuse-ld=lld liba.a",
                           "clang -g -O2 -o a a.o -lm"})
    EXPECT_TRUE(links(line)) << line;
  for (const char* line : {"clang", "clang -v", "clang --version", "clang++ -c a.o", "clang++ a.cc b.o -o a",
                           "clang -E a.o", "clang -o a", "clang -x c -", "clang -shared -o a.so @objects",
                           "clang -cc1 a.o", "clang -### a.o", "clang-cl a.obj", "g++ a.o -o a", "ld.bfd a.o -o a"})
    EXPECT_FALSE(links(line)) << line;
}

}  // namespace
}  // namespace memguard::job
