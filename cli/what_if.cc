#include "cli/what_if.h"

#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "policy/governor.h"
#include "report/pace.h"
#include "simulate/build_file.h"
#include "simulate/study.h"
#include "simulate/world.h"

namespace memguard::cli {
namespace {

// 2,000 jobs are simulated in a tenth of a second, 21 times at most.
constexpr std::size_t kMostJobs = 2000;
constexpr std::array kTimesTheLimit{1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0};
// What memory costs that is worth a sentence, as part of the run.
constexpr double kWorth = 0.07;
// What more memory may still save for a limit to be enough: of what memory costs, and of the run.
constexpr double kOfCost = 0.2;
constexpr double kOfRun = 0.05;
// A limit that is enough is so with this share of it too: needs differ by 2 to 12 % from build to build, and where two
// jobs fit side by side only just, they do not in the next.
constexpr double kLeast = 0.93;

// Seconds; nothing where such a build is lost.
std::optional<double> simulated(simulate::Build build, Bytes limit) {
  build.machine.limit = limit;
  policy::Governor governor{policy::Settings{}};
  const auto outcome = simulate::run(build.tasks, build.machine, governor);
  return outcome.hung || outcome.lost > 0 ? std::nullopt : std::optional(seconds(outcome.makespan));
}

// To two digits, as people give sizes.
Bytes rounded(Bytes size) {
  const double unit = std::pow(10, std::floor(std::log10(std::max(size.real() / (1 << 20), 1.0))) - 1) * (1 << 20);
  return Bytes::of(std::ceil(size.real() / unit) * unit);
}

// Gives the jobs the pace they had. A simulated machine has whole processors: where the run had fewer, each job wants
// more of them.
void get_on_as_in(const report::RunReport& run, const std::vector<report::Lane>& lanes, simulate::BuildFile& file) {
  std::map<std::uint32_t, report::Pace> paces;
  const auto of_lanes = report::paces_of(run, lanes);
  for (std::size_t i = 0; i < of_lanes.size(); ++i) paces.emplace(lanes[i].job->id, of_lanes[i]);
  for (std::size_t i = 0; i < file.build.tasks.size(); ++i) {
    simulate::Task& task = file.build.tasks[i];
    const auto pace = paces.find(file.jobs.at(i).id);
    const bool known = pace != paces.end() && pace->second.processors > 0;
    if (known && !file.jobs.at(i).given_threads) {
      task.alone = pace->second.alone;
      task.processors = pace->second.processors;
    }
    task.processors *= file.build.machine.cores / run.processors;
  }
}

// The same build, by a memguard that knows what it learnt in this one.
std::optional<simulate::Build> next_build(const report::RunReport& run, const std::vector<report::Lane>& lanes,
                                          std::string_view json) {
  auto file = simulate::read_build(json);
  if (!file) return std::nullopt;
  get_on_as_in(run, lanes, *file);
  simulate::Build build = std::move(file->build);
  build.machine.restarts = true;
  build.machine.reaction = std::chrono::milliseconds{100};
  build.machine.seed = 1;
  simulate::tell(build, simulate::Knowledge::recorded, build.machine.seed);
  return build;
}

bool can_be_simulated(const report::RunReport& run) {
  const bool limited = !run.limit.is_unlimited() && run.limit > Bytes{};
  return limited && !run.jobs.empty() && run.jobs.size() <= kMostJobs && run.lost == 0 && run.processors > 0;
}

}  // namespace

std::optional<report::Estimate> with_more_memory(const report::RunReport& run, const std::vector<report::Lane>& lanes,
                                                 std::string_view json) {
  const auto build = can_be_simulated(run) ? next_build(run, lanes, json) : std::nullopt;
  if (!build) return std::nullopt;
  const double without_jobs = seconds(run.wall - report::time_with_jobs(lanes));
  const double now = seconds(run.wall);
  const auto takes = [&](Bytes limit) -> std::optional<double> {
    const auto jobs = simulated(*build, limit);
    return jobs ? std::optional(*jobs + without_jobs) : std::nullopt;
  };
  const auto plenty = takes(Bytes{std::int64_t{1} << 46U});
  if (!plenty) return std::nullopt;
  if (now - *plenty < kWorth * now) return report::Estimate{.memory = {}, .wall = run.wall};
  const double most = *plenty + std::max(kOfCost * (now - *plenty), kOfRun * now);
  const auto enough = [&](std::optional<double> then) { return then && *then <= most && now - *then >= kWorth * now; };
  for (const double times : kTimesTheLimit) {
    const Bytes limit = rounded(times * run.limit);
    const auto then = takes(limit);
    if (enough(then) && enough(takes(kLeast * limit)))
      return report::Estimate{limit, Duration(std::llround(*then * 1e9))};
  }
  return std::nullopt;
}

}  // namespace memguard::cli
