#include "supervisor/intake/gatekeeper.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "base/clock.h"
#include "job/program_key.h"

namespace memguard::supervisor {
namespace {

// Half a millisecond where all is in memory, some tens for a cold disk. Whoever takes longer keeps all other execs
// waiting.
constexpr Duration kPatience = std::chrono::milliseconds(250);
// When all slots are taken: the supervisor needs about this long to hold one job.
constexpr Duration kBusy = std::chrono::milliseconds(20);

// Values of SharedArea::receiver.
constexpr std::uint32_t kFrontReceives = 1;
constexpr std::uint32_t kSupervisorReceives = 2;

// A slot that was free, and is the caller's alone from now on. Null when there is none.
GateSlot* claim_slot(SharedArea& area, SlotState state) {
  const auto claimed = [state](GateSlot& slot) {
    SlotState free = SlotState::empty;
    return slot.state.compare_exchange_strong(free, state);
  };
  const auto found = std::ranges::find_if(area.slots, claimed);
  return found == area.slots.end() ? nullptr : &*found;
}

enum class Listener : std::uint8_t { idle, pending, closed };

// POLLERR alone says that the kernel could not look, because a signal came (kernel/seccomp.c, seccomp_notify_poll).
Listener state_of(int listener) {
  pollfd watched{listener, POLLIN, 0};
  if (::poll(&watched, 1, 0) != 1) return Listener::idle;
  if ((watched.revents & POLLIN) != 0) return Listener::pending;
  return (watched.revents & POLLHUP) != 0 ? Listener::closed : Listener::idle;
}

}  // namespace

Gatekeeper::Gatekeeper(SharedArea& area, const config::Config& config, int listener, int wake_fd)
    : area_(area),
      config_(config),
      listener_(listener),
      wake_fd_(wake_fd),
      left_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Gatekeeper::send_to(const std::string& shim, const std::string& run_id) {
  detours_.emplace(shim, run_id, [this](pid_t process) { on_refused(process); });
}

void Gatekeeper::start() {
  if (listener_ >= 0) (void)relay_.start([this](Relay::Runner& runner) { receive(runner); });
}

int Gatekeeper::listener() const { return closed_ || relay_.has_thread() ? -1 : listener_; }

bool Gatekeeper::receive_one() {
  if (!stopped_) relay_.start_again();
  // The new thread may be faster, which is as good.
  const bool received = receive_one(nullptr) != Received::no_slot;
  if (!received) (void)::poll(nullptr, 0, milliseconds(kBusy));
  return received;
}

void Gatekeeper::stop() {
  stopped_ = true;
  relay_.end();
}

// The life of a thread that receives.
void Gatekeeper::receive(Relay::Runner& runner) {
  while (!closed_) {
    std::array<pollfd, 2> watched{{{runner.end_fd(), POLLIN, 0}, {listener_, POLLIN, 0}}};
    (void)::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    const Received received = receive_one(&runner);
    // Taken off: nothing here is ours any more, and we may be gone.
    if (received == Received::hangs) return;
    if (received == Received::no_slot) (void)::poll(watched.data(), 1, milliseconds(kBusy));
  }
}

Gatekeeper::Received Gatekeeper::receive_one(Relay::Runner* runner) {
  GateSlot* slot = claim_slot(area_, SlotState::received);
  if (slot == nullptr) return Received::no_slot;
  std::uint32_t nobody = 0;
  // The supervisor receives while we are stopped; we may be continued before it is done.
  const bool ours = area_.receiver.compare_exchange_strong(nobody, kFrontReceives);
  const Listener listener = ours ? state_of(listener_) : Listener::idle;
  // No process with the filter is left, and the descriptor would be ready for ever.
  if (listener == Listener::closed) closed_ = true;
  const auto received =
      listener == Listener::pending ? gate::receive(listener_, slot->notification) : Result<bool>(false);
  if (ours) area_.receiver = 0;
  if (!received || !*received) {
    slot->state = SlotState::empty;
    return ours ? Received::one : Received::no_slot;
  }
  slot->facts = {};
  const Verdict verdict = all_pass() ? Verdict::passes : look_at_or_pass(*slot, runner);
  if (verdict == Verdict::hangs) return Received::hangs;
  settle(*slot, verdict);
  return Received::one;
}

// Without memory (`ulimit -v`) the exec goes on: nothing else can be done for it.
Gatekeeper::Verdict Gatekeeper::look_at_or_pass(GateSlot& slot, Relay::Runner* runner) try {
  return look_at(slot, runner);
} catch (const std::bad_alloc&) {
  area_.note_unguarded(report::Unguarded::unreadable);
  return Verdict::passes;
}

bool Gatekeeper::all_pass() const { return pass_all_ || area_.ending || area_.finished; }

// Reads that may hang. Each has all that it touches by `exec`.
Gatekeeper::Verdict Gatekeeper::look_at(GateSlot& slot, Relay::Runner* runner) {
  using Tried = Relay::Tried;
  const auto exec = std::make_shared<ExecReading>(slot.notification.notification);
  const auto read = [runner](const std::function<void()>& step) {
    if (runner != nullptr) return runner->try_within(kPatience, step);
    step();
    return Tried::done;
  };
  present_ = {&slot, exec, {}};
  // After too_late nothing of this object may be touched: it may be gone.
  const Tried path = read([exec] { exec->read_path(); });
  if (path != Tried::done) return path == Tried::too_late ? Verdict::hangs : leave_unread(slot);
  if (!exec->path()) {
    const Error& error = exec->path().error();
    const bool refused = !error.gone() && error.code != EFAULT && error.code != E2BIG;
    return refused ? leave_unread(slot) : Verdict::passes;
  }
  const auto job_class = class_of(*exec);
  if (!job_class) return Verdict::passes;
  const auto read_job = [exec, name = config_.classes[*job_class].name, by_size = *job_class == config::kOther] {
    exec->read_job(name, by_size);
  };
  const Tried job = read(read_job);
  if (job != Tried::done) return job == Tried::too_late ? Verdict::hangs : leave_unread(slot);
  if (!exec->is_job()) return as_driver(slot, *exec, *job_class);
  // A job whose files tell nothing in time is still one.
  present_.job_class = job_class;
  if (read([exec] { exec->measure(); }) == Tried::too_late) return Verdict::hangs;
  const Verdict verdict = as_job(slot, *exec, *job_class, exec->inputs());
  return verdict == Verdict::asks && goes_to_shim(*exec, *job_class) ? Verdict::to_shim : verdict;
}

// What no list names is a job when it was seen to need memory. The name is kept for those that are yet to be seen so.
std::optional<std::size_t> Gatekeeper::class_of(const ExecReading& exec) {
  const std::string key = job::program_key(*exec.path());
  area_.exec_names.note(exec.thread(), key);
  // A class that the user made is of the name that the build calls.
  auto job_class = config::class_of(config_, *exec.path());
  if (!job_class) job_class = config::class_of(config_, exec.known_as());
  if (!job_class && area_.hungry.holds(key)) job_class = config::kOther;
  if (!job_class) ++area_.execs;
  return job_class;
}

bool Gatekeeper::goes_to_shim(const ExecReading& exec, std::size_t job_class) const {
  const bool again = detours_ && left_fd_ && exec.may_run_again() && !(job_class == config::kCc && area_.plenty);
  return again && detours_->wants(exec.thread());
}

// With the shim above it, it can give its memory back while its linker is held.
Gatekeeper::Verdict Gatekeeper::as_driver(GateSlot& slot, const ExecReading& exec, std::size_t job_class) const {
  const bool goes = exec.starts_link() && goes_to_shim(exec, job_class) && identify(slot);
  return goes ? Verdict::driver : Verdict::passes;
}

// All was read through a pid: it counts only if the caller still waited when we were done.
Gatekeeper::Verdict Gatekeeper::as_job(GateSlot& slot, const ExecReading& exec, std::size_t job_class,
                                       const job::Inputs& inputs) const {
  if (!identify(slot)) return Verdict::passes;
  slot.facts.jobserver = jobserver_told_by(exec.variables());
  slot.facts.set(static_cast<std::uint16_t>(job_class), exec.program(), exec.job(), inputs);
  return Verdict::asks;
}

bool Gatekeeper::identify(GateSlot& slot) const {
  const seccomp_notif& notification = slot.notification.notification;
  const auto thread = static_cast<pid_t>(notification.pid);
  const auto status = proc::read_status(thread);
  if (!status) return false;
  const auto process = proc::read_stat(status->tgid);
  if (!process || !gate::still_waiting(listener_, notification.id)) return false;
  slot.facts.thread = thread;
  slot.facts.process = {status->tgid, process->start_ticks};
  slot.facts.old_stack = process->start_stack;
  return true;
}

// Yama, or somebody else's process. The supervisor looks at what it becomes (late_execs.h), so nobody need wait.
Gatekeeper::Verdict Gatekeeper::leave_unread(GateSlot& slot) {
  const auto id = slot.notification.notification.id;
  slot.facts.unread = identify(slot);
  if (slot.facts.unread) {
    gate::answer_continue(listener_, id);
    return Verdict::unread;
  }
  if (gate::still_waiting(listener_, id)) area_.note_unguarded(report::Unguarded::unreadable);
  return Verdict::passes;
}

void Gatekeeper::settle(GateSlot& slot, Verdict verdict) {
  if (verdict == Verdict::passes) return answer(slot);
  if (verdict != Verdict::to_shim && verdict != Verdict::driver) return ask(slot);
  const std::lock_guard lock(left_mutex_);
  to_shim_.push_back({&slot, verdict == Verdict::to_shim});
  (void)::eventfd_write(left_fd_.get(), 1);
}

void Gatekeeper::ask(GateSlot& slot) {
  slot.state = SlotState::asked;
  (void)::eventfd_write(wake_fd_, 1);
  // Said meanwhile, to all that had asked by then.
  if (all_pass()) take_back(slot);
}

void Gatekeeper::answer(GateSlot& slot) {
  gate::answer_continue(listener_, slot.notification.notification.id);
  slot.state = SlotState::empty;
}

// Unless the supervisor has it already.
void Gatekeeper::take_back(GateSlot& slot) {
  SlotState asked = SlotState::asked;
  if (slot.state.compare_exchange_strong(asked, SlotState::received)) answer(slot);
}

void Gatekeeper::let_all_pass() {
  pass_all_ = true;
  for (GateSlot& slot : area_.slots) take_back(slot);
}

void Gatekeeper::turn() {
  relay_.relieve([this] { finish_hanging(); });
  begin_detours();
}

// The thread that had it reads on, or hangs, and touches nothing else any more.
void Gatekeeper::finish_hanging() {
  const auto [slot, exec, job_class] = std::exchange(present_, {});
  settle(*slot, job_class ? as_job(*slot, *exec, *job_class, {}) : leave_unread(*slot));
}

// Only the thread that waits for processes may trace them.
void Gatekeeper::begin_detours() {
  eventfd_t count = 0;
  (void)::eventfd_read(left_fd_.get(), &count);
  std::vector<ToShim> execs;
  {
    const std::lock_guard lock(left_mutex_);
    execs.swap(to_shim_);
  }
  for (const auto& [slot, is_job] : execs) {
    // One that was killed meanwhile: its pid may be another's.
    const bool waits = gate::still_waiting(listener_, slot->notification.notification.id);
    const bool goes_on = !waits || all_pass() || detours_->begin(slot->facts.thread);
    if (goes_on || !is_job) {
      answer(*slot);
    } else {
      ask(*slot);
    }
  }
}

// It is past the gate. As one that could not be read there, it is looked at by what it has become.
void Gatekeeper::on_refused(pid_t process) {
  const auto stat = proc::read_stat(process);
  if (!stat) return;
  GateSlot* slot = claim_slot(area_, SlotState::received);
  if (slot == nullptr) return area_.note_unguarded(report::Unguarded::unreadable);
  slot->facts = {};
  slot->facts.thread = process;
  slot->facts.process = {process, stat->start_ticks};
  // Its exec is done: any stack that it has is the new one's.
  slot->facts.old_stack = 1;
  slot->facts.unread = true;
  ask(*slot);
}

void continue_for_stopped_front(SharedArea& area, int listener) {
  if (listener < 0) return;
  std::uint32_t nobody = 0;
  if (!area.receiver.compare_exchange_strong(nobody, kSupervisorReceives)) return;
  // By way of a slot, so that whoever finds us dead can answer; no more of them at once than there are slots.
  for (std::size_t i = 0; i < SharedArea::kSlots && state_of(listener) == Listener::pending; ++i) {
    GateSlot* slot = claim_slot(area, SlotState::passing);
    if (slot == nullptr) break;
    const auto received = gate::receive(listener, slot->notification);
    if (received && *received) gate::answer_continue(listener, slot->notification.notification.id);
    slot->state = SlotState::empty;
  }
  area.receiver = 0;
}

void stop_receiving_for(SharedArea& area, int listener) {
  if (area.receiver != kSupervisorReceives) return;
  for (GateSlot& slot : area.slots) {
    if (slot.state != SlotState::passing) continue;
    gate::answer_continue(listener, slot.notification.notification.id);
    slot.state = SlotState::empty;
  }
  area.receiver = 0;
}

}  // namespace memguard::supervisor
