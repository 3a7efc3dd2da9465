#include "supervisor/intake/gatekeeper.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "gate/exec_request.h"
#include "job/again.h"
#include "job/describe.h"
#include "job/inputs.h"
#include "job/program_key.h"

namespace memguard::supervisor {
namespace {

// Enough for any command line that is worth reading; beyond it rustc gets a response file. Of an environment cargo's
// variables count, which a few KiB hold.
constexpr gate::StringsLimit kArguments{.strings = 4096, .length = 8192, .bytes = std::size_t{2} << 20U};
constexpr gate::StringsLimit kEnvironment{.strings = 4096, .length = 8192, .bytes = std::size_t{1} << 20U};

// Half a millisecond where all is in memory, some tens for a cold disk. Whoever takes longer keeps the whole build
// waiting.
constexpr Duration kPatience = std::chrono::milliseconds(250);

using Strings = std::vector<std::string>;

// Values of SharedArea::receiver.
constexpr std::uint32_t kFrontReceives = 1;
constexpr std::uint32_t kSupervisorReceives = 2;

GateSlot* free_slot(SharedArea& area) {
  const auto free = std::ranges::find_if(area.slots, [](const GateSlot& s) { return s.state == SlotState::empty; });
  return free == area.slots.end() ? nullptr : &*free;
}

// One exec and what is read of it. The thread that reads owns it too, and may write here long after it was given up.
struct ExecReading {
  explicit ExecReading(const seccomp_notif& notification)
      : thread(static_cast<pid_t>(notification.pid)),
        arguments(gate::exec_arguments(notification.data)),
        memory(thread) {}

  void read_path() { path = gate::read_path(thread, arguments, memory); }

  void read_job() {
    if (!gate::can_be_executed(thread, arguments, *path)) return;
    const auto argv = memory.strings_at(arguments.argv, arguments.pointer_size, kArguments);
    const auto envp = memory.strings_at(arguments.envp, arguments.pointer_size, kEnvironment);
    words = argv.value_or(Strings{});
    variables = envp.value_or(Strings{});
    job = job::describe(class_name, *path, words, variables);
    is_job = !argv || job.works;
    may_run_again = is_job && arguments.pointer_size == sizeof(void*) && job::may_run_again(*path, words, variables) &&
                    gate::can_be_executed_again(thread, arguments, *path);
  }

  void measure() {
    if (!by_size) inputs = job::measure_inputs(thread, class_name, words);
  }

  [[nodiscard]] std::string program() const {
    return by_size ? job::program_key(*path) : std::string(gate::program_started(*path));
  }

