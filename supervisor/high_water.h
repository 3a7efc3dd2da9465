// The peak of a process between the moments at which it is looked at.
#pragma once

#include "base/units.h"

namespace memguard::supervisor {

/// The kernel keeps the most that a process had resident (VmHWM), but with the pages of files, which do not count. How
/// many of those there were then nobody knows: they are taken to have been as many as were ever seen, and where some
/// are unmapped around that look, as many more as may have been mapped in between. A look may fall into the middle of
/// that, so what one shows counts with the next: a process that ends before, when all is unmapped, has shown nothing.
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
