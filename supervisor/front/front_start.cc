// The front before the command runs: the limit, the tree, keeper and witness, what the user's files say, the processes.

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/io.h"
#include "base/say.h"
#include "history/database.h"
#include "record/recorder.h"
#include "supervisor/account/report_file.h"
#include "supervisor/front/front_process.h"
#include "supervisor/front/nested.h"
#include "supervisor/front/recovery.h"
#include "supervisor/front/required_tier.h"
#include "supervisor/front/start_line.h"
#include "supervisor/intake/found_jobs.h"
#include "supervisor/self/open_files.h"
#include "supervisor/supervisor.h"
#include "supervisor/tokens/token_pool.h"

namespace memguard::supervisor {

Status Front::set_up() {
  run_id_ = new_run_id();
  manager_ = ServiceManager(unit_variables());
  // For the supervisor, which is forked from us. Each job takes a descriptor, and one that was stopped another for its
  // leaf: with the usual soft limit of 1,024, of 1,200 jobs that were held at once 17 stayed frozen.
  files_before_ = allow_many_files();
  spare_ = spare_files();
  // Orphans of the build come to us, which keeps us their ancestor: only an ancestor may read them under Yama.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno("become the build's subreaper");
  const auto surroundings = look_around();
  if (!surroundings) return pass(surroundings.error());
  auto limit = choose_limit(config_, *surroundings);
  if (!limit) return pass(std::move(limit.error()));
  limit_ = *limit;
  if (auto fine = check_report_file(config_); !fine) return fine;

  auto area = SharedArea::create();
  if (!area) return pass(std::move(area.error()));
  area_ = *area;
  area_->highest_limit = area_->wall = area_->memory_max = limit_.wall;
  wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return fail_errno("make an eventfd");

  // From here on there is something to leave behind: a signal waits until somebody is there who would clean up.
  auto signals = open_front_signals();
  if (!signals) return pass(std::move(signals.error()));
  signals_ = std::move(*signals);
  home_ = cgroup::obtain_home({.no_scope = !config_.scope.value, .mount_point = {}});
  sweep_stopped_runs();
  build_.emplace(home_, *area_, [this](const proc::Stat& process) { return is_ours(process); });
  passing_.emplace(*area_, signals_, witness_, config_.stop_timeout.value);
  if (auto enough = check_required_tier(config_, home_); !enough) return enough;
  if (auto set = set_limits(); !set) return set;
  start_helpers();
  return prepare();
}

// Without them a build ends as well, but for `kill -9` of the front: better than no build.
void Front::start_helpers() {
  const auto say_missing = [this](const Status& started) {
    if (!started && !config_.quiet.value)
      say(started.error().text() + ": whoever kills memguard by KILL leaves the build running. Raise ulimit -u.");
  };
  say_missing(keep());
  say_missing(witness_.start(home_, *area_, signals_, run_id_, only_ours()));
}

// What reads and writes files of the user's, in file systems that may hang.
Status Front::prepare() {
  // Nobody else would clean up.
  std::optional<SignalsEndUs> end_us;
  if (keeper_.pid > 0 || witness_.runs()) end_us.emplace(signals_);
  if (auto opened = open_record(); !opened) return opened;
  tell_move_ = first_move();
  let_others_look();
  shim_ = set_up_shim(config_, command_, run_id_);
  history_ = read_history(config_);
  remember_hungry_programs(area_->hungry, history_.remembered, limit_.wall);
  return {};
}

// A build that nobody can look at is as good as any other.
void Front::let_others_look() {
  const auto self = proc::read_stat(::getpid());
  auto socket =
      status::RunSocket::create(config::system_environment().variables, {::getpid(), self ? self->start_ticks : 0});
  if (socket) {
    status_ = std::move(*socket);
  } else if (config_.explain.value) {
    say(socket.error().text());
  }
}

// Whether this user is to be told that builds move to a scope: once, which a file in the state folder remembers.
bool Front::first_move() const {
  if (home_.origin != cgroup::Origin::user_scope && home_.origin != cgroup::Origin::system_scope) return false;
  const auto state = history::state_folder(config::system_environment().variables);
  if (!state) return true;
  std::error_code error;
  std::filesystem::create_directories(*state, error);
  return open_at(AT_FDCWD, *state + "/told-of-scope", O_WRONLY | O_CREAT | O_EXCL, 0600).has_value();
}

// As with the report: one that a file or a manifest names keeps no build from running.
Status Front::open_record() {
  const auto& [file, origin] = config_.record;
  if (!file) return {};
  auto record = record::create(*file);
  if (record) {
    record_ = std::move(*record);
    return {};
  }
  Status failed = pass(std::move(record.error()), origin);
  if (config::said_for_this_run(origin)) return failed;
  say(failed.error().text());
  return {};
}

Status Front::set_limits() {
  if (!home_.can().memory) return {};
  if (auto set = home_.build->set_memory_max(limit_.wall); !set) return pass(std::move(set.error()), "limit the build");
  if (!limit_.swap) return {};
  // ENOENT: a kernel without swap accounting.
  auto set = home_.build->set_swap_max(*limit_.swap);
  if (!set && !set.error().gone()) return pass(std::move(set.error()), "limit the build's swap");
  return {};
}

Status Front::start_processes() {
  LaunchPlan plan{.command = command_,
                  .group = home_.main ? &*home_.main : nullptr,
                  .gate = config_.gate.value,
                  .run_id = run_id_,
                  .wrapper = shim_.wrapper,
                  .hidden = manager_.hidden(),
                  .signal_mask = signals_.original_mask,
                  .own_proc = own_proc_ ? &*own_proc_ : nullptr,
                  .open_files = files_before_};
  auto launched = launch(plan);
  if (!launched) return pass(std::move(launched.error()));
  launched_ = std::move(*launched);
  const int listener = launched_.listener.get();
  gate_open_ = listener >= 0;
  gatekeeper_.emplace(*area_, config_, listener, wake_.get());

  supervisor_.emplace(
      *area_, [this] { return run_supervisor_body(); }, [this] { make_safe(); });
  if (auto started = supervisor_->start(); !started) {
    if (config_.require_tier.value) return started;
    no_supervisor_ = true;
    say(started.error().text() + ": nothing is held, frozen or started again. Raise ulimit -u.");
    supervisor_->give_up();
    make_safe();
  }
  tell_metrics();
  return {};
}

// A build without metrics is as good as any other: the last ones are written all the same.
void Front::tell_metrics() {
  const auto& file = config_.metrics.value;
  if (!file) return;
  const MetricsFacts facts{config::system_environment().working_directory, command_, std::string(to_text(home_.tier)),
                           *file};
  if (auto started = metrics_.start(*area_, facts, only_ours()); !started && !config_.quiet.value)
    say(started.error().text());
}

Status Front::keep() {
  auto keeper = start_keeper(home_, *area_, run_id_, only_ours());
  if (!keeper) return pass(std::move(keeper.error()));
  keeper_ = std::move(*keeper);
  return {};
}

// Descriptors of which a copy elsewhere would outlive us.
std::vector<int> Front::only_ours() const {
  return {launched_.listener.get(), launched_.go.get(), launched_.exec_error.get(),
          shim_.listener.get(),     signals_.fd.get(),  keeper_.word.get(),
          witness_.word(),          status_.listener(), metrics_.word()};
}

int Front::run_supervisor_body() {
  // What is the front's alone: keeper and witness must see its end, and the command its own.
  keeper_.word.reset();
  witness_.forget();
  metrics_.forget();
  launched_.go.reset();
  launched_.exec_error.reset();
  signals_.fd.reset();
  spare_.clear();
  return run_supervisor({.area = *area_,
                         .home = home_,
                         .limit = limit_,
                         .gate = {launched_.listener.get(), launched_.wait_killable},
                         .wake_fd = wake_.get(),
                         .front = ::getppid(),
                         .config = config_,
                         .remembered = history_.remembered,
                         .shim_listener = shim_.listener.get(),
                         .record_fd = record_.get(),
                         .status_listener = status_.listener(),
                         .unit_fd = manager_.writer(),
                         .command = command_});
}

void Front::make_safe() {
  thaw_everything(home_, *area_);
  give_all_tokens(*area_);
  if (gate_open_) answer_everything(*area_, launched_.listener.get());
}

// What this machine lacks, when nobody has been told of it yet.
std::string Front::start_line() const {
  const Degraded degraded{home_.tier, cgroup::parse_tier(config_.accept_tier.value).value_or(cgroup::Tier::full),
                          launched_.gate_refused.has_value()};
  std::string line = degraded_line(degraded);
  if (line.empty() || config_.explain.value) return line;
  std::string reason = line;
  if (!home_.missing.empty()) reason += "\n" + home_.missing.front().what;
  if (launched_.gate_refused) reason += "\n" + launched_.gate_refused->text();
  return first_time(reason, history::state_folder(config::system_environment().variables)) ? line : std::string();
}

void Front::say_what_is_missing() const {
  if (config_.explain.value) {
    say(fmt::format("tier {}, limit {}: {}", to_text(home_.tier), to_text(limit_.wall), limit_.origin.text));
    for (const auto& missing : home_.missing) say(missing.what + ". " + missing.remedy);
    if (launched_.gate_refused)
      say(fmt::format("No exec gate ({}): jobs are frozen late instead of held at birth.",
                      launched_.gate_refused->text()));
    for (const auto& remark : home_.remarks) say(remark);
  }
  if (config_.quiet.value) return;
  if (const auto line = start_line(); !line.empty()) say(line);
  if (tell_move_ && !config_.explain.value)
    for (const auto& remark : home_.remarks) say(remark + " (said once)");
  for (const auto& remark : limit_.remarks) say(remark);
  if (!history_.remark.empty()) say(history_.remark);
  if (!shim_.remark.empty()) say(shim_.remark);
  if (!shim_.missing.empty()) say(shim_.missing);
}

}  // namespace memguard::supervisor
