// History on disk: what each unit took in its last runs. SQLite (sqlite.org/fileformat.html), one file.
//
// Several builds may write at once, any of them may be killed at any moment, and the file may be shared through NFS:
// SQLite's journal takes care of that. A file that is damaged is set aside; one of a newer memguard is left alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/measurement.h"
#include "history/remembered.h"
#include "history/unit_runs.h"

namespace SQLite {
class Database;
}

namespace memguard::history {

class Database {
 public:
  /// Opens the file, makes it and its folder when it is not there, and brings an older one to the present form.
  ///
  /// One that is no database or damaged is renamed to PATH.damaged and begun anew; `remark()` says so then. Refused: a
  /// newer form, and what may not be read or written. Errors name the path.
  [[nodiscard]] static Result<Database> open(const std::string& path);
  /// The same for reading alone: nothing is made or changed, an older form is read from a copy in memory. A file that
  /// is not there is ENOENT; of one that is damaged the error says what open() will do.
  [[nodiscard]] static Result<Database> open_to_read(const std::string& path);

  /// The other is empty then.
  Database(Database&& other) noexcept;
  /// Closes its own file before; the other is empty then.
  Database& operator=(Database&& other) noexcept;
  /// Closes the file.
  ~Database();

  /// Something that the user should know of, one line; empty mostly.
  [[nodiscard]] const std::string& remark() const { return remark_; }

  /// Adds what was measured, drops what is over the bounds (kRunsKept runs a unit, 20,000 units: those not seen for
  /// longest), and learns the models anew. All or nothing.
  [[nodiscard]] Status add(std::span<const UnitMeasurement> measured);
  /// The same with what another machine measured: runs that are there already are left out. Returns how many were new
  /// and stayed within the bounds.
  [[nodiscard]] Result<int> merge(std::span<const UnitMeasurement> measured);
  /// What a build needs to know.
  [[nodiscard]] Result<Remembered> remember();
  /// The units that match, the largest first.
  [[nodiscard]] Result<std::vector<UnitRuns>> list(const Filter& filter);
  /// Forgets the units that match, with `filter.project` only their runs there. Returns how many runs.
  [[nodiscard]] Result<int> forget(const Filter& filter);

 private:
  Database(std::unique_ptr<SQLite::Database> file, std::string path);
  static Result<Database> open_sound(const std::string& path);

  std::unique_ptr<SQLite::Database> file_;
  std::string path_;
  std::string remark_;
};

/// "history.db" in `state_folder`.
[[nodiscard]] std::optional<std::string> default_file(const std::map<std::string, std::string>& variables);

/// $XDG_STATE_HOME/memguard, else ~/.local/state/memguard (XDG Base Directory Specification); nothing when neither is
/// known. `variables` is the environment.
[[nodiscard]] std::optional<std::string> state_folder(const std::map<std::string, std::string>& variables);

/// Where the reports of the last runs are, "runs" beside the history.
[[nodiscard]] std::optional<std::string> runs_folder(const std::map<std::string, std::string>& variables);

}  // namespace memguard::history
