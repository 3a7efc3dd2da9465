// What `memguard top` shows and what its keys do. Pure: statuses and keys in, lines and requests out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/run_text.h"
#include "status/request.h"
#include "status/run_status.h"

namespace memguard::cli {

class TopModel {
 public:
  enum class Key : std::uint8_t {
    up,
    down,
    page_up,
    page_down,
    first,
    last,
    next_run,
    go,
    freeze,
    evict,
    raise,
    lower,
    sort,
    pause,
    help,
    yes,
    leave,
    other
  };
  /// What a key is to bring about.
  struct Wanted {
    /// The program is to end.
    bool leave = false;
    /// To be sent to the run with this pid.
    std::optional<std::pair<pid_t, status::Request>> request;
  };

  /// The runs as they are now; a run and a job that were chosen stay so as long as they are there.
  void show(std::vector<status::RunStatus> runs);
  /// What came of a request, or why nothing is heard, in one line; until the next key.
  void say(std::string_view message);
  /// What a key asks for, after what it changes here.
  [[nodiscard]] Wanted press(Key key);
  /// Nothing is to be asked for: the screen stands still.
  [[nodiscard]] bool paused() const { return paused_; }

  /// Exactly `height` lines of at most `look.width` columns.
  [[nodiscard]] std::vector<StyledLine> screen(const Look& look, int height);

 private:
  [[nodiscard]] const status::RunStatus* run() const;
  [[nodiscard]] const status::JobStatus* job() const;
  [[nodiscard]] std::size_t row() const;
  void choose(std::ptrdiff_t row);
  void choose_next_run();
  [[nodiscard]] Wanted ask(status::Request::Kind kind);
  [[nodiscard]] Wanted move_limit(double factor);
  [[nodiscard]] std::vector<StyledLine> head(const Look& look, int height) const;
  [[nodiscard]] std::vector<StyledLine> rows(const Look& look, int height);
  [[nodiscard]] const status::JobStatus* first_waiting() const;
  [[nodiscard]] StyledLine detail(const Look& look) const;
  [[nodiscard]] StyledLine footer(const Look& look) const;

  std::vector<status::RunStatus> runs_;
  std::optional<pid_t> pid_;
  std::optional<std::uint32_t> job_;
  SortBy sort_ = SortBy::state;
  bool paused_ = false;
  bool help_ = false;
  /// An answer is awaited whether to evict it.
  bool asks_ = false;
  std::string message_;
  /// The first row that is shown, and how many there is room for.
  std::size_t top_ = 0;
  std::size_t page_ = 1;
};

}  // namespace memguard::cli
