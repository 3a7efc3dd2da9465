// Which class a program is of, with what layers add.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "job/programs.h"
#include "loaded.h"

namespace memguard::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

std::vector<std::string> programs_of(const JobClass& job_class) {
  std::vector<std::string> names;
  for (const auto& program : job_class.programs) names.push_back(program.value);
  return names;
}

TEST(ClassesTest, the_built_in_classes_know_compilers_and_linkers) {
  const Config config = loaded({});
  ASSERT_EQ(config.classes.size(), 5U);
  EXPECT_EQ(config.classes[0].name, "rustc");
  EXPECT_EQ(config.classes[1].name, "link");
  EXPECT_EQ(config.classes[2].name, "cc");
  EXPECT_EQ(config.classes[3].name, "test");
  EXPECT_EQ(config.classes[4].name, "other");
  EXPECT_EQ(class_of(config, "rustdoc"), 0U);
  EXPECT_EQ(class_of(config, "rust-lld"), 1U);
  EXPECT_EQ(class_of(config, "cc1plus"), 2U);
  EXPECT_EQ(class_of(config, "/usr/bin/clang++-14"), 2U);
  EXPECT_EQ(class_of(config, "/usr/bin/aarch64-linux-gnu-ld"), 1U);
  EXPECT_EQ(class_of(config, "/t/debug/deps/app-0123456789abcdef"), 3U);
  EXPECT_EQ(class_of(config, "cargo"), std::nullopt);
  EXPECT_EQ(class_of(config, "/usr/bin/"), std::nullopt);
  EXPECT_EQ(class_of(config, ""), std::nullopt);
}

TEST(ClassesTest, layers_add_programs_and_classes) {
  const FakeFiles files{{{kSystem, R"({"classes": {"link": ["my-ld"]}})"},
                         {kUser, R"({"classes": {"proto": ["protoc"], "link": ["other-ld"]}})"}},
                        {},
                        {}};
  const Config config = loaded(files);
  ASSERT_EQ(config.classes.size(), 6U);
  EXPECT_EQ(config.classes[5].name, "proto");
  EXPECT_EQ(class_of(config, "protoc"), 5U);
  EXPECT_EQ(class_of(config, "my-ld"), 1U);
  EXPECT_EQ(class_of(config, "other-ld"), 1U);
  EXPECT_EQ(class_of(config, "mold"), 1U);
  EXPECT_EQ(config.classes[5].programs[0].origin, "~/.config/memguard/config.json");
}

TEST(ClassesTest, a_program_named_again_moves_to_the_later_class) {
  const FakeFiles files{{{kUser, R"({"classes": {"lto": ["lto1"]}})"}}, {}, {}};
  const Config config = loaded(files);
  EXPECT_THAT(programs_of(config.classes[2]), AllOf(Contains("cc1plus"), Not(Contains("lto1"))));
  EXPECT_EQ(class_of(config, "lto1"), 5U);
}

TEST(ClassesTest, a_name_wins_over_patterns_and_those_over_what_is_built_in) {
  const FakeFiles files{
      {{kUser, R"({"classes": {"gen": ["gen-*"], "big": ["gen-large*", "*-14"], "one": ["gen-large-1"],
                                                "link": ["my-ld"], "other": ["node"]}})"}},
      {},
      {}};
  const Config config = loaded(files);
  const auto name_of = [&](std::string_view path) {
    const auto found = class_of(config, path);
    return found ? config.classes[*found].name : "none";
  };
  EXPECT_EQ(name_of("/w/bin/gen-small"), "gen");
  EXPECT_EQ(name_of("/w/bin/gen-large-2"), "big") << "the pattern with more characters";
  EXPECT_EQ(name_of("gen-large-1"), "one");
  EXPECT_EQ(name_of("/usr/bin/clang-14"), "big");
  EXPECT_EQ(name_of("/usr/bin/clang-15"), "cc");
  EXPECT_EQ(name_of("/usr/bin/my-ld"), "link");
  EXPECT_EQ(name_of("/usr/bin/node"), "other");
  EXPECT_EQ(name_of("/w/gen-x/tool"), "none") << "the last part of the path is what counts";
}

TEST(ClassesTest, a_pattern_named_again_moves_to_the_later_class) {
  const FakeFiles files{
      {{kSystem, R"({"classes": {"a": ["gen-*"]}})"}, {kUser, R"({"classes": {"b": ["gen-*"]}})"}}, {}, {}};
  const Config config = loaded(files);
  EXPECT_EQ(config.classes.at(class_of(config, "gen-x").value()).name, "b");
}

TEST(ClassesTest, the_built_in_ones_have_the_order_of_what_is_known) {
  const auto classes = Config::built_in_classes();
  for (std::size_t i = 0; i < job::kBuiltInKinds; ++i) EXPECT_EQ(classes.at(i).name, job::to_text(job::Kind(i)));
  EXPECT_EQ(classes.back().name, "other");
  EXPECT_TRUE(classes.back().programs.empty());
}

}  // namespace
}  // namespace memguard::config
