// Real execs of a child at the gate, and a supervisor that is the test.
#pragma once

#include <sys/eventfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "config/config.h"
#include "gated_child.h"
#include "script.h"
#include "supervisor/intake/gatekeeper.h"
#include "temporary_folder.h"

namespace memguard::supervisor {

using Strings = std::vector<std::string>;

/// With what the programs of these tests end.
constexpr int kOwnEnd = 3;

class ExecAtTheGate : public testing::Test {
 protected:
  void SetUp() override {
    if (!GatedChild::possible()) GTEST_SKIP() << "the exec gate is refused here";
    config_.classes.push_back({"generator", {{"gen", "test"}}});
  }

  std::string script(const std::string& name, int end = kOwnEnd) {
    return make_script(folder_.in(name), "exit " + std::to_string(end));
  }

  /// A child does this, and its exec has come.
  void start(const std::function<void()>& first) {
    child_.emplace(first);
    keeper_.emplace(area_, config_, child_->listener(), wake_.get());
    ASSERT_TRUE(child_->exec_comes());
  }
  void start(const std::string& path, const Strings& words = {"zeroth"}, const Strings& variables = {}) {
    start([&] { execute(path, words, variables); });
  }

  /// What waits for the supervisor, or null.
  GateSlot* asked() {
    const auto slot =
        std::ranges::find(area_.slots, SlotState::asked, [](const GateSlot& s) { return s.state.load(); });
    return slot == area_.slots.end() ? nullptr : &*slot;
  }
  [[nodiscard]] bool all_slots_are_free() const {
    return std::ranges::all_of(area_.slots, [](const GateSlot& s) { return s.state == SlotState::empty; });
  }
  void take_all_slots() {
    for (GateSlot& slot : area_.slots) slot.state = SlotState::taken;
  }
  [[nodiscard]] bool supervisor_is_woken() const {
    eventfd_t count = 0;
    return ::eventfd_read(wake_.get(), &count) == 0;
  }
  std::uint32_t unreadable() { return area_.unguarded[static_cast<std::size_t>(report::Unguarded::unreadable)]; }

  /// Of a child that goes on.
  int end() {
    const int status = child_->end();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void expect_it_went_on_as_no_job() {
    EXPECT_EQ(end(), kOwnEnd);
    EXPECT_TRUE(all_slots_are_free());
    EXPECT_FALSE(supervisor_is_woken());
  }

  TemporaryFolder folder_;
  config::Config config_;
  SharedArea& area_ = *SharedArea::create(16).value();
  UniqueFd wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::optional<GatedChild> child_;
  std::optional<Gatekeeper> keeper_;
};

}  // namespace memguard::supervisor
