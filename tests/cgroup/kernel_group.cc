#include "kernel_group.h"

#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/location.h"

namespace memguard::cgroup {

KernelGroup::KernelGroup() : name_(fmt::format("memguard-test-{}", ::getpid())) {
  if (::pipe2(pipe_.data(), O_CLOEXEC) != 0) unavailable_ = "a pipe";
  if (unavailable_.empty()) make();
  if (unavailable_.empty()) check_moving();
}

KernelGroup::~KernelGroup() {
  while (!children_.empty()) {
    ::kill(*children_.begin(), SIGKILL);
    wait_end(*children_.begin());
  }
  if (group_) {
    EXPECT_TRUE(group_->kill());
    EXPECT_TRUE(parent_->remove(name_, std::chrono::seconds(10)));
  }
  for (const int end : pipe_) ::close(end);
}

void KernelGroup::make() {
  const auto here = locate({});
  if (!here) {
    unavailable_ = "a mounted cgroup2 file system";
    return;
  }
  auto dir = open_cgroup(root_candidate(here->own.value_or(here->mount.point)));
  if (dir) parent_.emplace(std::move(*dir));
  auto group = parent_ ? parent_->make(name_) : fail("open", dir.error().code);
  if (group) group_.emplace(std::move(*group));
  if (!group) unavailable_ = "a writable cgroup2 file system: " + group.error().text();
}

void KernelGroup::check_moving() {
  const pid_t pid = spawn();
  const auto moved = group_->add(pid);
  if (!moved) unavailable_ = "the right to move processes: " + moved.error().text();
  ::kill(pid, SIGKILL);
  wait_end(pid);
}

pid_t KernelGroup::spawn() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(pipe_[1]);
    char byte = 0;
    while (::read(pipe_[0], &byte, 1) > 0) {}
    ::_exit(0);
  }
  children_.insert(pid);
  return pid;
}

int KernelGroup::wait_end(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  children_.erase(pid);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace memguard::cgroup
