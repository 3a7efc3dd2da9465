// The seam between us and the kernel: one cgroup v2 directory, held by handle.
//
// It has exactly the operations memguard performs, so that a fake can stand in for the kernel in unit tests and the
// same contract suite runs against both. Files are named as the kernel names them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/pinned.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::cgroup {

class CgroupDir : Pinned {
 public:
  /// Closes what it holds; the cgroup stays.
  virtual ~CgroupDir() = default;

  /// The whole text of a control file. A removed cgroup answers ENODEV, an absent file ENOENT, PSI that is off
  /// EOPNOTSUPP. Files read again and again are kept open.
  [[nodiscard]] virtual Result<std::string> read(const std::string& file) = 0;
  /// One write(2) of `text`. Errors are the kernel's: EBUSY, EINVAL, EACCES, ENODEV, EAGAIN (memory.reclaim).
  [[nodiscard]] virtual Status write(const std::string& file, std::string_view text) = 0;
  /// Makes a child and holds it; EEXIST when there is one of that name.
  [[nodiscard]] virtual Result<std::unique_ptr<CgroupDir>> make_child(const std::string& name) = 0;
  /// Holds an existing child; ENOENT.
  [[nodiscard]] virtual Result<std::unique_ptr<CgroupDir>> open_child(const std::string& name) = 0;
  /// Removes an empty child; EBUSY while it has processes or children. A child that is gone is success.
  [[nodiscard]] virtual Status remove_child(const std::string& name) = 0;
  /// The names of the children, in any order.
  [[nodiscard]] virtual Result<std::vector<std::string>> children() = 0;
  /// An extended attribute by its whole name; ENODATA when not set, EOPNOTSUPP where the kernel has none (user.*
  /// attributes on cgroup2: since 5.7).
  [[nodiscard]] virtual Result<std::string> attribute(const std::string& name) = 0;
  /// Sets an extended attribute (setxattr(2)), `user.` included in the name.
  [[nodiscard]] virtual Status set_attribute(const std::string& name, std::string_view value) = 0;
  /// Takes an attribute away; one that is not set is success.
  [[nodiscard]] virtual Status remove_attribute(const std::string& name) = 0;
  /// Opens a pressure file with a trigger written to it; the descriptor becomes EPOLLPRI when it fires
  /// (Documentation/accounting/psi.rst). EPERM, EINVAL, EOPNOTSUPP where the kernel does not allow it.
  [[nodiscard]] virtual Result<UniqueFd> open_trigger(const std::string& file, std::string_view trigger) = 0;
  /// The path it was opened by, for messages; the directory may have been removed since.
  [[nodiscard]] virtual const std::string& path() const = 0;
};

/// Holds the real directory at an absolute path (openat relative to it from then on).
[[nodiscard]] Result<std::unique_ptr<CgroupDir>> open_cgroup(const std::string& path);

}  // namespace memguard::cgroup
