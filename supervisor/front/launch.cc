#include "supervisor/front/launch.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "gate/filter.h"
#include "gate/listener.h"

namespace memguard::supervisor {
namespace {

// What the first process is told when it may go.
constexpr char kGo = 'g';
constexpr char kWithWrapper = 'w';

// What the first process says when its filter is in, or was refused; the listener comes along (SCM_RIGHTS).
struct FilterNews {
  int error = 0;
  bool wait_killable = false;
  bool no_new_privs = false;
};

union ControlBuffer {
  cmsghdr align;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

void send_news(int socket, FilterNews news, int listener) {
  iovec part{&news, sizeof news};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (listener >= 0) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &listener, sizeof listener);
  }
  (void)::sendmsg(socket, &message, MSG_NOSIGNAL);
}

Result<FilterNews> receive_news(int socket, UniqueFd& listener) {
  FilterNews news;
  iovec part{&news, sizeof news};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof news)) return fail("start the command: its process ended early", EPIPE);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    listener = UniqueFd(fd);
  }
  return news;
}

void announce_filter(int socket, bool wanted) {
  if (!wanted) return send_news(socket, {}, -1);
  if (!gate::notifications_fit()) return send_news(socket, {.error = EOPNOTSUPP}, -1);
  const auto installed = gate::install_exec_filter();
  if (!installed) {
    const int code = installed.error().code != 0 ? installed.error().code : EINVAL;
    return send_news(socket, {.error = code}, -1);
  }
  const FilterNews news{0, installed->wait_killable, installed->no_new_privs};
  send_news(socket, news, installed->listener.get());
  // Our copy of the listener closes here: one that lived on in the build would turn our death into a hang.
}

[[noreturn]] void become_command(const LaunchPlan& plan, const UniqueFd& socket, const UniqueFd& go,
                                 const UniqueFd& exec_error) {
  announce_filter(socket.get(), plan.gate);
  // Fails, and shows whoever receives it whether this kernel can let an exec go on (gate::try_continue).
  if (plan.gate) (void)::execl("", "", nullptr);
  char token = 0;
  ssize_t got = 0;
  do {
    got = ::read(go.get(), &token, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(125);  // the front is gone
  for (const std::string& name : plan.hidden) ::unsetenv(name.c_str());
  ::setenv("MEMGUARD_RUN", plan.run_id.c_str(), 1);
  for (const auto& [name, value] : plan.wrapper) {
    if (token == kWithWrapper) ::setenv(name.c_str(), value.c_str(), 1);
  }
  if (plan.own_proc != nullptr) (void)plan.own_proc->leave();
  (void)::setrlimit(RLIMIT_NOFILE, &plan.open_files);
  (void)::sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);
  std::vector<char*> argv;
  for (const std::string& argument : plan.command) argv.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  const int error = errno;
  (void)!::write(exec_error.get(), &error, sizeof error);
  ::_exit(error == ENOENT ? 127 : 126);
}

Result<std::array<UniqueFd, 2>> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  return std::array<UniqueFd, 2>{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Status take_news(Launched& launched, int socket, bool wanted) {
  const auto news = receive_news(socket, launched.listener);
  if (!news) return pass(news.error());
  launched.wait_killable = news->wait_killable;
  launched.no_new_privs = news->no_new_privs;
  if (wanted && !launched.listener) launched.gate_refused = Error{"install the exec gate", news->error, {}};
  return {};
}

Result<Launched> start(const LaunchPlan& plan) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) return fail_errno("make a socket");
  UniqueFd ours(sockets[0]);
  UniqueFd theirs(sockets[1]);
  auto go = make_pipe();
  auto exec_error = make_pipe();
  if (!go || !exec_error) return fail("start the command: make a pipe", EMFILE);

  Launched launched;
  launched.pid = ::fork();
  if (launched.pid < 0) return fail_errno("start the command: fork");
  if (launched.pid == 0) {
    ours.reset();
    (*go)[1].reset();
    // It moves itself: a front that cannot (a process of another user namespace) would only learn it here too.
    if (plan.group != nullptr) (void)plan.group->add(::getpid());
    become_command(plan, theirs, (*go)[0], (*exec_error)[1]);
  }
  theirs.reset();
  launched.go = std::move((*go)[1]);
  launched.exec_error = std::move((*exec_error)[0]);
  if (auto news = take_news(launched, ours.get(), plan.gate); !news) return pass(std::move(news.error()));
  return launched;
}

}  // namespace

Result<Launched> launch(const LaunchPlan& plan) {
  auto launched = start(plan);
  if (!launched || !launched->listener || gate::try_continue(launched->listener.get())) return launched;
  ::kill(launched->pid, SIGKILL);
  (void)::waitpid(launched->pid, nullptr, 0);
  LaunchPlan without = plan;
  without.gate = false;
  launched = start(without);
  if (launched) launched->gate_refused = Error{"let an exec go on, which takes Linux 5.5", EINVAL, {}};
  return launched;
}

void let_go(Launched& launched, bool with_wrapper) {
  const char token = with_wrapper ? kWithWrapper : kGo;
  (void)!::write(launched.go.get(), &token, 1);
  launched.go.reset();
}

}  // namespace memguard::supervisor
