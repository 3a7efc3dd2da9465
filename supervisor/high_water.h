// The peak of a process between the moments at which it is looked at.
#pragma once

#include "base/units.h"

namespace memguard::supervisor {

/// The kernel keeps the most that a process had resident (VmHWM), but with the pages of files, which do not count. How
/// many of those there were then nobody knows: they are taken to have been as many as were ever seen, and where some
/// were unmapped since the look before, as many more as may have been mapped in between.
class HighWater {
 public:
  struct Reading {
    /// What counts: anonymous and shared memory, page tables.
    Bytes memory;
    Bytes page_tables;
    /// Pages of files.
    Bytes file;
    /// The most that was resident at any time: pages of files too, page tables not.
    Bytes most;
  };

  /// The peak of `memory` since the reading before. What came after the last reading is missed.
  Bytes note(const Reading& reading);

 private:
  Reading before_;
  Bytes most_file_;
};

}  // namespace memguard::supervisor
