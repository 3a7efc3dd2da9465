#include "gate/new_stack.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "gate/remote_memory.h"
#include "proc/file_view.h"

namespace memguard::gate {
namespace {

using Words = std::vector<std::uint64_t>;

// Of the 128 KiB below it that the kernel makes the stack larger by at each exec (fs/exec.c, setup_arg_pages).
constexpr std::size_t kMostWords = 8192;

Words words_at(pid_t process, std::uint64_t address) {
  Words words(kMostWords);
  const iovec ours{words.data(), words.size() * sizeof(std::uint64_t)};
  const iovec theirs{reinterpret_cast<void*>(address), ours.iov_len};  // NOLINT: an address in another process
  const ssize_t got = ::process_vm_readv(process, &ours, 1, &theirs, 1, 0);
  words.resize(got < 0 ? 0 : static_cast<std::size_t>(got) / sizeof(std::uint64_t));
  return words;
}

bool write_at(pid_t process, std::uint64_t address, std::span<const char> bytes) {
  const iovec ours{const_cast<char*>(bytes.data()), bytes.size()};     // NOLINT: only read
  const iovec theirs{reinterpret_cast<void*>(address), bytes.size()};  // NOLINT: an address in another process
  return ::process_vm_writev(process, &ours, 1, &theirs, 1, 0) == static_cast<ssize_t>(bytes.size());
}

struct NewStack {
  /// The addresses of its arguments.
  Words arguments;
  /// Of the array of its variables.
  std::uint64_t envp = 0;
  /// Of the path that execve was given (AT_EXECFN).
  std::uint64_t path = 0;
};

// The number of arguments, these and a 0, variables and a 0, pairs of which a 0 is the last.
std::optional<NewStack> read_stack(pid_t process, std::uint64_t address) {
  const Words words = words_at(process, address);
  if (words.empty() || words[0] == 0 || words[0] + 2 >= words.size()) return std::nullopt;
  NewStack found;
  const auto first_variable = words.begin() + static_cast<std::ptrdiff_t>(words[0]) + 2;
  found.arguments.assign(words.begin() + 1, first_variable - 1);
  found.envp = address + static_cast<std::uint64_t>(first_variable - words.begin()) * sizeof(std::uint64_t);
  auto at = std::find(first_variable, words.end(), 0U);
  for (; words.end() - at > 2 && *(at + 1) != AT_NULL; at += 2) {
    if (*(at + 1) == AT_EXECFN) found.path = *(at + 2);
  }
  if (found.path == 0) return std::nullopt;
  return found;
}

bool runs_file(pid_t process, const std::string& path) {
  struct stat program {};
  struct stat named {};
  const auto file = proc::FileView(process).open(path, O_PATH);
  if (!file || ::fstat(file->get(), &named) != 0) return true;
  if (::stat(fmt::format("/proc/{}/exe", process).c_str(), &program) != 0) return true;
  return program.st_ino == named.st_ino && program.st_dev == named.st_dev;
}

// The kernel has put the interpreter, at most one word for it, and the path before the arguments of a script
// (fs/binfmt_script.c).
void take_interpreter_away(pid_t process, NewStack& stack, const std::string& path, RemoteMemory& memory) {
  for (std::size_t i = 1; i < std::min<std::size_t>(stack.arguments.size(), 3); ++i) {
    if (memory.string_at(stack.arguments[i], PATH_MAX).value_or("") != path) continue;
    if (!runs_file(process, path))
      stack.arguments.erase(stack.arguments.begin(), stack.arguments.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

template <class T>
void append(std::vector<char>& bytes, const T& value) {
  const auto* begin = reinterpret_cast<const char*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

}  // namespace

std::optional<ExecWords> guide_words(pid_t process, std::uint64_t stack, const std::string& guide,
                                     const std::string& option) {
  auto found = read_stack(process, stack);
  RemoteMemory memory(process);
  const auto path = found ? memory.string_at(found->path, PATH_MAX) : Result<std::string>();
  if (!found || !path || path->starts_with("/dev/fd/")) return std::nullopt;
  take_interpreter_away(process, *found, *path, memory);

  constexpr std::uint64_t kAlign = 16;
  const std::size_t texts = guide.size() + option.size() + 2;
  const std::size_t size = (found->arguments.size() + 4) * sizeof(std::uint64_t) + texts;
  const std::uint64_t place = (stack - size) / kAlign * kAlign - kAlign;
  const std::uint64_t guide_at = place + size - texts;
  std::vector<char> bytes;
  append(bytes, guide_at);
  append(bytes, guide_at + guide.size() + 1);
  append(bytes, found->path);
  for (const std::uint64_t argument : found->arguments) append(bytes, argument);
  append(bytes, std::uint64_t{0});
  for (const std::string& text : {guide, option})
    bytes.insert(bytes.end(), text.c_str(), text.c_str() + text.size() + 1);
  if (!write_at(process, place, bytes)) return std::nullopt;
  return ExecWords{guide_at, place, found->envp};
}

}  // namespace memguard::gate
