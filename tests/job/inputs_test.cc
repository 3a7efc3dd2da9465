// measure_inputs, asked about files as this very process sees them.
#include "job/inputs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <limits>

#include <fmt/format.h>

#include "base/unique_fd.h"
#include "temporary_folder.h"

namespace memguard::job {
namespace {

class InputFiles : public testing::Test {
 protected:
  std::string make(const std::string& name, std::size_t size) { return write(name, std::string(size, 'x')); }
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }
  static std::string member(const std::string& name, std::size_t size) {
    return fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", name, 0, 0, 0, 644, size) + std::string(size, 'm') +
           (size % 2 == 1 ? "\n" : "");
  }
  static Bytes objects_in(const std::string& path) {
    return archive_objects(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)).get());
  }
  static Inputs measure(std::string_view job_class, const std::vector<std::string>& arguments) {
    return measure_inputs(::getpid(), job_class, arguments);
  }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

TEST_F(InputFiles, OfALinkAreItsObjectsAndArchives) {
  const auto seen = measure("link", {"ld", "-o", make("app", 500), make("a.o", 100), make("b.rlib", 50),
                                     make("lib.so", 7000), "-lc", "not-there.o"});
  EXPECT_EQ(seen, (Inputs{Bytes{150}, {}}));
}

TEST_F(InputFiles, ASparseFileCountsATebibyteAtMost) {
  for (const char* name : {"src/lib.rs", "b.o", "c.o"}) {
    const auto path = make(name, 1);
    if (::truncate(path.c_str(), off_t{1} << 43U) != 0) GTEST_SKIP() << "no file of 8 TiB here";
  }
  const Bytes tebibyte{std::int64_t{1} << 40U};
  EXPECT_EQ(measure("link", {"ld", folder_ / "b.o", folder_ / "c.o"}).objects, tebibyte + tebibyte);
  EXPECT_EQ(measure("cc", {"cc1", folder_ / "src/lib.rs"}).sources, Bytes{});
  EXPECT_EQ(measure("rustc", {"rustc", folder_ / "src/lib.rs", "--extern", "b=" + (folder_ / "b.o").string()}),
            (Inputs{tebibyte, tebibyte}));
}

TEST_F(InputFiles, AnArchiveOf8EiBIsNoOverflow) {
  const UniqueFd archive(::memfd_create("archive", MFD_CLOEXEC));
  const std::string head = "!<arch>\n" + member("/", 10);
  ASSERT_EQ(::write(archive.get(), head.data(), head.size()), static_cast<ssize_t>(head.size()));
  ASSERT_EQ(::ftruncate(archive.get(), std::numeric_limits<off_t>::max()), 0);
  EXPECT_EQ(archive_objects(archive.get()), Bytes{std::int64_t{1} << 40U});
  const std::string huge = fmt::format("!<arch>\n{:<48}{:<10}`\n", "/", "9223372036");
  ASSERT_EQ(::pwrite(archive.get(), huge.data(), huge.size(), 0), static_cast<ssize_t>(huge.size()));
  EXPECT_EQ(archive_objects(archive.get()), Bytes{std::int64_t{1} << 40U});
}

TEST_F(InputFiles, OfALinkAreAlsoThoseOfAResponseFile) {
  const auto response = write("args", fmt::format("'{}' {}", make("a b.o", 30), make("c.o", 4)));
  EXPECT_EQ(measure("link", {"ld", "@" + response}).objects, Bytes{34});
}

TEST_F(InputFiles, OfAStaticLinkAreAlsoTheLibrariesThatAreFound) {
  make("first/libfound.a", 300);
  make("second/libfound.a", 4000);
  make("second/libother.a", 50);
  make("second/libshared.a", 60000);
  const std::string first = "-L" + (folder_ / "first").string();
  const std::string second = "-L" + (folder_ / "second").string();
  // Twice in a group, and a folder after it.
  EXPECT_EQ(measure("link", {"ld", "-static", first, "-lfound", "-lother", "-lfound", second, "-lnot-there"}).objects,
            Bytes{350});
  EXPECT_EQ(measure("link", {"ld", second, "-Bstatic", "-lother", "-Bdynamic", "-lshared"}).objects, Bytes{50});
  EXPECT_EQ(measure("link", {"ld", second, "-lother", "-lshared"}).objects, Bytes{});
}

TEST_F(InputFiles, AResponseFileThatNamesItselfEnds) {
  const auto response = write("args", fmt::format("@{} {}", (folder_ / "args").string(), make("c.o", 4)));
  EXPECT_EQ(measure("link", {"ld", "@" + response}).objects, Bytes{4});
}

