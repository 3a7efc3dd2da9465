#include "history/database.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "history/schema.h"
#include "history/tables.h"

namespace memguard::history {
namespace {

// Another build writes for a few milliseconds.
constexpr Duration kBusy = std::chrono::seconds(2);

bool damaged(const SQLite::Exception& error) {
  const int code = error.getErrorCode();
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

tl::unexpected<Error> failure(std::string_view doing, const std::string& path, const SQLite::Exception& error) {
  return fail(fmt::format("{} {}: {}", doing, path, error.what()));
}

// What SQLite throws becomes an error value.
template <class Do>
auto attempt(std::string_view doing, const std::string& path, Do&& action) -> decltype(action()) {
  try {
    return action();
  } catch (const SQLite::Exception& error) {
    return failure(doing, path, error);
  }
}

// A write-ahead log needs memory that all writers share, which a network file system does not give.
bool on_network(const std::string& path) {
  constexpr auto kCifs = 0xff534d42U;  // fs/smb/client/cifsglob.h
  constexpr auto kSmb2 = 0xfe534d42U;
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return false;
  const auto type = static_cast<std::uint32_t>(info.f_type);
  return type == NFS_SUPER_MAGIC || type == kCifs || type == kSmb2 || type == FUSE_SUPER_MAGIC;
}

// Builds that start at once on a new file all want to change its journal. SQLite refuses all but one at once, without
// the wait it was told: each holds the file for reading, and none would let go (sqlite.org/c3ref/busy_handler.html).
void use_journal(SQLite::Database& file, const char* pragma) {
  constexpr Duration kPause = std::chrono::milliseconds(5);
  for (Duration waited{};; waited += kPause) {
    if (const int code = file.tryExec(pragma); code != SQLITE_BUSY || waited >= kBusy) {
      if (code != SQLITE_OK) throw SQLite::Exception(file.getHandle(), code);
      return;
    }
    pause_for(kPause);
  }
}

int version_of(SQLite::Database& file) { return file.execAndGet("PRAGMA user_version").getInt(); }

Status refuse_newer(SQLite::Database& file, const std::string& path) {
  const int version = version_of(file);
  if (version <= kSchemaVersion) return {};
  return fail(fmt::format("{} is of a newer memguard (form {}, known is {})", path, version, kSchemaVersion), 0,
              "It is left alone; use that memguard, or set XDG_STATE_HOME.");
}

// In memory: who only reads may have no right to write the file.
std::unique_ptr<SQLite::Database> up_to_date_copy(SQLite::Database& older) {
  auto copy = std::make_unique<SQLite::Database>(":memory:", SQLite::OPEN_READWRITE);
  if (const int code = SQLite::Backup(*copy, older).executeStep(); code != SQLITE_DONE)
    throw SQLite::Exception(older.getHandle(), code);
  bring_up_to_date(*copy);
  return copy;
}

Status make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return fail("make the folder of " + path, error.value());
  return {};
}

Status set_aside(const std::string& path) {
  for (const char* part : {"-wal", "-shm", "-journal"}) (void)::unlink((path + part).c_str());
  if (::rename(path.c_str(), (path + ".damaged").c_str()) != 0) return fail_errno("set aside", path);
  return {};
}

}  // namespace

Database::Database(std::unique_ptr<SQLite::Database> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}
Database::Database(Database&& other) noexcept = default;
Database& Database::operator=(Database&& other) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open_sound(const std::string& path) {
  auto file =
      std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, milliseconds(kBusy));
  if (auto status = refuse_newer(*file, path); !status) return pass(std::move(status.error()));
  use_journal(*file, on_network(path) ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL");
  // Survives our death at any moment; the last builds before a power cut may be forgotten.
  file->exec("PRAGMA synchronous = NORMAL");
  file->exec("PRAGMA foreign_keys = ON");
  bring_up_to_date(*file);
  return Database(std::move(file), path);
}

Result<Database> Database::open(const std::string& path) {
  if (auto made = make_folder(path); !made) return pass(std::move(made.error()));
  std::string problem;
  try {
    return open_sound(path);
  } catch (const SQLite::Exception& error) {
    if (!damaged(error)) return failure("open", path, error);
    problem = error.what();
  }
  if (auto moved = set_aside(path); !moved) return pass(std::move(moved.error()), problem);
  auto anew = attempt("open", path, [&] { return open_sound(path); });
  if (anew) anew->remark_ = fmt::format("{} was damaged ({}); it is now {}.damaged", path, problem, path);
  return anew;
}

Result<Database> Database::open_to_read(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno("open", path);
  try {
    auto file = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY, milliseconds(kBusy));
    if (auto status = refuse_newer(*file, path); !status) return pass(std::move(status.error()));
    const int version = version_of(*file);
    if (version <= 0) return fail(path + " has no history in it", ENOENT);
    return Database(version < kSchemaVersion ? up_to_date_copy(*file) : std::move(file), path);
  } catch (const SQLite::Exception& error) {
    auto failed = failure("open", path, error);
    if (damaged(error))
      failed.value().hint = fmt::format("The next build sets it aside as {}.damaged and begins anew.", path);
    return failed;
  }
}

