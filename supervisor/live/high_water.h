// The peak of a process between the moments at which it is looked at.
#pragma once

#include "base/units.h"

namespace memguard::supervisor {

/// The kernel keeps the most that a process had resident (VmHWM). That includes pages of files, which do not count
/// here. How many there were at that moment is not known. So they are taken to be as many as were ever seen. Where a
/// reading shows that files were unmapped, as many more may have been mapped between two readings, and are taken off
/// too.
///
/// A reading may fall into the middle of an unmapping. So what a reading shows counts when the next one is made. A
/// process that ends before its next reading has shown nothing.
class HighWater {
 public:
  struct Reading {
    /// What counts: anonymous and shared memory, page tables.
    Bytes memory;
    Bytes page_tables;
    /// Pages of files.
    Bytes file;
    /// The most that was resident at any time (VmHWM): with pages of files, without page tables.
    Bytes most;
  };

  /// The peak of `memory` that has become known with this reading. What came after the one before the last is missed,
  /// unless it was still there.
  Bytes note(const Reading& reading);

 private:
  /// The most has become more.
  struct Rise {
    Bytes by;
    /// What counts of the most, as far as files that were seen explain it.
    Bytes memory;
    Bytes unmapped;
  };

  Reading before_;
  Bytes most_file_;
  Rise last_;
};

}  // namespace memguard::supervisor