// Who writes into it waits for the linker, and must not take us for it.
TEST_F(InputFiles, AFifoThatIsAnInputIsNotOpened) {
  const std::vector<std::string> names{"args", "a.a", "a.rlib", "a.o", "libx.a", "importcfg", "main.rs"};
  for (const auto& name : names) ASSERT_EQ(::mkfifo((folder_ / name).c_str(), 0600), 0);
  const UniqueFd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(::inotify_add_watch(watch.get(), folder_.c_str(), IN_OPEN), 0);
  const auto in = [&](const std::string& name) { return (folder_ / name).string(); };
  EXPECT_EQ(measure("link", {"ld", "@" + in("args"), in("a.a"), in("a.rlib"), in("a.o"), "-static",
                             "-L" + folder_.string(), "-lx", "-importcfg", in("importcfg")}),
            Inputs{});
  EXPECT_EQ(measure("rustc", {"rustc", in("main.rs"), "--extern", "a=" + in("a.rlib")}), Inputs{});
  EXPECT_EQ(measure("cc", {"compile", in("main.rs")}), Inputs{});
  std::array<char, 4096> events{};
  EXPECT_LT(::read(watch.get(), events.data(), events.size()), 0) << "one was opened";
  static_cast<void>(objects_in(make("there", 1)));
  EXPECT_GT(::read(watch.get(), events.data(), events.size()), 0) << "the watch sees nothing";
}

TEST_F(InputFiles, ResponseFilesAreReadUpToFourMegabytesInAll) {
  // 4 KiB of it are words, so that this is no matter of time.
  const std::string words = fmt::format("{} {}", make("a.o", 1), std::string(1'000'000, ' '));
  std::vector<std::string> arguments{"ld"};
  for (int i = 0; i < 500; ++i) arguments.push_back("@" + write("args", words));
  const auto seen = measure("link", arguments).objects;
  EXPECT_GT(seen, Bytes{});
  EXPECT_LE(seen, Bytes{4});
}

TEST_F(InputFiles, WhatHasNoSizeIsNoResponseFile) {
  EXPECT_EQ(measure("link", {"ld", "@/proc/self/mem", "@/proc/kmsg", "@/dev/zero", make("a.o", 5)}).objects, Bytes{5});
}

TEST_F(InputFiles, OfARustcAreExternsAndTheSourceFolder) {
  make("src/net/tcp.rs", 20);
  make("src/data.bin", 999);
  const auto root = make("src/lib.rs", 10);
  const auto seen = measure("rustc", {"rustc", root, "--extern", "kit=" + make("libkit.rmeta", 77), "--extern=alloc"});
  EXPECT_EQ(seen, (Inputs{Bytes{77}, Bytes{30}}));
}

TEST_F(InputFiles, ARootOutsideASourceFolderStandsAlone) {
  make("other.rs", 999);
  EXPECT_EQ(measure("rustc", {"rustc", make("build.rs", 10)}).sources, Bytes{10});
}

TEST_F(InputFiles, OfACompilerIsTheSource) {
  EXPECT_EQ(measure("cc", {"cc1plus", "-O2", make("a.cc", 42), "-o", make("a.s", 7)}).sources, Bytes{42});
}

TEST_F(InputFiles, OfACompilerThatIsGivenAPackageAreAllSources) {
  EXPECT_EQ(measure("cc", {"compile", "-p", "x", "-o", "x.a", make("a.go", 42), make("b.go", 8)}).sources, Bytes{50});
}

TEST_F(InputFiles, OfGosLinkArePackages) {
  const auto packages = write("importcfg.link", fmt::format("packagefile a={}\npackagefile b/c={}\nmodinfo \"x\"\n",
                                                            make("a-d", 30), make("c-d", 4)));
  EXPECT_EQ(measure("link", {"link", "-o", "a.out", "-importcfg", packages, make("main.a", 6)}).objects, Bytes{40});
  EXPECT_EQ(measure("link", {"link", "-importcfg"}).objects, Bytes{});
}

TEST_F(InputFiles, OfATestNobodyKnows) {
  EXPECT_EQ(measure("test", {make("app-0123456789abcdef", 100), make("a.c", 7)}), Inputs{});
}

TEST_F(InputFiles, WhatHasEndedReadsNothing) {
  EXPECT_EQ(measure_inputs(0, "link", {"ld", make("a.o", 100)}), Inputs{});
}

TEST_F(InputFiles, AnArchiveCountsWithoutTheMetadata) {
  const std::string objects = member("/", 101) + member("//", 20) + member("lib.rmeta/", 400) + member("/0", 64);
  const auto path = write("a.rlib", "!<arch>\n" + objects);
  EXPECT_EQ(objects_in(path), Bytes{static_cast<std::int64_t>(8 + objects.size() - 400)});
}

TEST_F(InputFiles, AnArchiveOfObjectsCountsWhole) {
  const std::string text = "!<arch>\n" + member("a.o/", 100) + member("b.o/", 100);
  EXPECT_EQ(objects_in(write("b.a", text)), Bytes{static_cast<std::int64_t>(text.size())});
}

TEST_F(InputFiles, AnArchiveThatIsNoneOrIsCutCountsWhole) {
  EXPECT_EQ(objects_in(make("c.a", 300)), Bytes{300});
  EXPECT_EQ(objects_in(write("d.a", "!<arch>\n")), Bytes{8});
  std::string lying = "!<arch>\n" + member("a.o/", 10);
  lying.replace(8 + 48, 10, "9999999999");
  EXPECT_EQ(objects_in(write("e.a", lying)), Bytes{static_cast<std::int64_t>(lying.size())});
}

}  // namespace
}  // namespace memguard::job
