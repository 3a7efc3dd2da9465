#include "supervisor/token_pool.h"

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

void TokenPool::sampled(Instant now) {
  if (server_ == nullptr || held_by_stopped() == 0 || now - noted_at_ < kNoteInterval) return;
  noted_at_ = now;
  note();
}

std::optional<policy::Tokens> TokenPool::look() const {
  if (server_ == nullptr) return std::nullopt;
  const int most = processors_ - 1 + held_by_stopped();
  return policy::Tokens{server_->free_tokens(), most - area_.tokens};
}

void TokenPool::spare(int tokens) {
  if (server_ == nullptr) return;
  const int free = server_->free_tokens();
  if (tokens > free) {
    server_->give(tokens - free);
    area_.tokens += tokens - free;
  } else {
    area_.tokens -= server_->take(free - tokens);
  }
}

int TokenPool::held_by_stopped() const {
  std::map<policy::FamilyId, std::pair<bool, int>> families;
  for (const LiveJob& job : jobs_.all()) {
    auto& [runs, tokens] = families[job.family()];
    // A rustc that waits for its held linker runs in name only, but the processor is the linker's. One that has just
    // arrived may be let go at once.
    runs = job.record->phase == JobPhase::running || job.record->phase == JobPhase::waiting;
    tokens += job.record->tokens;
  }
  int held = 0;
  for (const auto& [family, of] : families) held += of.first ? 0 : 1 + of.second;
  return held;
}

void TokenPool::note() {
  for (const LiveJob& job : jobs_.all()) {
    if (job.record->phase == JobPhase::running && job.started) {
      job.record->tokens = tokens_held_by(job.processes.front().pid);
    }
  }
}

void TokenPool::ended(const JobRecord& job) const {
  if (server_ != nullptr && was_killed(job.outcome)) server_->give(job.tokens);
}

}  // namespace memguard::supervisor
