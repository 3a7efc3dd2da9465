// The classes of jobs: which programs are jobs, and of what kind.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/printable.h"
#include "config/layer.h"
#include "config/pattern.h"
#include "job/programs.h"

namespace memguard::config {
namespace {

JobClass built_in(job::Kind kind) {
  JobClass made{std::string(job::to_text(kind)), {}};
  for (std::string& program : job::listed_programs(kind)) made.programs.push_back({std::move(program), kBuiltIn});
  return made;
}

bool is_pattern(std::string_view program) { return program.find('*') != std::string_view::npos; }

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_class_name(std::string_view name) {
  const auto accepts = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 32 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), accepts);
}

bool is_program_name(std::string_view name) {
  // NAME_MAX of Linux; no execve(2) names a longer one.
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

Status check_program(std::string_view program, const std::string& place) {
  if (!is_program_name(program))
    return fail(fmt::format("{}: '{}' is not the name of a program", place, printable(program)), 0,
                "Give the last part of its path, such as 'protoc'.");
  // "*", "**", "*-*": the shell, make and all they start would be jobs that wait for each other.
  if (is_pattern(program) && std::ranges::none_of(program, is_letter_or_digit))
    return fail(fmt::format("{}: '{}' would make every program a job", place, printable(program)), 0,
                "Name a part of the program, as in 'gen-*'.");
  return {};
}

Status check(const std::vector<ClassRule>& rules) {
  std::set<std::string_view> seen;
  for (const auto& rule : rules) {
    if (!is_class_name(rule.name))
      return fail(fmt::format("/classes/{}: not a class name", printable(rule.name)), 0,
                  "Use up to 32 of a-z, 0-9 and '-', beginning with a letter.");
    for (std::size_t i = 0; i < rule.programs.size(); ++i) {
      const auto& program = rule.programs[i];
      const auto place = fmt::format("/classes/{}/{}", rule.name, i);
      if (auto status = check_program(program, place); !status) return status;
      if (!seen.insert(program).second)
        return fail(fmt::format("{}: '{}' is named twice", place, printable(program)), 0, "Put it into one class.");
    }
  }
  return {};
}

JobClass& class_named(std::vector<JobClass>& classes, const std::string& name) {
  const auto found = std::find_if(classes.begin(), classes.end(), [&](const JobClass& c) { return c.name == name; });
  return found != classes.end() ? *found : classes.emplace_back(JobClass{name, {}});
}

// How well a user's word for programs fits `name`: its exact name best, then the pattern with the most characters. 0:
// not at all.
std::size_t fit(const Setting<std::string>& word, std::string_view name) {
  if (word.origin == kBuiltIn || name.empty()) return 0;
  if (word.value == name) return std::string_view::npos;
  const bool fits = is_pattern(word.value) && matches(word.value, name);
  return fits ? word.value.size() - static_cast<std::size_t>(std::ranges::count(word.value, '*')) : 0;
}

std::optional<std::size_t> class_by_user(const Config& config, std::string_view name) {
  std::optional<std::size_t> found;
  std::size_t best = 0;
  for (std::size_t i = 0; i < config.classes.size(); ++i) {
    for (const auto& word : config.classes[i].programs) {
      if (const std::size_t fits = fit(word, name); fits > best) {
        best = fits;
        found = i;
      }
    }
  }
  return found;
}

}  // namespace

std::vector<JobClass> Config::built_in_classes() {
  static_assert(kOther == static_cast<int>(job::Kind::other));
  std::vector<JobClass> classes;
  for (std::size_t i = 0; i < job::kBuiltInKinds; ++i) classes.push_back(built_in(job::Kind(i)));
  return classes;
}

Status apply(Config& config, const std::vector<ClassRule>& rules, const std::string& origin) {
  if (auto status = check(rules); !status) return status;
  for (const auto& rule : rules) {
    for (const auto& program : rule.programs) {
      for (auto& other : config.classes)
        std::erase_if(other.programs, [&](const Setting<std::string>& known) { return known.value == program; });
      class_named(config.classes, rule.name).programs.push_back({program, origin});
    }
  }
  return {};
}

std::optional<std::size_t> class_of(const Config& config, std::string_view path) {
  if (const auto own = class_by_user(config, path.substr(path.rfind('/') + 1))) return own;
  const auto known = job::known_program(path);
  return known ? std::optional(static_cast<std::size_t>(known->kind)) : std::nullopt;
}

}  // namespace memguard::config
