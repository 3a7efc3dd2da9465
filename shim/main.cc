// memguard-shim: stands above the compilers and linkers of a guarded build that may run again (gate/detour.h), or is
// cargo's RUSTC_WRAPPER. It runs the compiler and, when memory ended it (evicted by the supervisor, or killed by the
// kernel), runs it again, so that whoever started it never hears of it. Every other ending is passed on as it was.
// Outside a guarded run, and for what is over in a moment, it just becomes the compiler.

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "shim/arguments.h"
#include "shim/compiler.h"
#include "shim/complain.h"
#include "shim/messages.h"
#include "shim/supervisor_line.h"

namespace memguard::shim {
namespace {

// What a pipe holds; on the stack, which is there anyway.
constexpr std::size_t kPipe = 65536;
constexpr std::chrono::seconds kReconnectPatience(5);
constexpr int kFailed = 125;

// Else our own descriptors get the numbers of closed standard streams, and messages go into them. Exec closes them
// again.
void fill_closed_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    (void)::open("/dev/null", (stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
  }
}

// Becomes the compiler.
[[noreturn]] void become(const Program& program) {
  execute(program);
  const int error = errno;
  complain("execute", program.file, error);
  ::_exit(error == ENOENT ? 127 : 126);
}

class Shim {
 public:
  Shim(const Program& program, const char* run) : program_(program), line_(run) {}

  /// Runs the compiler to its last end, and gives that.
  int run();

 private:
  void wait_for_end();
  void read_messages();
  void read_to_end();
  [[nodiscard]] Ending memory_may_have_done_it() const;
  [[nodiscard]] bool is_to_run_again(Ending ending);

  Program program_;
  ChildSignals signals_;
  SupervisorLine line_;
  Compiler compiler_;
  Messages messages_{STDERR_FILENO};
  bool messages_open_ = false;
  /// Somebody ends the build: nothing is started again.
  bool to_end_ = false;
  int status_ = 0;
};

int Shim::run() {
  signals_ = watch_children();
  (void)line_.connect();
  while (true) {
    compiler_ = start(program_, signals_);
    if (compiler_.pid < 0) {
      complain("start", program_.file, errno);
      return kFailed << 8;
    }
    messages_open_ = true;
    wait_for_end();
    const Ending ending = memory_may_have_done_it();
    // Whoever is left of a killed compiler's family has its stderr, and is the supervisor's to end.
    if (ending != Ending::killed) read_to_end();
    if (ending == Ending::none || to_end_ || !is_to_run_again(ending)) break;
    reap(compiler_);
    messages_.begin_again();
  }
  read_to_end();
  messages_.finish();
  reap(compiler_);
  return status_;
}

void Shim::wait_for_end() {
  while (!has_ended(compiler_, status_)) {
    std::array<pollfd, 3> watched{
        {{signals_.fd, POLLIN, 0}, {messages_open_ ? compiler_.messages : -1, POLLIN, 0}, {line_.fd(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[0].revents != 0 && take_signal(signals_, compiler_.pid) != 0) to_end_ = true;
    if (watched[1].revents != 0) read_messages();
    // Nobody tells us anything unasked: the supervisor is gone. The next one must know that we can restart.
    if (watched[2].revents != 0) (void)line_.connect();
  }
  read_messages();
}

// All that is there.
void Shim::read_messages() {
  std::array<char, kPipe> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  while (messages_open_) {
    const ssize_t got = ::read(compiler_.messages, text.data(), text.size());
    if (got > 0) {
      messages_.take({text.data(), static_cast<std::size_t>(got)});
    } else if (got == 0 || errno == EIO) {
      messages_open_ = false;
    } else if (errno != EINTR) {
      return;
    }
  }
}

// What the compiler started may still write, and cargo would wait for it as well.
void Shim::read_to_end() {
  while (messages_open_) {
    pollfd more{compiler_.messages, POLLIN, 0};
    (void)::poll(&more, 1, -1);
    read_messages();
  }
}

Ending Shim::memory_may_have_done_it() const {
  if (WIFSIGNALED(status_)) return WTERMSIG(status_) == SIGKILL ? Ending::killed : Ending::none;
  return WEXITSTATUS(status_) != 0 && messages_.link_failed() ? Ending::link_failed : Ending::none;
}

// A signal that ends the build ends the shim as it would have ended the compiler.
bool Shim::is_to_run_again(Ending ending) {
  const Answer answer = line_.ask(ending, kReconnectPatience, {signals_, compiler_.pid});
  if (answer.signal != 0) status_ = answer.signal;
  return answer.signal == 0 && answer.decision == Decision::restart;
}

// What follows kExecOption in `word`; null when it is another word.
const char* behind_option(const char* word) {
  const std::size_t length = std::strlen(kExecOption);
  return std::strncmp(word, kExecOption, length) == 0 ? word + length : nullptr;
}

// memguard-shim --exec[=RUN] FILE ARGV0 ARGUMENTS..., memguard-shim RUSTC ARGUMENTS..., or with a wrapper of the user's
// in the place of our own name. `work` are the arguments of the compiler, if it is not known yet whether it works.
// `run` stays as it is where no word names one.
bool read_words(int argc, char** argv, Program& program, char**& work, const char*& run) {
  const char* const named = argc > 3 ? behind_option(argv[1]) : nullptr;
  if (named != nullptr && (*named == '\0' || *named == '=')) {
    if (*named == '=') run = named + 1;
    // Whoever sent it here has looked.
    program = {argv[2], argv + 3, false};
    work = nullptr;
    return true;
  }
  char* const wrapper = ::getenv(kWrapperVariable);
  const bool wrapped = wrapper != nullptr && *wrapper != '\0';
  if (wrapped) argv[0] = wrapper;
  if (argc < 2 && !wrapped) return false;
  char** const command = wrapped ? argv : argv + 1;
  program = {command[0], command, true};
  work = argc < 2 ? argv + 1 : argv + 2;
  return true;
}

}  // namespace
}  // namespace memguard::shim

int main(int argc, char** argv) {
  using namespace memguard::shim;
  fill_closed_streams();
  Program program;
  char** work = nullptr;
  const char* run = ::getenv(kRunVariable);
  if (!read_words(argc, argv, program, work, run)) {
    ::dprintf(STDERR_FILENO, "memguard-shim: called by cargo as RUSTC_WRAPPER, with a compiler and its arguments\n");
    return kFailed;
  }
  // What is no rustc at all, as the C compilers that the cc crate gives to a wrapper named sccache, is no work here.
  if (run == nullptr || (work != nullptr && !is_work(work))) become(program);
  end_as(Shim(program, run).run());
}
