// A terminal as a whole screen: lines go on, keys come back, and it is left as it was. ncurses behind one class: it
// knows what terminals can do (terminfo), redraws only what changed, and is part of every Debian system.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/pinned.h"
#include "cli/run_text.h"
#include "cli/top_model.h"

namespace memguard::cli {

class Screen : Pinned {
 public:
  /// Takes the terminal of stdin and stdout over. Nothing where one of them is none, or it cannot move its cursor
  /// (TERM=dumb, an unknown TERM). The locale must be set. `colours`: may be used where the terminal has them.
  [[nodiscard]] static std::unique_ptr<Screen> open(bool colours);
  /// The terminal is as it was before.
  ~Screen();

  /// In columns.
  [[nodiscard]] int width() const;
  /// In lines.
  [[nodiscard]] int height() const;
  /// Shows these lines from the top; what does not fit is cut.
  void draw(const std::vector<StyledLine>& lines);
  /// A key that was typed; nothing when there is none.
  [[nodiscard]] std::optional<TopModel::Key> key();
  /// Its size may have changed.
  void resized();
  /// Gives the terminal back for a while, and takes it again.
  void leave();
  /// After `leave`.
  void come_back();

 private:
  struct Terminal;
  Screen(std::unique_ptr<Terminal> terminal, bool colours);
  [[nodiscard]] unsigned attribute(Style style) const;

  std::unique_ptr<Terminal> terminal_;
  bool colours_;
};

}  // namespace memguard::cli
