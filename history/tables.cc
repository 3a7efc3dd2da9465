#include "history/tables.h"

#include <algorithm>

#include "history/model.h"
#include "history/quantile.h"

namespace memguard::history {
namespace {

constexpr int kUnitsKept = 20'000;
// As many as a large project has links; more would only make writing slower.
constexpr int kSamples = 1000;

constexpr const char* kUnitColumns = "class, name, version, kind, profile, target, compiler";
// What tells one run from another. Its shape does not: an older memguard that passes a run on leaves it out.
constexpr const char* kRunColumns = "at, project, program, objects, sources, peak, cpu_ns, wall_ns, completed";
constexpr int kUnitColumnCount = 7;
constexpr int kRunColumnCount = 9;

job::Unit unit_from(SQLite::Statement& row, int first) {
  const auto text = [&](int i) { return row.getColumn(first + i).getString(); };
  return {.job_class = text(0),
          .name = text(1),
          .version = text(2),
          .kind = text(3),
          .profile = text(4),
          .target = text(5),
          .compiler = text(6)};
}

// Of NULL the length is 0.
std::optional<Shape> shape_from(const SQLite::Column& column) {
  Shape shape{};
  if (column.getBytes() != static_cast<int>(shape.size())) return std::nullopt;
  std::copy_n(static_cast<const std::uint8_t*>(column.getBlob()), shape.size(), shape.begin());
  return shape;
}

std::optional<Course> course_from(SQLite::Statement& row, int first) {
  const auto shape = shape_from(row.getColumn(first + 2));
  if (!shape) return std::nullopt;
  return Course{*shape, Duration(row.getColumn(first).getInt64()), Duration(row.getColumn(first + 1).getInt64())};
}

// kRunColumns and the shape.
Measurement measurement_from(SQLite::Statement& row, int first) {
  const auto number = [&](int i) { return row.getColumn(first + i).getInt64(); };
  return {.at = std::chrono::sys_seconds(std::chrono::seconds(number(0))),
          .project = row.getColumn(first + 1).getString(),
          .program = row.getColumn(first + 2).getString(),
          .inputs = {Bytes{number(3)}, Bytes{number(4)}},
          .peak = Bytes{number(5)},
          .cpu = Duration(number(6)),
          .wall = Duration(number(7)),
          .shape = shape_from(row.getColumn(first + kRunColumnCount)),
          .completed = number(8) != 0};
}

void bind_unit(SQLite::Statement& statement, const job::Unit& unit) {
  int i = 0;
  for (const auto* word :
       {&unit.job_class, &unit.name, &unit.version, &unit.kind, &unit.profile, &unit.target, &unit.compiler})
    statement.bind(++i, *word);
}

// After the first `before` parameters.
void bind_run(SQLite::Statement& statement, int before, const Measurement& measured) {
  int i = before;
  const auto bind = [&](const auto& value) { statement.bind(++i, value); };
  bind(static_cast<std::int64_t>(measured.at.time_since_epoch().count()));
  bind(measured.project);
  bind(measured.program);
  for (const std::int64_t number :
       {measured.inputs.objects.count, measured.inputs.sources.count, measured.peak.count,
        static_cast<std::int64_t>(measured.cpu.count()), static_cast<std::int64_t>(measured.wall.count())})
    bind(number);
  bind(measured.completed ? 1 : 0);
}

void bind_shape(SQLite::Statement& statement, int parameter, const std::optional<Shape>& shape) {
  if (shape) return statement.bind(parameter, shape->data(), static_cast<int>(shape->size()));
  statement.bind(parameter);
}

// Of the newest run that shows one. One that memory ended shows only the beginning.
std::optional<Course> course_of(const std::vector<Measurement>& newest_first) {
  const auto whole =
      std::ranges::find_if(newest_first, [](const Measurement& run) { return run.completed && run.shape; });
  if (whole == newest_first.end()) return std::nullopt;
  return Course{*whole->shape, whole->cpu, whole->wall};
}

// Unit columns under the name u. `instr` and not LIKE: a name may have % and _ in it.
constexpr const char* kMatches = "(?1 = '' OR u.class = ?1) AND (?2 = '' OR instr(u.name, ?2) > 0)";
// That folder or one below it. Of "/" the last part is all there is.
constexpr const char* kInFolder =
    "(?3 = '' OR project = ?3 OR substr(project, 1, length(rtrim(?3, '/')) + 1) = rtrim(?3, '/') || '/')";

}  // namespace

Tables::RowId Tables::unit_row(const job::Unit& unit, std::int64_t seen) {
  SQLite::Statement put(file_, std::string("INSERT INTO unit (") + kUnitColumns +
                                   ", last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                                   "last_seen = max(last_seen, excluded.last_seen) RETURNING id");
  bind_unit(put, unit);
  put.bind(kUnitColumnCount + 1, seen);
  put.executeStep();
  const RowId row = put.getColumn(0).getInt64();
  // RETURNING gives its row before the statement is done.
  while (put.executeStep()) {}
  return row;
}

void Tables::add(const job::Unit& unit, const Measurement& seen) {
  const Measurement measured = bounded(seen);
  const RowId row = unit_row(unit, measured.at.time_since_epoch().count());
  const std::string model = model_group(unit, measured.program);
  SQLite::Statement put(file_, std::string("INSERT INTO run (") + kRunColumns +
                                   ", shape, unit, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind_run(put, 0, measured);
  bind_shape(put, kRunColumnCount + 1, measured.shape);
  put.bind(kRunColumnCount + 2, row);
  put.bind(kRunColumnCount + 3, model);
  put.exec();
  touched_.insert(row);
  models_.insert(model);
}

bool Tables::has(const job::Unit& unit, const Measurement& measured) {
  SQLite::Statement get(file_, std::string("SELECT 1 FROM run WHERE unit = (SELECT id FROM unit WHERE (") +
                                   kUnitColumns + ") = (?, ?, ?, ?, ?, ?, ?)) AND (" + kRunColumns +
                                   ") = (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind_unit(get, unit);
  bind_run(get, kUnitColumnCount, measured);
  return get.executeStep();
}

std::int64_t Tables::last_run() { return file_.execAndGet("SELECT ifnull(max(id), 0) FROM run").getInt64(); }

int Tables::runs_since(std::int64_t last) {
  SQLite::Statement count(file_, "SELECT count(*) FROM run WHERE id > ?");
  count.bind(1, last);
  count.executeStep();
  return count.getColumn(0).getInt();
}

void Tables::keep_bounds() {
  SQLite::Statement drop(file_,
                         "DELETE FROM run WHERE unit = ?1 AND id NOT IN "
                         "(SELECT id FROM run WHERE unit = ?1 ORDER BY at DESC, id DESC LIMIT ?2)");
  for (const RowId unit : touched_) {
    drop.bind(1, unit);
    drop.bind(2, kRunsKept);
    drop.exec();
    drop.reset();
  }
  SQLite::Statement forget(file_,
                           "DELETE FROM unit WHERE id IN "
                           "(SELECT id FROM unit ORDER BY last_seen DESC, id DESC LIMIT -1 OFFSET ?)");
  forget.bind(1, kUnitsKept);
  forget.exec();
}

void Tables::derive() {
  for (const RowId unit : touched_) derive_unit(unit);
  for (const std::string& model : models_) derive_model(model);
  touched_.clear();
  models_.clear();
}

void Tables::derive_unit(RowId unit) {
  const auto runs = runs_of(unit, "");
  if (runs.empty()) return;
  std::vector<Peak> peaks;
  peaks.reserve(runs.size());
  for (const Measurement& run : runs) peaks.push_back({run.peak, run.completed});
  SQLite::Statement put(file_,
                        "UPDATE unit SET expected = ?, objects = ?, cpu_ns = ?, wall_ns = ?, shape = ? WHERE id = ?");
  put.bind(1, static_cast<std::int64_t>(expected_peak(peaks).count));
  put.bind(2, static_cast<std::int64_t>(runs.front().inputs.objects.count));
  const auto course = course_of(runs);
  put.bind(3, static_cast<std::int64_t>(course ? course->cpu.count() : 0));
  put.bind(4, static_cast<std::int64_t>(course ? course->wall.count() : 0));
  bind_shape(put, 5, course ? std::optional(course->shape) : std::nullopt);
  put.bind(6, unit);
  put.exec();
}

void Tables::derive_model(const std::string& name) {
  SQLite::Statement get(
      file_, "SELECT objects, sources, peak FROM run WHERE model = ? AND completed ORDER BY at DESC, id DESC LIMIT ?");
  get.bind(1, name);
  get.bind(2, kSamples);
  std::vector<Sample> samples;
  while (get.executeStep()) {
    samples.push_back(
        {{Bytes{get.getColumn(0).getInt64()}, Bytes{get.getColumn(1).getInt64()}}, Bytes{get.getColumn(2).getInt64()}});
  }
  const Model model = learn_model(shipped_model(name), samples);
  SQLite::Statement put(file_,
                        "INSERT OR REPLACE INTO model (name, constant, per_object, per_source) VALUES (?, ?, ?, ?)");
  put.bind(1, name);
  put.bind(2, static_cast<std::int64_t>(model.constant.count));
  put.bind(3, model.per_object);
  put.bind(4, model.per_source);
  put.exec();
}

int Tables::forget(const Filter& filter) {
  const std::string matching =
      std::string("SELECT r.id FROM run r JOIN unit u ON u.id = r.unit WHERE ") + kMatches + " AND " + kInFolder;
  const auto with_filter = [&](const std::string& text) {
    SQLite::Statement statement(file_, text);
    statement.bind(1, filter.job_class);
    statement.bind(2, filter.name);
    statement.bind(3, filter.project);
    return statement;
  };
  auto groups = with_filter("SELECT DISTINCT unit, model FROM run WHERE id IN (" + matching + ")");
  while (groups.executeStep()) {
    touched_.insert(groups.getColumn(0).getInt64());
    models_.insert(groups.getColumn(1).getString());
  }
  const int runs = with_filter("DELETE FROM run WHERE id IN (" + matching + ")").exec();
  file_.exec("DELETE FROM unit WHERE id NOT IN (SELECT unit FROM run)");
  return runs;
}

Remembered Tables::remembered() {
  Remembered remembered;
  // The newest last: of several kin the one seen last counts.
  SQLite::Statement units(
      file_, std::string("SELECT ") + kUnitColumns +
                 ", expected, objects, cpu_ns, wall_ns, shape FROM unit WHERE expected > 0 ORDER BY last_seen, id");
  while (units.executeStep()) {
    remembered.add(unit_from(units, 0), Bytes{units.getColumn(kUnitColumnCount).getInt64()},
                   {Bytes{units.getColumn(kUnitColumnCount + 1).getInt64()}, {}},
                   course_from(units, kUnitColumnCount + 2));
  }
  SQLite::Statement models(file_, "SELECT name, constant, per_object, per_source FROM model");
  while (models.executeStep()) {
    remembered.set_model(
        models.getColumn(0).getString(),
        {Bytes{models.getColumn(1).getInt64()}, models.getColumn(2).getDouble(), models.getColumn(3).getDouble()});
  }
  return remembered;
}

std::vector<UnitRuns> Tables::list(const Filter& filter) {
  SQLite::Statement units(file_, std::string("SELECT ") + kUnitColumns + ", id, expected FROM unit u WHERE " +
                                     kMatches + " ORDER BY expected DESC, name, id");
  units.bind(1, filter.job_class);
  units.bind(2, filter.name);
  std::vector<UnitRuns> found;
  while (units.executeStep()) {
    auto runs = runs_of(units.getColumn(kUnitColumnCount).getInt64(), filter.project);
    if (runs.empty()) continue;
    found.push_back({unit_from(units, 0), Bytes{units.getColumn(kUnitColumnCount + 1).getInt64()}, std::move(runs)});
  }
  return found;
}

std::vector<Measurement> Tables::runs_of(RowId unit, const std::string& project) {
  SQLite::Statement get(file_, std::string("SELECT ") + kRunColumns + ", shape FROM run WHERE unit = ?1 AND " +
                                   kInFolder + " ORDER BY at DESC, id DESC");
  get.bind(1, unit);
  get.bind(3, project);
  std::vector<Measurement> runs;
  while (get.executeStep()) runs.push_back(measurement_from(get, 0));
  return runs;
}

}  // namespace memguard::history
