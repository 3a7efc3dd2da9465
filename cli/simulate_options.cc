#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "cli/policy_setting.h"
#include "cli/simulate.h"
#include "config/nearest.h"
#include "config/size.h"

namespace memguard::cli {
namespace {

constexpr int kMostProcessors = 4096;
constexpr int kMostWorlds = 1'000'000;
constexpr std::array<std::string_view, 3> kKnowledge{"nothing", "predictions", "recorded"};

/// What is typed, before it is understood.
struct Typed {
  std::string memory;
  std::string swap;
  std::string swap_speed;
  std::string know = "nothing";
  std::vector<std::string> set;
};

// CLI11 would take -1 for the largest there is.
std::string whole_number(const std::string& text) {
  return to_number<std::uint64_t>(text) ? std::string()
                                        : fmt::format("'{}' is no whole number from 0", printable(text));
}

void add_options(CLI::App& app, SimulateOptions& options, Typed& typed) {
  // The last of two counts, as everywhere on this command line.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--workload", options.workload, "a build of the policy's study; --workload list shows them")
      ->type_name("NAME");
  app.add_option("--build", options.build,
                 "the report of a real run (memguard run --json), or a description of a build")
      ->type_name("FILE");
  app.add_option("--replay", options.replay, "decide again what memguard run --record recorded")->type_name("FILE");
  app.add_option("--seed", options.seed, "which world of the workload (default 1)")
      ->type_name("N")
      ->check(whole_number, "");
  app.add_option("--worlds", options.worlds, "so many worlds, from that seed on (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostWorlds));
  app.add_option("--cores", options.cores, "processors of the machine")
      ->type_name("N")
      ->check(CLI::Range(1, kMostProcessors));
  app.add_option("--jobs", options.jobs, "-j of the build tool (default: as many as processors)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostProcessors));
  app.add_option("--memory", typed.memory, "limit of the build")->type_name("SIZE");
  app.add_option("--swap", typed.swap, "swap of the machine (default: none)")->type_name("SIZE");
  app.add_option("--swap-speed", typed.swap_speed, "what swap takes and gives back in a second (default: 500MiB)")
      ->type_name("SIZE");
  app.add_flag("!--no-restart", options.restarts, "nobody starts a job again that was ended for its memory");
  app.add_option("--know", typed.know, "what policy is told before (default: nothing)")
      ->type_name("nothing|predictions|recorded");
  app.add_option("--set", typed.set,
                 "another value for a constant of the policy (policy/settings.h), as often as wanted; list shows "
                 "them")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--json", options.json, "the result as JSON; - is stdout")->type_name("FILE");
}

Status read_size(const char* option, const std::string& text, std::optional<Bytes>& into) {
  if (text.empty()) return {};
  const auto size = config::parse_size(text);
  if (!size) return fail(fmt::format("{}: {}", option, size.error().what), 0, size.error().hint);
  constexpr Bytes kSmallest{1LL << 20U};
  if (size->fraction != 0 || size->bytes < kSmallest) {
    return fail(fmt::format("{}: '{}' is no size of 1 MiB or more", option, text), 0, "Write it as 32GiB.");
  }
  into = size->bytes;
  return {};
}

Status understand(SimulateOptions& options, const Typed& typed) {
  if (auto read = read_size("--memory", typed.memory, options.memory); !read) return read;
  if (auto read = read_size("--swap", typed.swap, options.swap); !read) return read;
  if (auto read = read_size("--swap-speed", typed.swap_speed, options.swap_speed); !read) return read;
  for (const std::string& words : typed.set) {
    if (auto set = set_policy(options.settings, words); !set) return set;
  }
  const auto known = std::ranges::find(kKnowledge, typed.know);
  if (known == kKnowledge.end()) {
    return fail(fmt::format("--know: unknown word '{}'", typed.know), 0, "Use nothing, predictions or recorded.");
  }
  options.knowledge = static_cast<simulate::Knowledge>(known - kKnowledge.begin());
  return {};
}

// A replay is what was recorded: it has its machine and its settings in it.
Status check_replay(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() > 0 && option->get_name() != "--replay")
      return fail(
          fmt::format("{} has no meaning with --replay, which decides again what was recorded", option->get_name()), 0,
          "Leave it out.");
  }
  return {};
}

Status check(const CLI::App& app, const SimulateOptions& options) {
  const int given =
      (options.workload.empty() ? 0 : 1) + (options.build.empty() ? 0 : 1) + (options.replay.empty() ? 0 : 1);
  if (given != 1) {
    return fail("memguard simulate needs one of --workload, --build and --replay", 0, "See memguard simulate --help.");
  }
  if (!options.replay.empty()) return check_replay(app);
  if (options.workload.empty() && options.worlds != 1) return fail("--worlds is for --workload");
  return {};
}

}  // namespace

Result<SimulateLine> parse_simulate(const std::vector<std::string>& arguments) {
  SimulateLine line;
  Typed typed;
  CLI::App app("What the policy makes of a build, without a build: docs/SIMULATE.md", "memguard simulate");
  add_options(app, line.options, typed);
  auto help = read_words(app, arguments);
  if (!help) return pass(std::move(help.error()));
  line.help = std::move(*help);
  if (line.help) return line;
  line.options.list_constants = typed.set == std::vector<std::string>{"list"};
  if (line.options.list_constants) return line;
  if (auto status = check(app, line.options); !status) return pass(std::move(status.error()));
  if (auto status = understand(line.options, typed); !status) return pass(std::move(status.error()));
  return line;
}

}  // namespace memguard::cli
