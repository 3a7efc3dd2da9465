// What a job will need at its peak.
//
// Peaks of one class are log-normal to a good approximation, so all statistics are over logarithms. A job that ran
// before gets what it had then, with the spread of such. One with another prediction gets the class's regression of
// real peaks on predicted ones, which begins as "the prediction is right" and learns what this build's are worth. A job
// without one gets its class: mean and spread of what ended, with a guess that counts for one job, and with what
// running jobs already show.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/units.h"
#include "policy/observation.h"
#include "policy/settings.h"

namespace memguard::policy {

/// What an estimate is for.
enum class Case : std::uint8_t {
  expected,  ///< one of many: errors even out, and what went wrong is started again
  careful,   ///< the same for a job that would be lost for good
  at_worst,  ///< the one that must fit
};

/// The peaks of each class, as far as this build has seen them.
class Estimator {
 public:
  /// A job of this class ended by itself with this peak.
  void learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak);
  /// A job was killed at this peak: it needed at least that. Counts only where it raises the estimate.
  void learn_at_least(ClassId job_class, Bytes peak, const Settings& settings);

  /// Forgets the running jobs of the last step.
  void forget_running();
  /// A running job has reached this peak. Counts, for this step, only where it is above its class's mean: then it
  /// raises the estimate of its class before anything has ended; below the mean it says nothing yet.
  void see_running(ClassId job_class, Bytes peak, const Settings& settings);

  /// The peak a job is expected to reach, taken as many spreads up as the settings say for this case. Never less than
  /// a page, never more than `kLargestJob`.
  [[nodiscard]] Bytes peak(ClassId job_class, const std::optional<Prediction>& predicted, Case which,
                           const Settings& settings) const {
    return expect(job_class, predicted, settings).peak(which, settings);
  }

  /// What `peak` is computed from, for whoever asks for several cases of one job.
  struct Expected {
    /// Of ln(peak in bytes).
    double mean = 0;
    double spread = 0;
    /// In bytes: at most `kLargestJob`.
    [[nodiscard]] Bytes peak(Case which, const Settings& settings) const;
  };
  /// From a prediction where there is one, else from what its class has shown.
  [[nodiscard]] Expected expect(ClassId job_class, const std::optional<Prediction>& predicted,
                                const Settings& settings) const;

  /// The jobs of one class that ended above what another has now: those that stayed below say nothing about it.
  struct Larger {
    double jobs = 0;
    /// Of no meaning where there are none.
    Expected expected;
  };
  /// Of a class, those that ended above `reached`.
  [[nodiscard]] Larger larger_than(ClassId job_class, Bytes reached, const Settings& settings) const;
  /// What a job is taken for at worst before any of its class has ended; it fades as they end, to what they say.
  [[nodiscard]] Bytes guess_at_worst(ClassId job_class, const std::optional<Prediction>& predicted,
                                     const Settings& settings) const;

  /// The largest peak that is believed: 4 TiB, so that sums over a million hostile jobs stay within Bytes.
  static constexpr Bytes kLargestJob{std::int64_t{1} << 42U};

 private:
  /// Count, sum and sum of squares of ln(peak).
  struct Peaks {
    double n = 0;
    double sum = 0;
    double squares = 0;
    /// One more.
    void add(double y);
    /// All of these too.
    Peaks& operator+=(const Peaks& others);
  };
  /// Ended peaks by size, four to an octave, from a page to the largest job.
  static constexpr std::size_t kSizes = 121;
  struct ClassStatistics {
    Peaks ended;
    std::array<Peaks, kSizes> ended_by_size{};
    Peaks running;
    /// Of those that ended and the guess; computed when it is asked for after an end.
    struct Mean {
      double y = 0;
      /// Surely below it.
      Bytes less;
    };
    std::optional<Mean> mean;
  };
  /// Over the ended jobs of one class that had a prediction of one source: x = ln(predicted), y = ln(peak).
  struct Regression {
    Peaks x;
    Peaks y;
    double xy = 0;
    /// The largest x.
    double most = 0;
  };

  static void note_end(ClassStatistics& of, double y);
  [[nodiscard]] static double guess(ClassId job_class, const Settings& settings);
  [[nodiscard]] static const ClassStatistics::Mean& mean_of(ClassStatistics& of, ClassId job_class,
                                                            const Settings& settings);
  [[nodiscard]] static Expected from_class(const ClassStatistics& of, double guess, const Settings& settings);
  [[nodiscard]] static Expected from_history(const Regression& of, double x, double residual, const Settings& settings);
  [[nodiscard]] static Expected from_prediction(const Regression& of, double x, double residual,
                                                const Settings& settings);

  std::map<ClassId, ClassStatistics> classes_;
  std::map<std::pair<ClassId, PredictedBy>, Regression> regressions_;
};

}  // namespace memguard::policy
