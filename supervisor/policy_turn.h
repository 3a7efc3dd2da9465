// Policy's turn: the build is looked at, policy steps once, and what it decided is carried out.
#pragma once

#include <functional>

#include "policy/governor.h"
#include "record/record.h"
#include "supervisor/arrivals.h"
#include "supervisor/hands.h"
#include "supervisor/intake/found_jobs.h"
#include "supervisor/live/close_look.h"
#include "supervisor/live/plenty.h"
#include "supervisor/memory/observer.h"
#include "supervisor/memory/run_limit.h"
#include "supervisor/restart/restarter.h"
#include "supervisor/stop/explain.h"
#include "supervisor/stop/reclaimer.h"
#include "supervisor/stop/stops.h"
#include "supervisor/tell/unit_news.h"
#include "supervisor/tell/waiting_notice.h"
#include "supervisor/tokens/token_pool.h"

namespace memguard::supervisor {

/// From a decision to the next sample: what policy wants, or less where the found jobs want to be looked at within
/// `look_within`; but so much that turns of `cost` (CPU time) take no more than a part of one processor
/// (kMostCpuShare); and at most kSlowestSample.
[[nodiscard]] Duration sample_interval(Duration wanted, std::optional<Duration> look_within, Duration cost);

/// The heartbeat must beat well within the front's 2 s, whatever policy asks for.
constexpr Duration kSlowestSample = std::chrono::milliseconds(500);

class PolicyTurn {
 public:
  struct Parts {
    const config::Config& config;
    const RunLimit& limit;
    LiveJobs& jobs;
    Observer& observer;
    FoundJobs& found;
    Arrivals& arrivals;
    Restarter& restarter;
    Reclaimer& reclaimer;
    TokenPool& tokens;
    Stops& stops;
    Hands& hands;
    CloseLook& close_look;
    const Explainer& explainer;
    UnitNews& unit;
  };
  /// The time since the build began.
  using Clock = std::function<Instant()>;
  /// Gets each step, after it was carried out.
  using Stepped = std::function<void(policy::Observation&&, policy::Decision&&)>;

  /// What the parts refer to must outlive it.
  PolicyTurn(const Parts& parts, const policy::Settings& settings, Clock clock, Stepped stepped);

  /// A job that ended while a supervisor before us lived.
  void learn(const record::Learned& learned);
  /// Takes one. The kernel is read anew when the last reading is older than `oldest_reading`. Gives the time until the
  /// next sample, zero when that is due.
  [[nodiscard]] Duration take(Duration oldest_reading);
  /// What policy last wanted from sample to sample; zero before its first step.
  [[nodiscard]] Duration wanted_interval() const { return wanted_interval_; }

 private:
  [[nodiscard]] policy::Observation look(Instant now, Duration oldest_reading);
  void find_jobs(Instant now);
  void carry_out(const policy::Observation& seen, const policy::Decision& decision, Instant now);

  Parts parts_;
  const policy::Settings settings_;
  policy::Governor governor_;
  Plenty plenty_;
  WaitingNotice waiting_notice_;
  Clock clock_;
  Stepped stepped_;
  Duration wanted_interval_{};
};

}  // namespace memguard::supervisor
