#include "supervisor/intake/job_rules.h"

#include <algorithm>

#include "config/pattern.h"

namespace memguard::supervisor {
namespace {

constexpr policy::GroupId kAllLinks{0};
constexpr policy::GroupId kAllTests{1};

// Of the links and of the tests that rule `i` speaks of.
policy::GroupId group_of_links(std::size_t i) { return policy::GroupId(2 * i + 2); }
policy::GroupId group_of_tests(std::size_t i) { return policy::GroupId(2 * i + 3); }

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// All that a rule asks for but the class. A linker has its rustc's package and crate from cargo's environment.
bool matches_names(const config::Rule& rule, const JobFacts& job) {
  return config::matches(rule.package, job.package.view()) && config::matches(rule.crate, job.crate.view()) &&
         config::matches(rule.output, base_name(job.output.view())) &&
         config::matches(rule.program, job.program.view());
}

void apply(const config::Rule& rule, bool of_class, bool is_link, Bytes limit, Declared& declared) {
  if (of_class && rule.memory) declared.memory = rule.memory->of(limit);
  if (rule.link_memory) (is_link ? declared.memory : declared.link_memory) = rule.link_memory->of(limit);
  const bool speaks_of_it = (of_class && rule.memory) || (is_link && rule.link_memory);
  if (speaks_of_it) declared.origin = rule.origin;
  if (of_class && rule.restart) declared.restart = *rule.restart;
}

}  // namespace

Declared declared_of(const JobFacts& job, const config::Config& config, Bytes limit) {
  const std::string& job_class = config.classes.at(job.job_class).name;
  const bool is_link = job.job_class == config::kLink;
  const bool is_test = job.job_class == config::kTest;
  Declared declared;
  if (is_link && config.link_jobs.value) declared.group = policy::Group{kAllLinks, *config.link_jobs.value};
  if (is_test && config.test_jobs.value) declared.group = policy::Group{kAllTests, *config.test_jobs.value};
  for (std::size_t i = 0; i < config.rules.size(); ++i) {
    const config::Rule& rule = config.rules[i];
    // A rule for a rustc speaks of its link as well.
    const bool of_class = config::matches(rule.job_class, job_class);
    if (!matches_names(rule, job) || (!of_class && !is_link)) continue;
    apply(rule, of_class, is_link, limit, declared);
    if (is_link && rule.link_jobs) declared.group = policy::Group{group_of_links(i), *rule.link_jobs};
    if (is_test && of_class && rule.test_jobs) declared.group = policy::Group{group_of_tests(i), *rule.test_jobs};
  }
  return declared;
}

}  // namespace memguard::supervisor
