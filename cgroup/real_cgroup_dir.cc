// CgroupDir on the kernel's cgroup2 file system.
#include <cerrno>
#include <map>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "cgroup/cgroup_dir.h"

namespace memguard::cgroup {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

class RealCgroupDir final : public CgroupDir {
 public:
  RealCgroupDir(UniqueFd dir, std::string path) : dir_(std::move(dir)), path_(std::move(path)) {}

  Result<std::string> read(const std::string& file) override;
  Status write(const std::string& file, std::string_view text) override;
  Result<std::unique_ptr<CgroupDir>> make_child(const std::string& name) override;
  Result<std::unique_ptr<CgroupDir>> open_child(const std::string& name) override;
  Status remove_child(const std::string& name) override;
  Result<std::vector<std::string>> children() override;
  Result<std::string> attribute(const std::string& name) override;
  Status set_attribute(const std::string& name, std::string_view value) override;
  Status remove_attribute(const std::string& name) override;
  Result<UniqueFd> open_trigger(const std::string& file, std::string_view trigger) override;
  const std::string& path() const override { return path_; }

 private:
  [[nodiscard]] std::string name_of(const std::string& file) const { return fmt::format("{}/{}", path_, file); }
  /// The error of a call that failed with `code` on `file`; ENODEV instead of ENOENT when we are the ones removed.
  [[nodiscard]] tl::unexpected<Error> failure(std::string_view step, const std::string& file, int code) const;
  [[nodiscard]] Result<UniqueFd> open(const std::string& file, int flags) const;
  [[nodiscard]] Result<std::string> read_open(const std::string& file, int fd) const;
  [[nodiscard]] Status write_open(const std::string& file, int fd, std::string_view text) const;

  UniqueFd dir_;
  std::string path_;
  /// Files that were read, by name: sampling reads the same few ten times a second.
  std::map<std::string, UniqueFd> readable_;
};

tl::unexpected<Error> RealCgroupDir::failure(std::string_view step, const std::string& file, int code) const {
  // Every cgroup has cgroup.procs; a directory without it is one that rmdir has taken from under our handle.
  const bool removed = code == ENOENT && ::faccessat(dir_.get(), "cgroup.procs", F_OK, 0) != 0 && errno == ENOENT;
  return fail(fmt::format("{} {}", step, name_of(file)), removed ? ENODEV : code);
}

Result<UniqueFd> RealCgroupDir::open(const std::string& file, int flags) const {
  UniqueFd fd(::openat(dir_.get(), file.c_str(), flags | O_CLOEXEC));
  if (!fd) return failure("open", file, errno);
  return fd;
}

Result<std::string> RealCgroupDir::read_open(const std::string& file, int fd) const {
  // Only these lists have a record a line; all others show themselves at once (fs/kernfs/file.c, kernfs_seq_start).
  const bool list = file == "cgroup.procs" || file == "cgroup.threads";
  auto text = list ? reread(fd) : reread_record(fd);
  if (!text) return failure("read", file, text.error().code);
  return text;
}

Status RealCgroupDir::write_open(const std::string& file, int fd, std::string_view text) const {
  ssize_t put = 0;
  do {
    put = ::write(fd, text.data(), text.size());
  } while (put < 0 && errno == EINTR);
  if (put < 0) return failure(fmt::format("write \"{}\" to", text.substr(0, text.find('\0'))), file, errno);
  if (static_cast<std::size_t>(put) != text.size()) return failure("write", file, EIO);
  return {};
}

Result<std::string> RealCgroupDir::read(const std::string& file) {
  if (const auto held = readable_.find(file); held != readable_.end()) {
    auto text = read_open(file, held->second.get());
    if (text || text.error().code != ENODEV) return text;
    // Removed, or its controller was disabled and perhaps enabled again: then there is a new file of that name.
    readable_.erase(held);
  }
  auto fd = open(file, O_RDONLY);
  if (!fd) return pass(std::move(fd.error()));
  auto text = read_open(file, fd->get());
  if (text) readable_.insert_or_assign(file, std::move(*fd));
  return text;
}

Status RealCgroupDir::write(const std::string& file, std::string_view text) {
  auto fd = open(file, O_WRONLY);
  if (!fd) return pass(std::move(fd.error()));
  return write_open(file, fd->get(), text);
}

/// A child is a plain name: what came from a file or a user must not lead elsewhere.
bool is_child_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

Result<std::unique_ptr<CgroupDir>> RealCgroupDir::make_child(const std::string& name) {
  if (!is_child_name(name)) return failure("make", name, EINVAL);
  if (::mkdirat(dir_.get(), name.c_str(), 0755) != 0) return failure("make", name, errno);
  auto child = open_child(name);
  if (!child) ::unlinkat(dir_.get(), name.c_str(), AT_REMOVEDIR);
  return child;
}

Result<std::unique_ptr<CgroupDir>> RealCgroupDir::open_child(const std::string& name) {
  if (!is_child_name(name)) return failure("open", name, EINVAL);
  auto fd = open(name, kDirectory | O_NOFOLLOW);
  if (!fd) return pass(std::move(fd.error()));
  return std::make_unique<RealCgroupDir>(std::move(*fd), name_of(name));
}

Status RealCgroupDir::remove_child(const std::string& name) {
  if (!is_child_name(name)) return failure("remove", name, EINVAL);
  if (::unlinkat(dir_.get(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV) return {};
  return failure("remove", name, errno);
}

/// One entry is a cgroup: d_type is filled by cgroup2, and asked for where some other file system does not.
bool is_directory(int dir, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat info {};
  return ::fstatat(dir, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

Result<std::vector<std::string>> RealCgroupDir::children() {
  auto fd = open(".", kDirectory);
  if (!fd) return pass(std::move(fd.error()));
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd->get()), ::closedir);
  if (!entries) return failure("list", ".", errno);
  const int own = fd->release();  // closedir closes it
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (is_child_name(entry->d_name) && is_directory(own, *entry)) names.emplace_back(entry->d_name);
  }
  return names;
}

Result<std::string> RealCgroupDir::attribute(const std::string& name) {
  std::string value(256, '\0');
  const ssize_t size = ::fgetxattr(dir_.get(), name.c_str(), value.data(), value.size());
  if (size < 0) return failure("get attribute", name, errno);
  value.resize(static_cast<std::size_t>(size));
  return value;
}

Status RealCgroupDir::set_attribute(const std::string& name, std::string_view value) {
  if (::fsetxattr(dir_.get(), name.c_str(), value.data(), value.size(), 0) == 0) return {};
  return failure("set attribute", name, errno);
}

Status RealCgroupDir::remove_attribute(const std::string& name) {
  if (::fremovexattr(dir_.get(), name.c_str()) == 0 || errno == ENODATA) return {};
  return failure("remove attribute", name, errno);
}

Result<UniqueFd> RealCgroupDir::open_trigger(const std::string& file, std::string_view trigger) {
  auto fd = open(file, O_RDWR | O_NONBLOCK);
  if (!fd) return pass(std::move(fd.error()));
  // With its NUL, as the kernel's own example writes it: before 5.18 the last byte was overwritten.
  const std::string text = std::string(trigger) + '\0';
  if (auto written = write_open(file, fd->get(), text); !written) return pass(std::move(written.error()));
  return fd;
}

}  // namespace

Result<std::unique_ptr<CgroupDir>> open_cgroup(const std::string& path) {
  auto fd = open_at(AT_FDCWD, path, kDirectory);
  if (!fd) return pass(std::move(fd.error()));
  return std::make_unique<RealCgroupDir>(std::move(*fd), path);
}

}  // namespace memguard::cgroup
