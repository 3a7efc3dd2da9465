// The witness: a process of ours in the command's process group. It sees which signals the whole group got, and it is
// the last to clean up when front, supervisor and keeper are all gone.
//
// A signal tells its receiver who sent it, but not whether others got it too. One that was sent to the process group
// (`kill -- -PGID`, a shell's `kill %1`), or to each process of a cgroup (systemd, schedulers), has reached the command
// already. The witness gets it as well, and the front then does not pass it on.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cgroup/home.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/keeper/front_signals.h"

namespace memguard::supervisor {

class Witness {
 public:
  /// Forks it. It blocks what the front takes, so that none of it ends or stops it; it has none of the descriptors
  /// `not_kept`.
  [[nodiscard]] Status start(cgroup::Home& home, SharedArea& area, const FrontSignals& signals,
                             const std::string& run_id, const std::vector<int>& not_kept);
  /// Whether a signal that the front has just received came to the witness too, since that was last asked. It waits at
  /// most 20 ms for it, because who signals one process after the other may begin with the front. A witness that has
  /// the signal and no processor to read it is waited for longer, half a second or so. What waits for a stopped one
  /// counts as seen.
  [[nodiscard]] bool saw(const SharedArea& area, int signal);
  /// The child is the witness.
  [[nodiscard]] bool is(pid_t pid) const { return pid == pid_; }
  /// Somebody killed it and it was reaped.
  void gone() { pid_ = 0; }
  /// One was started and has not been reaped.
  [[nodiscard]] bool runs() const { return pid_ > 0; }
  /// Our end of what tells it that the front is gone; nobody else may keep a copy.
  [[nodiscard]] int word() const { return word_.get(); }
  /// In a child of the front: our end of what tells it that the front is gone.
  void forget() { word_.reset(); }
  /// Ends it without its doing anything.
  void dismiss();

 private:
  pid_t pid_ = 0;
  UniqueFd word_;
  std::array<std::uint32_t, SharedArea::kSignals> known_{};
};

}  // namespace memguard::supervisor
