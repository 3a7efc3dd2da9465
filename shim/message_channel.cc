#include "shim/message_channel.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace memguard::shim {
namespace {

MessageChannel open_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  return {ends[0], ends[1]};
}

// What is written goes through unchanged; our own terminal does with it what it does.
void set_like(int terminal, int own) {
  termios mode{};
  if (::tcgetattr(terminal, &mode) == 0) {
    ::cfmakeraw(&mode);
    (void)::tcsetattr(terminal, TCSANOW, &mode);
  }
  winsize size{};
  if (::ioctl(own, TIOCGWINSZ, &size) == 0) (void)::ioctl(terminal, TIOCSWINSZ, &size);
}

MessageChannel open_terminal() {
  const int ours = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ours < 0) return {};
  const int theirs = ::unlockpt(ours) == 0 ? ::ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
  if (theirs < 0) {
    ::close(ours);
    return {};
  }
  set_like(theirs, STDERR_FILENO);
  return {ours, theirs};
}

}  // namespace

MessageChannel open_message_channel() {
  MessageChannel channel;
  if (::isatty(STDERR_FILENO) != 0) channel = open_terminal();
  if (channel.read < 0) channel = open_pipe();
  if (channel.read >= 0) (void)::fcntl(channel.read, F_SETFL, O_NONBLOCK);
  return channel;
}

}  // namespace memguard::shim
