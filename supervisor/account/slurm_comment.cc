#include "supervisor/account/slurm_comment.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

#include <fmt/format.h>

#include "base/io.h"
#include "history/advice.h"
#include "supervisor/keeper/keeper.h"

namespace memguard::supervisor {
namespace {

// A controller that does not answer is asked again by scontrol for minutes.
constexpr std::chrono::seconds kPatience(10);

int run_scontrol(const std::string& job, const std::string& comment) {
  const pid_t child = ::fork();
  if (child == 0) {
    // What blocks signals here would keep the alarm away.
    sigset_t none;
    ::sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)::signal(SIGALRM, SIG_DFL);
    let_go_of_standard_streams();
    ::alarm(static_cast<unsigned>(kPatience.count()));
    ::execlp("scontrol", "scontrol", "update", job.c_str(), comment.c_str(), nullptr);
    ::_exit(127);
  }
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return status;
}

std::string reason_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("it had not ended after {} s", kPatience.count());
  if (WEXITSTATUS(status) == 127) return "there is no scontrol on PATH";
  return fmt::format("status {}", WEXITSTATUS(status));
}

}  // namespace

std::string slurm_comment(const report::RunReport& run) {
  const auto largest = std::ranges::max_element(run.jobs, {}, &report::JobReport::peak);
  const std::string least = largest == run.jobs.end()
                                ? std::string()
                                : fmt::format("; least --mem={}M", history::memory_for(largest->peak).count >> 20U);
  return fmt::format("memguard: peak {} of {}, {} jobs, {} waited, {} lost{}", to_text(run.peak), to_text(run.limit),
                     run.all_jobs(), run.held, run.lost, least);
}

Status comment_slurm_job(const report::RunReport& run, const std::map<std::string, std::string>& variables) {
  const auto id = variables.find("SLURM_JOB_ID");
  if (id == variables.end() || !to_number<std::uint64_t>(id->second))
    return fail("no comment was set: SLURM_JOB_ID names no job of Slurm here", 0, "Leave --slurm-comment out.");
  const int status = run_scontrol("JobId=" + id->second, "Comment=" + slurm_comment(run));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(
      fmt::format("the comment of Slurm's job {} was not set: scontrol update: {}", id->second, reason_of(status)), 0,
      "A site may forbid it; MEMGUARD_SLURM_COMMENT=0 leaves it out.");
}

}  // namespace memguard::supervisor
