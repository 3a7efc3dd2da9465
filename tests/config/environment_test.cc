// The real surroundings: files of this machine, in a folder made for the test.
#include "config/environment.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "temporary_folder.h"

namespace memguard::config {
namespace {

using testing::HasSubstr;

class EnvironmentTest : public testing::Test {
 protected:
  [[nodiscard]] std::string in(const std::string& name) const { return folder_.in(name); }
  static void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

  TemporaryFolder folder_;
  Environment environment_ = system_environment();
};

TEST_F(EnvironmentTest, variables_and_working_directory_are_those_of_the_process) {
  ASSERT_EQ(::setenv("MEMGUARD_RUN", "a=b", 1), 0);
  const auto environment = system_environment();
  EXPECT_EQ(environment.variables.at("MEMGUARD_RUN"), "a=b");
  EXPECT_EQ(environment.working_directory, std::filesystem::current_path());
  ::unsetenv("MEMGUARD_RUN");
}

TEST_F(EnvironmentTest, a_file_is_read_whole) {
  put(in("a"), std::string(100'000, 'x'));
  EXPECT_EQ(environment_.read_file(in("a")).value(), std::string(100'000, 'x'));
}

TEST_F(EnvironmentTest, what_is_not_there_is_absent_also_below_a_file) {
  EXPECT_EQ(environment_.read_file(in("a")).error().code, ENOENT);
  EXPECT_EQ(environment_.read_file("/dev/null/.config/memguard/config.json").error().code, ENOENT);
}

TEST_F(EnvironmentTest, a_folder_or_a_fifo_is_refused_without_waiting) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  EXPECT_THAT(environment_.read_owned_file(in("fifo")).error().text(), HasSubstr("not a regular file"));
  EXPECT_THAT(environment_.read_file(in("fifo")).error().text(), HasSubstr("not a regular file"));
  EXPECT_THAT(environment_.read_file(folder_.path()).error().text(), HasSubstr("not a regular file"));
}

TEST_F(EnvironmentTest, a_file_without_end_is_refused) {
  put(in("big"), std::string((1U << 20U) + 1, ' '));
  EXPECT_EQ(environment_.read_file(in("big")).error().code, EFBIG);
}

TEST_F(EnvironmentTest, our_own_file_is_not_foreign) {
  put(in("a"), "{}");
  EXPECT_FALSE(environment_.foreign(in("a")));
  EXPECT_FALSE(environment_.foreign(in("gone")));
  EXPECT_FALSE(environment_.foreign("/etc/passwd"));
}

// As git's safe.directory: not even the owner of the folder we stand in decides what we do.
TEST_F(EnvironmentTest, a_strangers_file_is_foreign_also_to_root_in_his_own_folder) {
  std::filesystem::create_directory(in("his"));
  put(in("his/a"), "{}");
  if (::chown(in("his/a").c_str(), 12345, 12345) != 0)
    GTEST_SKIP() << "SKIP: needs the right to give files away (root)";
  ASSERT_EQ(::chown(in("his").c_str(), 12345, 12345), 0);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(in("his"));
  EXPECT_TRUE(system_environment().foreign(in("his/a")));
  EXPECT_TRUE(system_environment().read_owned_file(in("his/a")).value().foreign);
  EXPECT_EQ(system_environment().read_owned_file(in("his/a")).value().text, "");
  std::filesystem::current_path(before);
}

TEST_F(EnvironmentTest, a_strangers_link_to_our_file_is_foreign) {
  put(in("ours"), "{}");
  std::filesystem::create_symlink(in("ours"), in("link"));
  EXPECT_FALSE(environment_.foreign(in("link")));
  if (::lchown(in("link").c_str(), 12345, 12345) != 0)
    GTEST_SKIP() << "SKIP: needs the right to give files away (root)";
  EXPECT_TRUE(environment_.foreign(in("link")));
  EXPECT_TRUE(environment_.read_owned_file(in("link")).value().foreign);
}

TEST_F(EnvironmentTest, behind_sudo_the_callers_file_is_not_foreign) {
  put(in("a"), "{}");
  if (::chown(in("a").c_str(), 12345, 12345) != 0) GTEST_SKIP() << "SKIP: needs the right to give files away (root)";
  ASSERT_EQ(::setenv("SUDO_UID", "12345", 1), 0);
  const bool caller = system_environment().foreign(in("a"));
  ASSERT_EQ(::setenv("SUDO_UID", "12346", 1), 0);
  const bool other = system_environment().foreign(in("a"));
  ::unsetenv("SUDO_UID");
  EXPECT_FALSE(caller);
  EXPECT_TRUE(other);
}

TEST_F(EnvironmentTest, rights_tell_hidden_from_unreadable) {
  std::filesystem::create_directory(in("closed"));
  put(in("closed/a"), "{}");
  put(in("secret"), "{}");
  ASSERT_EQ(::chmod(in("closed").c_str(), 0), 0);
  ASSERT_EQ(::chmod(in("secret").c_str(), 0), 0);
  // Root reads everything, so as root become somebody else for a while.
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  const uid_t before = ::geteuid();
  ASSERT_TRUE(before != 0 || ::seteuid(12345) == 0);
  const int hidden = environment_.read_file(in("closed/a")).error().code;
  const int unreadable = environment_.read_file(in("secret")).error().code;
  ASSERT_TRUE(before != 0 || ::seteuid(0) == 0);
  ASSERT_EQ(::chmod(in("closed").c_str(), 0700), 0);
  EXPECT_EQ(hidden, ENOENT);
  EXPECT_EQ(unreadable, EACCES);
}

TEST_F(EnvironmentTest, a_removed_working_directory_leaves_no_project_file) {
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directory(in("gone"));
  std::filesystem::current_path(in("gone"));
  std::filesystem::remove(in("gone"));
  EXPECT_EQ(system_environment().working_directory, "");
  std::filesystem::current_path(before);
}

TEST_F(EnvironmentTest, a_project_is_configured_from_its_sub_folders) {
  std::filesystem::create_directories(in("project/crate/src"));
  put(in("project/memguard.json"), R"({"memory": "3GiB"})");
  auto environment = environment_;
  environment.variables = {{"HOME", in("home")}};
  environment.working_directory = in("project/crate/src");
  const auto config = load(environment);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->memory.value, parse_size("3GiB").value());
}

}  // namespace
}  // namespace memguard::config