Status Database::add(std::span<const UnitMeasurement> measured) {
  return attempt("write to", path_, [&]() -> Status {
    SQLite::Transaction transaction(*file_, SQLite::TransactionBehavior::IMMEDIATE);
    Tables tables(*file_);
    for (const auto& [unit, measurement] : measured) tables.add(unit, measurement);
    tables.keep_bounds();
    tables.derive();
    transaction.commit();
    return {};
  });
}

Result<int> Database::merge(std::span<const UnitMeasurement> measured) {
  return attempt("write to", path_, [&]() -> Result<int> {
    SQLite::Transaction transaction(*file_, SQLite::TransactionBehavior::IMMEDIATE);
    Tables tables(*file_);
    const auto last = tables.last_run();
    for (const auto& [unit, measurement] : measured) {
      if (!tables.has(unit, measurement)) tables.add(unit, measurement);
    }
    tables.keep_bounds();
    tables.derive();
    const int added = tables.runs_since(last);
    transaction.commit();
    return added;
  });
}

Result<Remembered> Database::remember() {
  return attempt("read", path_, [&]() -> Result<Remembered> { return Tables(*file_).remembered(); });
}

Result<std::vector<UnitRuns>> Database::list(const Filter& filter) {
  return attempt("read", path_, [&]() -> Result<std::vector<UnitRuns>> { return Tables(*file_).list(filter); });
}

Result<int> Database::forget(const Filter& filter) {
  return attempt("write to", path_, [&]() -> Result<int> {
    SQLite::Transaction transaction(*file_, SQLite::TransactionBehavior::IMMEDIATE);
    Tables tables(*file_);
    const int runs = tables.forget(filter);
    tables.derive();
    transaction.commit();
    return runs;
  });
}

std::optional<std::string> default_file(const std::map<std::string, std::string>& variables) {
  const auto folder = state_folder(variables);
  return folder ? std::optional(*folder + "/history.db") : std::nullopt;
}

std::optional<std::string> runs_folder(const std::map<std::string, std::string>& variables) {
  const auto folder = state_folder(variables);
  return folder ? std::optional(*folder + "/runs") : std::nullopt;
}

std::optional<std::string> state_folder(const std::map<std::string, std::string>& variables) {
  const auto absolute = [&](const char* name) {
    const auto found = variables.find(name);
    const bool usable = found != variables.end() && found->second.starts_with('/');
    return usable ? found->second : std::string();
  };
  if (const auto base = absolute("XDG_STATE_HOME"); !base.empty()) return base + "/memguard";
  const auto home = absolute("HOME");
  return home.empty() ? std::nullopt : std::optional(home + "/.local/state/memguard");
}

}  // namespace memguard::history
