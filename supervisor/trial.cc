#include "supervisor/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "base/unique_fd.h"
#include "supervisor/shared_area.h"
#include "supervisor/trial_report.h"

namespace memguard::supervisor {
namespace {

// systemd may take 10 s for a scope that it does not give.
constexpr Duration kPatience = std::chrono::seconds(12);
// For the keeper to remove the tree of a trial that was killed.
constexpr Duration kCleanUp = std::chrono::seconds(5);
constexpr std::size_t kLongestText = 400;

constexpr std::array<std::string_view, 3> kParts{"start", "gate", "stop"};

std::string_view name_of(TrialPart part) { return kParts.at(static_cast<std::size_t>(part)); }

// Milliseconds until then, not less than 0.
int until(std::int64_t at_ns) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  return static_cast<int>(std::max<std::int64_t>(at_ns - monotonic_ns(), 0) / kMillisecond);
}

// All that is written until the last writer has gone or the time is up; the keeper is a writer too. False: time is up.
bool read_until_end(int pipe, Duration patience, std::string& text) {
  const std::int64_t give_up_at = monotonic_ns() + patience.count();
  std::array<char, 4096> some;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  while (true) {
    pollfd readable{pipe, POLLIN, 0};
    const int ready = ::poll(&readable, 1, until(give_up_at));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(pipe, some.data(), some.size());
    if (got <= 0) return true;
    text.append(some.data(), static_cast<std::size_t>(got));
  }
}

void note_failure(Trial& trial, std::string_view part, cgroup::Missing what) {
  const bool of_gate = part == name_of(TrialPart::gate);
  (of_gate ? trial.gate_failed : trial.stop_failed).push_back(std::move(what));
}

Trial failed_trial(const cgroup::Missing& why) {
  Trial trial;
  trial.gate_failed = trial.stop_failed = {why};
  return trial;
}

}  // namespace

// Blanks for what parts the fields.
void TrialReport::line(std::string_view key, std::string_view first, std::string_view second) const {
  const std::string text =
      fmt::format("{}\t{}\t{}\n", key, printable(first, kLongestText), printable(second, kLongestText));
  (void)!::write(pipe_, text.data(), text.size());
}

void TrialReport::home(const cgroup::Home& home) const {
  line("tier", to_text(home.tier), "");
  for (const auto& missing : home.missing) line("missing", missing.what, missing.remedy);
}

void TrialReport::gate(bool wait_killable, bool no_new_privs) const {
  line("filter", wait_killable ? "killable" : "", no_new_privs ? "privileges" : "");
}

void TrialReport::gate_refused(const Error& why) const { line("refused", std::to_string(why.code), why.what); }

void TrialReport::at(TrialPart part) const { line("at", name_of(part), ""); }

void TrialReport::failed(TrialPart part, const cgroup::Missing& what) const {
  line(name_of(part), what.what, what.remedy);
}

void TrialReport::scarce(const cgroup::Missing& what) const { line("scarce", what.what, what.remedy); }

void TrialReport::done() const { line("done", "", ""); }

Trial read_trial(std::string_view lines, bool hung) {
  Trial trial;
  std::string_view at = name_of(TrialPart::start);
  for (auto rest = lines; !rest.empty();) {
    const auto end = rest.find('\n');
    const auto text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto tab = text.find('\t');
    const auto second_tab = tab == std::string_view::npos ? tab : text.find('\t', tab + 1);
    if (second_tab == std::string_view::npos) continue;
    const auto key = text.substr(0, tab);
    const auto first = text.substr(tab + 1, second_tab - tab - 1);
    const auto second = text.substr(second_tab + 1);
    const cgroup::Missing what{std::string(first), std::string(second)};
    if (key == "tier") trial.tier = cgroup::parse_tier(first);
    if (key == "missing") trial.missing.push_back(what);
    if (key == "filter") trial.wait_killable = !first.empty();
    if (key == "filter") trial.no_new_privs = !second.empty();
    if (key == "refused") trial.gate_refused = Error{what.remedy, to_number<int>(first).value_or(0), {}};
    if (key == "scarce") trial.scarce.push_back(what);
    if (key == name_of(TrialPart::gate) || key == name_of(TrialPart::stop)) note_failure(trial, key, what);
    if (key == "at") at = first;
    if (key == "done") return trial;
  }
  const cgroup::Missing why{fmt::format("the trial {} while it was at its {}", hung ? "hung" : "ended", at),
                            "Run memguard doctor again; where it stays so, report it."};
  // What comes after has not been tried either.
  if (at != name_of(TrialPart::stop)) trial.gate_failed.push_back(why);
  trial.stop_failed.push_back(why);
  return trial;
}

Trial try_run(const config::Config& config) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failed_trial({Error{"make a pipe", errno, {}}.text(), "Raise ulimit -n."});
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const pid_t caller = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return failed_trial({Error{"fork", errno, {}}.text(), "Raise ulimit -u, or pids.max of the cgroup."});
  if (child == 0) {
    // It waits where it would do harm: trial_run.cc blocks it until a keeper is there to clean up.
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != caller) ::_exit(1);
    run_trial(config, TrialReport(writes.get()));
  }
  writes.reset();
  std::string lines;
  const bool ended = read_until_end(reads.get(), kPatience, lines);
  if (!ended) {
    ::kill(child, SIGKILL);
    (void)read_until_end(reads.get(), kCleanUp, lines);
  }
  (void)::waitpid(child, nullptr, 0);
  return read_trial(lines, !ended);
}

}  // namespace memguard::supervisor
