// A base class for what stays where it was made.
#pragma once

namespace memguard {

/// Whoever inherits from it is neither copied nor moved: somebody holds its address, or its end undoes something once.
class Pinned {
 public:
  /// A copy would do at its end what the first does.
  Pinned(const Pinned&) = delete;
  /// An assignment would lose what was to be done at its end.
  Pinned& operator=(const Pinned&) = delete;

 protected:
  Pinned() = default;
  ~Pinned() = default;
};

}  // namespace memguard
