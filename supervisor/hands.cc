#include "supervisor/hands.h"

#include <variant>

namespace memguard::supervisor {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

void Hands::carry_out(const policy::Observation& seen, const policy::Decision& decision, Instant now) {
  parts_.stops.freeze_all_of(decision, now);
  for (const auto& action : decision.actions) apply(action, now);
  parts_.restarter.let_back(decision.back);
  timeline_.stepped(seen, decision, now);
}

void Hands::apply(const policy::Action& action, Instant now) {
  // Without the memory controller there is no such file, and nothing to tell of.
  if (!parts_.home.can().memory && std::holds_alternative<policy::SetHigh>(action)) return;
  parts_.explainer.explain(action, parts_.jobs, now);
  std::visit(Overloaded{
                 [&](const policy::Admit& one) { admit(one, now); },
                 [&](const policy::Hold& one) { hold(one, now); },
                 [](const policy::Freeze& /*done, with all others*/) {},
                 [&](const policy::Thaw& thaw) {
                   parts_.reclaimer.stop(thaw.family);
                   parts_.stops.thaw(thaw.jobs, now);
                   parts_.close_look.job_runs();
                 },
                 [&](const policy::Evict& evict) {
                   parts_.reclaimer.stop(evict.family);
                   parts_.restarter.evict(evict.family, evict.stays_away);
                 },
                 [&](const policy::Reclaim& one) { parts_.reclaimer.reclaim(one.family, one.amount); },
                 [&](const policy::SetHigh& set) { set_high(set.high); },
                 [&](const policy::Spare& spare) { parts_.tokens.spare(spare.tokens); },
             },
             action);
}

void Hands::admit(const policy::Admit& admit, Instant now) {
  LiveJob* job = parts_.jobs.find(admit.job);
  if (job == nullptr) return;
  job->record->predicted = admit.predicted;
  parts_.stops.admit(*job, now);
  parts_.close_look.job_runs();
}

void Hands::hold(const policy::Hold& hold, Instant now) {
  LiveJob* job = parts_.jobs.find(hold.job);
  if (job == nullptr) return;
  job->record->predicted = hold.predicted;
  parts_.stops.hold(*job, now);
}

void Hands::set_high(Bytes high) {
  if (!parts_.home.can().memory) return;
  // What the timeline shows.
  parts_.jobs.area().timeline.high = high.count;
  parts_.limit_worker.post([&home = parts_.home, high]() -> Worker::Completion {
    (void)home.build->set_memory_high(high);
    return {};
  });
}

}  // namespace memguard::supervisor
