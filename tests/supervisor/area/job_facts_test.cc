// What shared memory keeps of a job's description.
#include "supervisor/area/job_facts.h"

#include <string>

#include <gtest/gtest.h>

#include "config/config.h"

namespace memguard::supervisor {
namespace {

using namespace units;

job::Unit unit_of(const std::string& name) {
  return {.job_class = "rustc",
          .name = name,
          .version = "1.10.2",
          .kind = "lib",
          .profile = "opt-level=3 lto=fat",
          .target = "aarch64-unknown-linux-gnu",
          .compiler = "nightly"};
}

job::Description description(const std::string& name) {
  return {.works = true,
          .crate = name,
          .package = "pkg",
          .output = "lib",
          .will_link = true,
          .of_build_script = true,
          .unit = unit_of(name)};
}

job::Unit link_called(const std::string& name) {
  job::Unit unit;
  unit.job_class = "link";
  unit.name = name;
  return unit;
}

JobFacts facts_of(const job::Description& job, const job::Inputs& inputs = {}) {
  JobFacts facts{};
  facts.set(config::kRustc, "rustc", job, inputs);
  return facts;
}

// Cut: the text fills its place but for the byte that ends it.
template <std::size_t N>
bool ends_within(const FixedText<N>& text) {
  return text.view().size() == N - 1 && text.bytes.back() == '\0';
}

TEST(FactsOfAJob, AreThoseOfItsDescription) {
  const JobFacts facts = facts_of(description("regex"));
  EXPECT_EQ(facts.job_class, config::kRustc);
  EXPECT_EQ(facts.program.view(), "rustc");
  EXPECT_EQ(facts.package.view(), "pkg");
  EXPECT_EQ(facts.crate.view(), "regex");
  EXPECT_EQ(facts.output.view(), "lib");
  EXPECT_TRUE(facts.will_link);
  EXPECT_TRUE(facts.of_build_script);
}

TEST(FactsOfAJob, GiveTheUnitBack) { EXPECT_EQ(facts_of(description("regex")).unit("rustc"), unit_of("regex")); }

TEST(FactsOfAJob, GiveTheInputsBack) {
  const job::Inputs inputs{.objects = 700_MiB, .sources = 3_KiB};
  EXPECT_EQ(facts_of({}, inputs).inputs(), inputs);
}

TEST(FactsOfAJob, KeepNothingOfTheJobBefore) {
  JobFacts facts = facts_of(description("regex"), {1_MiB, 1_MiB});
  facts.set(config::kLink, "ld", {}, {});
  EXPECT_EQ(facts.unit("link"), link_called(""));
  EXPECT_EQ(facts.inputs(), job::Inputs{});
  EXPECT_EQ(facts.package.view(), "");
  EXPECT_EQ(facts.crate.view(), "");
  EXPECT_EQ(facts.output.view(), "");
  EXPECT_FALSE(facts.will_link);
  EXPECT_FALSE(facts.of_build_script);
}

TEST(FactsOfAJob, CutWhatIsTooLong) {
  const std::string long_text(1000, 'x');
  job::Description job = description(long_text);
  job.package = job.output = job.unit.version = job.unit.kind = job.unit.profile = long_text;
  job.unit.target = job.unit.compiler = long_text;
  JobFacts facts{};
  facts.set(config::kRustc, long_text, job, {});
  EXPECT_TRUE(ends_within(facts.program));
  EXPECT_TRUE(ends_within(facts.package));
  EXPECT_TRUE(ends_within(facts.crate));
  EXPECT_TRUE(ends_within(facts.output));
  EXPECT_TRUE(ends_within(facts.name));
  EXPECT_TRUE(ends_within(facts.version));
  EXPECT_TRUE(ends_within(facts.kind));
  EXPECT_TRUE(ends_within(facts.profile));
  EXPECT_TRUE(ends_within(facts.target));
  EXPECT_TRUE(ends_within(facts.compiler));
}

// History finds a job by its unit, which is made of the text as it was cut.
TEST(FactsOfAJob, OfOneLongNameAreOneUnit) {
  const std::string name(200, 'x');
  EXPECT_EQ(facts_of(description(name)).unit("rustc"), facts_of(description(name + "y")).unit("rustc"));
}

TEST(FactsOfAJob, EndWithAZeroByteInTheirText) {
  const JobFacts facts = facts_of(description(std::string("a\0b", 3)));
  EXPECT_EQ(facts.crate.view(), "a");
}

// What makes a link another unit is how it was compiled; what it is called is its own.
TEST(FactsOfALink, AreThoseOfItsRustcWhereThatSaysHowItWasCompiled) {
  JobFacts link{};
  job::Description job;
  job.output = "app";
  job.unit = link_called("app");
  link.set(config::kLink, "ld", job, {});
  link.inherit(facts_of(description("regex")));
  job::Unit expected = unit_of("app");
  expected.job_class = "link";
  expected.version = "";
  EXPECT_EQ(link.unit("link"), expected);
  EXPECT_EQ(link.job_class, config::kLink);
  EXPECT_EQ(link.program.view(), "ld");
  EXPECT_EQ(link.output.view(), "app");
  EXPECT_FALSE(link.will_link);
}

}  // namespace
}  // namespace memguard::supervisor
