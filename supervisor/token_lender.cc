#include "supervisor/token_lender.h"

#include <algorithm>
#include <map>

namespace memguard::supervisor {
namespace {

// Reading the names of a dozen threads takes a tenth of a millisecond.
constexpr Duration kNoteInterval = std::chrono::milliseconds(500);

bool was_killed(report::Outcome outcome) {
  return outcome != report::Outcome::done && outcome != report::Outcome::running;
}

}  // namespace

void TokenLender::sampled(Instant now) {
  if (server_ == nullptr) return;
  const int lent = std::min(held_by_stopped(), most_);
  area_.lent_tokens = server_->lend(lent, area_.lent_tokens);
  if (lent == 0 || now - noted_at_ < kNoteInterval) return;
  noted_at_ = now;
  note();
}

int TokenLender::held_by_stopped() const {
  std::map<policy::FamilyId, std::pair<bool, int>> families;
  for (const LiveJob& job : jobs_.all()) {
    auto& [runs, tokens] = families[job.family()];
    // A rustc that waits for its held linker runs in name only, but the processor is the linker's.
    runs = job.record->phase == JobPhase::running;
    tokens += job.record->tokens;
  }
  int held = 0;
  for (const auto& [family, of] : families) held += of.first ? 0 : 1 + of.second;
  return held;
}

void TokenLender::note() {
  for (const LiveJob& job : jobs_.all()) {
    if (job.record->phase == JobPhase::running && job.started) {
      job.record->tokens = tokens_held_by(job.processes.front().pid);
    }
  }
}

void TokenLender::ended(const JobRecord& job) const {
  if (server_ != nullptr && was_killed(job.outcome)) server_->restore(job.tokens);
}

}  // namespace memguard::supervisor
