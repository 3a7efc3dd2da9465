#include "supervisor/gatekeeper.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>

#include "gate/exec_request.h"
#include "job/describe.h"
#include "job/inputs.h"
#include "job/program_key.h"

namespace memguard::supervisor {
namespace {

// Enough for any command line that is worth reading; beyond it rustc gets a response file.
constexpr std::size_t kMostStrings = 4096;
constexpr std::size_t kLongestString = 8192;

using Strings = std::vector<std::string>;

// Values of SharedArea::receiver.
constexpr std::uint32_t kFrontReceives = 1;
constexpr std::uint32_t kSupervisorReceives = 2;

GateSlot* free_slot(SharedArea& area) {
  const auto free = std::ranges::find_if(area.slots, [](const GateSlot& s) { return s.state == SlotState::empty; });
  return free == area.slots.end() ? nullptr : &*free;
}

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
  if (pass_all_ || !read_job(slot->notification.notification, slot->facts)) {
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

bool Gatekeeper::read_job(const seccomp_notif& notification, ExecFacts& facts) {
  const auto thread = static_cast<pid_t>(notification.pid);
  const auto arguments = gate::exec_arguments(notification.data);
  gate::RemoteMemory memory(thread);
  const auto path = gate::read_path(thread, arguments, memory);
  if (!path) {
    const bool refused = !path.error().gone() && path.error().code != EFAULT && path.error().code != E2BIG;
    return refused && leave_unread(notification, facts);
  }
  const auto job_class = class_of(thread, *path);
  if (!job_class || !gate::can_be_executed(thread, arguments, *path)) return false;

  const auto argv = memory.strings_at(arguments.argv, arguments.pointer_size, kMostStrings, kLongestString);
  const auto envp = memory.strings_at(arguments.envp, arguments.pointer_size, kMostStrings, kLongestString);
  const std::string& class_name = config_.classes[*job_class].name;
  const bool by_size = *job_class == config::kOther;
  const std::string program = by_size ? job::program_key(*path) : std::string(gate::program_started(*path));
  const Strings words = argv.value_or(Strings{});
  const auto job = job::describe(class_name, *path, words, envp.value_or(Strings{}));
  if (argv && !job.works) return false;
  const auto inputs = by_size ? job::Inputs{} : job::measure_inputs(thread, class_name, words);

  // All of the above was read through a pid: it counts only if the caller still waited when we were done.
  if (!identify(notification, facts)) return false;
  facts.set(static_cast<std::uint16_t>(*job_class), program, job, inputs);
  return true;
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
bool Gatekeeper::leave_unread(const seccomp_notif& notification, ExecFacts& facts) {
  facts.unread = identify(notification, facts);
  if (!facts.unread && gate::still_waiting(listener_, notification.id))
    area_.note_unguarded(report::Unguarded::unreadable);
  if (facts.unread) gate::answer_continue(listener_, notification.id);
  return facts.unread;
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
