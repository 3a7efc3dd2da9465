#include "supervisor/restart/judge_end.h"

#include <csignal>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using report::Killer;
using report::Outcome;

struct Row {
  std::string name;
  EndSigns signs;
  /// What the ledger says; `somebody`, which it never says, where it must not be asked.
  Killer ledger;
  JobEnd end;
  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }
};

class JudgedEnd : public testing::TestWithParam<Row> {};

TEST_P(JudgedEnd, is_told_by_its_signs) {
  const Row& row = GetParam();
  int asked = 0;
  const JobEnd end = judge_end(row.signs, [&] {
    ++asked;
    return row.ledger;
  });
  EXPECT_EQ(asked, row.ledger == Killer::somebody ? 0 : 1);
  EXPECT_EQ(end.outcome, row.end.outcome);
  EXPECT_EQ(end.killer, row.end.killer);
  EXPECT_EQ(end.for_memory, row.end.for_memory);
  EXPECT_EQ(end.rest_waits, row.end.rest_waits);
}

constexpr Killer kNotAsked = Killer::somebody;

EndSigns exited() { return {.seen = true}; }
EndSigns signalled(int signal) { return {.seen = true, .signal = signal}; }
EndSigns killed_below_a_shim() { return {.seen = true, .signal = SIGKILL, .shim_asks = true}; }
EndSigns unseen_below_a_shim() { return {.shim_asks = true}; }
template <class T>
EndSigns with(EndSigns signs, T EndSigns::*sign, T value) {
  signs.*sign = value;
  return signs;
}

INSTANTIATE_TEST_SUITE_P(
    Of, JudgedEnd,
    testing::Values(
        Row{"one_that_exited", exited(), kNotAsked, {.outcome = Outcome::done}},
        Row{"one_that_crashed", signalled(SIGSEGV), kNotAsked, {.outcome = Outcome::killed}},
        Row{"one_that_was_waited_for", {}, Killer::none, {.outcome = Outcome::done}},
        Row{"one_killed_by_somebody",
            signalled(SIGKILL),
            Killer::none,
            {.outcome = Outcome::killed, .killer = Killer::somebody}},
        Row{"an_evicted_one",
            with(killed_below_a_shim(), &EndSigns::evicted, true),
            kNotAsked,
            {.outcome = Outcome::evicted}},
        Row{"an_evicted_one_that_exited_first",
            with(exited(), &EndSigns::evicted, true),
            kNotAsked,
            {.outcome = Outcome::done}},
        Row{"an_evicted_one_that_the_end_of_the_build_kills",
            {.seen = true, .signal = SIGKILL, .evicted = true, .interrupted = true, .killing = true},
            kNotAsked,
            {.outcome = Outcome::evicted}},
        Row{"one_that_the_kernel_killed_below_a_shim",
            killed_below_a_shim(),
            Killer::limit,
            {.outcome = Outcome::oom_restarted, .killer = Killer::limit, .for_memory = true, .rest_waits = true}},
        Row{"one_that_the_kernel_killed_and_its_parent_waited_for",
            unseen_below_a_shim(),
            Killer::limit,
            {.outcome = Outcome::oom_restarted, .killer = Killer::limit, .for_memory = true}},
        Row{"one_that_the_kernel_killed_with_no_shim",
            signalled(SIGKILL),
            Killer::outside,
            {.outcome = Outcome::oom, .killer = Killer::outside, .for_memory = true}},
        Row{"one_that_the_kernel_killed_in_a_build_told_to_end",
            with(killed_below_a_shim(), &EndSigns::interrupted, true),
            Killer::limit,
            {.outcome = Outcome::killed, .killer = Killer::limit, .for_memory = true}},
        Row{"one_killed_with_its_family",
            with(killed_below_a_shim(), &EndSigns::family_lost, true),
            Killer::none,
            {.outcome = Outcome::oom_restarted}},
        Row{"one_of_a_lost_family_that_was_waited_for",
            with(unseen_below_a_shim(), &EndSigns::family_lost, true),
            Killer::none,
            {.outcome = Outcome::done}},
        Row{"one_waited_for_in_a_build_told_to_end",
            with({}, &EndSigns::interrupted, true),
            kNotAsked,
            {.outcome = Outcome::killed}},
        Row{"one_still_to_die_while_we_kill",
            {.dead = false, .interrupted = true, .killing = true},
            kNotAsked,
            {.outcome = Outcome::killed, .killer = Killer::memguard}},
        Row{"one_that_our_signal_ended",
            {.seen = true, .signal = SIGTERM, .interrupted = true, .killing = true},
            kNotAsked,
            {.outcome = Outcome::killed, .killer = Killer::memguard}},
        Row{"one_that_exited_while_we_kill",
            {.seen = true, .interrupted = true, .killing = true},
            kNotAsked,
            {.outcome = Outcome::done}}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

}  // namespace
}  // namespace memguard::supervisor