  const pid_t thread;
  const gate::ExecArguments arguments;
  gate::RemoteMemory memory;
  Result<std::string> path;
  // Of the class that the path has.
  std::string class_name;
  bool by_size = false;
  bool is_job = false;
  bool may_run_again = false;
  Strings words;
  Strings variables;
  job::Description job;
  job::Inputs inputs;
};

}  // namespace

void Gatekeeper::answer(GateSlot& slot) {
  gate::answer_continue(listener_, slot.notification.notification.id);
  slot.state = SlotState::empty;
}

bool Gatekeeper::receive_one() {
  GateSlot* slot = free_slot(area_);
  if (slot == nullptr) return false;
  std::uint32_t nobody = 0;
  // The supervisor receives while we are stopped; we may be continued before it is done.
  if (!area_.receiver.compare_exchange_strong(nobody, kFrontReceives)) return false;
  pollfd pending{listener_, POLLIN, 0};
  const bool any = ::poll(&pending, 1, 0) == 1 && (pending.revents & POLLIN) != 0;
  slot->state = any ? SlotState::received : SlotState::empty;
  const auto received = any ? gate::receive(listener_, slot->notification) : Result<bool>(false);
  area_.receiver = 0;
  if (!received || !*received) {
    slot->state = SlotState::empty;
    return true;
  }
  slot->facts = {};
  const bool passes = pass_all_ || read_job(slot->notification.notification, slot->facts) == Verdict::passes;
  if (passes) {
    answer(*slot);
    return true;
  }
  slot->state = SlotState::asked;
  (void)::eventfd_write(wake_fd_, 1);
  return true;
}

// What no list names is a job when it was seen to need memory. The name is kept for those that are yet to be seen so.
std::optional<std::size_t> Gatekeeper::class_of(pid_t thread, std::string_view path) {
  const std::string key = job::program_key(path);
  area_.exec_names.note(thread, key);
  auto job_class = config::class_of(config_, path);
  if (!job_class && area_.hungry.holds(key)) job_class = config::kOther;
  if (!job_class) ++area_.execs;
  return job_class;
}

Gatekeeper::Verdict Gatekeeper::read_job(const seccomp_notif& notification, ExecFacts& facts) {
  const auto exec = std::make_shared<ExecReading>(notification);
  if (!aside_.run([exec] { exec->read_path(); }, kPatience)) return leave_unread(notification, facts);
  if (!exec->path) {
    const Error& error = exec->path.error();
    const bool refused = !error.gone() && error.code != EFAULT && error.code != E2BIG;
    return refused ? leave_unread(notification, facts) : Verdict::passes;
  }
  const auto job_class = class_of(exec->thread, *exec->path);
  if (!job_class) return Verdict::passes;
  exec->class_name = config_.classes[*job_class].name;
  exec->by_size = *job_class == config::kOther;
  if (!aside_.run([exec] { exec->read_job(); }, kPatience)) return leave_unread(notification, facts);
  if (!exec->is_job) return Verdict::passes;
  const bool again = detours_ && exec->may_run_again && !(*job_class == config::kCc && area_.plenty);
  if (again && detours_->begin(exec->thread)) return Verdict::passes;
  // A job whose files tell nothing in time is still one.
  const bool measured = aside_.run([exec] { exec->measure(); }, kPatience);

  // All of the above was read through a pid: it counts only if the caller still waited when we were done.
  if (!identify(notification, facts)) return Verdict::passes;
  facts.jobserver = jobserver_told_by(exec->variables);
  facts.set(static_cast<std::uint16_t>(*job_class), exec->program(), exec->job,
            measured ? exec->inputs : job::Inputs{});
  return Verdict::asks;
}

bool Gatekeeper::identify(const seccomp_notif& notification, ExecFacts& facts) const {
  const auto thread = static_cast<pid_t>(notification.pid);
  const auto status = proc::read_status(thread);
  if (!status) return false;
  const auto process = proc::read_stat(status->tgid);
  if (!process || !gate::still_waiting(listener_, notification.id)) return false;
  facts.thread = thread;
  facts.process = {status->tgid, process->start_ticks};
  facts.old_stack = process->start_stack;
  return true;
}

// Yama, or somebody else's process. The supervisor looks at what it becomes (late_execs.h), so nobody need wait.
Gatekeeper::Verdict Gatekeeper::leave_unread(const seccomp_notif& notification, ExecFacts& facts) {
  facts.unread = identify(notification, facts);
  if (facts.unread) {
    gate::answer_continue(listener_, notification.id);
    return Verdict::unread;
  }
  if (gate::still_waiting(listener_, notification.id)) area_.note_unguarded(report::Unguarded::unreadable);
  return Verdict::passes;
}

void Gatekeeper::send_to(const std::string& shim, const std::string& run_id) {
  detours_.emplace(shim, run_id, [this](pid_t process) { on_refused(process); });
}

// It is past the gate. As one that could not be read there, it is looked at by what it has become.
void Gatekeeper::on_refused(pid_t process) {
  const auto stat = proc::read_stat(process);
  if (!stat) return;
  GateSlot* slot = free_slot(area_);
  if (slot == nullptr) return area_.note_unguarded(report::Unguarded::unreadable);
  slot->facts = {};
  slot->facts.thread = process;
  slot->facts.process = {process, stat->start_ticks};
  // Its exec is done: any stack that it has is the new one's.
  slot->facts.old_stack = 1;
  slot->facts.unread = true;
  slot->state = SlotState::asked;
  (void)::eventfd_write(wake_fd_, 1);
}

void continue_for_stopped_front(SharedArea& area, int listener) {
  if (listener < 0) return;
  std::uint32_t nobody = 0;
  if (!area.receiver.compare_exchange_strong(nobody, kSupervisorReceives)) return;
  pollfd pending{listener, POLLIN, 0};
  // By way of a slot, so that whoever finds us dead can answer; no more of them at once than there are slots.
  for (std::size_t i = 0; i < SharedArea::kSlots && ::poll(&pending, 1, 0) == 1; ++i) {
    GateSlot* slot = free_slot(area);
    if (slot == nullptr || (pending.revents & POLLIN) == 0) break;
    slot->state = SlotState::received;
    const auto received = gate::receive(listener, slot->notification);
    if (received && *received) gate::answer_continue(listener, slot->notification.notification.id);
    slot->state = SlotState::empty;
  }
  area.receiver = 0;
}

void stop_receiving_for(SharedArea& area, int listener) {
  if (area.receiver != kSupervisorReceives) return;
  for (GateSlot& slot : area.slots) {
    if (slot.state != SlotState::received) continue;
    gate::answer_continue(listener, slot.notification.notification.id);
    slot.state = SlotState::empty;
  }
  area.receiver = 0;
}

}  // namespace memguard::supervisor
