#include "report/kept_runs.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/whole_file.h"

namespace memguard::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnd = ".json";
constexpr std::string_view kEndWithoutJobs = ".no-jobs.json";
constexpr std::string_view kUnfinished = ".memguard-new-";
constexpr auto kForgotten = std::chrono::hours(1);

// In the order of time, and no two alike: "20260501T120000.123Z-4711.json".
std::string name_of(const RunReport& run, ExactDate ended_at) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(ended_at);
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y%m%dT%H%M%S}.{:03}Z-{}{}", utc(second), (now - second).count(), ::getpid(),
                     run.jobs.empty() ? kEndWithoutJobs : kEnd);
}

bool is_without_jobs(const std::string& path) { return path.ends_with(kEndWithoutJobs); }

void remove(const std::string& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

void prune(const std::string& folder, const KeptRuns& bounds) {
  std::size_t runs = 0;
  std::size_t without_jobs = 0;
  std::uint64_t bytes = 0;
  bool newest = true;
  for (const std::string& path : kept_runs(folder)) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (!error) bytes += size;
    const bool beyond = is_without_jobs(path) ? ++without_jobs > bounds.runs_without_jobs : ++runs > bounds.runs;
    if ((beyond || bytes > bounds.bytes) && !newest) remove(path);
    newest = false;
  }
}

void remove_unfinished(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kUnfinished)) continue;
    const auto written = entry.last_write_time(error);
    if (!error && exact_date_now() - fs::file_time_type::clock::to_sys(written) > kForgotten)
      remove(entry.path().string());
  }
}

}  // namespace

Status keep_run(const RunReport& run, const std::string& folder, ExactDate ended_at, const KeptRuns& bounds) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail("make the folder " + folder, error.value());
  if (auto written = write_json(run, folder + "/" + name_of(run, ended_at)); !written) return written;
  prune(folder, bounds);
  remove_unfinished(folder);
  return {};
}

std::vector<std::string> kept_runs(const std::string& folder) {
  std::vector<std::string> runs;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(kEnd) && !name.starts_with('.')) runs.push_back(entry->path().string());
  }
  std::ranges::sort(runs, std::greater{});
  return runs;
}

}  // namespace memguard::report
