#include "supervisor/intake/exec_reading.h"

#include <cstddef>
#include <utility>

#include "job/again.h"
#include "job/clang.h"
#include "job/program_key.h"
#include "job/programs.h"

namespace memguard::supervisor {
namespace {

// Enough for any command line that is worth reading; beyond it rustc gets a response file. Of an environment cargo's
// variables count, which a few KiB hold.
constexpr gate::StringsLimit kArguments{.strings = 4096, .length = 8192, .bytes = std::size_t{2} << 20U};
constexpr gate::StringsLimit kEnvironment{.strings = 4096, .length = 8192, .bytes = std::size_t{1} << 20U};

using Strings = std::vector<std::string>;

}  // namespace

ExecReading::ExecReading(const seccomp_notif& notification)
    : thread_(static_cast<pid_t>(notification.pid)),
      arguments_(gate::exec_arguments(notification.data)),
      memory_(thread_) {}

void ExecReading::read_path() {
  path_ = gate::read_path(thread_, arguments_, memory_);
  if (!path_) return;
  known_as_ = *path_;
  if (!job::may_be_another(known_as_)) return;
  known_as_ = job::program_behind(*path_, gate::file_behind(thread_, arguments_, *path_));
}

void ExecReading::read_job(const std::string& class_name, bool by_size) {
  class_name_ = class_name;
  by_size_ = by_size;
  if (!gate::can_be_executed(thread_, arguments_, *path_)) return;
  auto argv = memory_.strings_at(arguments_.argv, arguments_.pointer_size, kArguments);
  auto envp = memory_.strings_at(arguments_.envp, arguments_.pointer_size, kEnvironment);
  const bool unreadable = !argv;
  words_ = std::move(argv).value_or(Strings{});
  variables_ = std::move(envp).value_or(Strings{});
  job_ = job::describe(class_name_, known_as_, words_, variables_);
  is_job_ = unreadable || job_.works;
  const auto known = job::known_program(known_as_);
  starts_link_ = !is_job_ && known && job::clang_links(known->name, words_);
  may_run_again_ = (is_job_ || starts_link_) && arguments_.pointer_size == sizeof(void*) &&
                   job::may_run_again(known_as_, words_, variables_) &&
                   gate::can_be_executed_again(thread_, arguments_, *path_);
}

void ExecReading::measure() {
  if (!by_size_) inputs_ = job::measure_inputs(thread_, class_name_, words_);
}

std::string ExecReading::program() const {
  return by_size_ ? job::program_key(*path_) : std::string(gate::program_started(known_as_));
}

}  // namespace memguard::supervisor
