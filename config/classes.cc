// The classes of jobs: which programs are jobs, and of what kind.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/printable.h"
#include "config/layer.h"

namespace memguard::config {
namespace {

JobClass built_in(std::string name, std::initializer_list<const char*> programs) {
  JobClass made{std::move(name), {}};
  for (const char* program : programs) made.programs.push_back({program});
  return made;
}

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

Status check(const std::vector<ClassRule>& rules) {
  std::set<std::string_view> seen;
  for (const auto& rule : rules) {
    if (!is_class_name(rule.name))
      return fail(fmt::format("/classes/{}: not a class name", printable(rule.name)), 0,
                  "Use up to 32 of a-z, 0-9 and '-', beginning with a letter.");
    for (std::size_t i = 0; i < rule.programs.size(); ++i) {
      const auto& program = rule.programs[i];
      const auto place = fmt::format("/classes/{}/{}", rule.name, i);
      if (!is_program_name(program))
        return fail(fmt::format("{}: '{}' is not the name of a program", place, printable(program)), 0,
                    "Give the last part of its path, such as 'protoc'.");
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

}  // namespace

std::vector<JobClass> Config::built_in_classes() {
  return {built_in("rustc", {"rustc", "clippy-driver", "rustdoc"}),
          built_in("link", {"ld", "ld.bfd", "ld.gold", "ld.lld", "lld", "rust-lld", "mold", "ld.mold", "wild"}),
          built_in("cc", {"cc1", "cc1plus", "lto1", "clang"}), built_in("test", {}), built_in("other", {})};
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

std::optional<std::size_t> class_of(const Config& config, std::string_view program) {
  for (std::size_t i = 0; i < config.classes.size(); ++i)
    for (const auto& known : config.classes[i].programs)
      if (known.value == program) return i;
  return std::nullopt;
}

}  // namespace memguard::config
