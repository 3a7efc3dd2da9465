#include "cli/screen.h"

#include <unistd.h>

#include <cstdio>

#define NCURSES_NOMACROS 1  // NOLINT: or `timeout`, `clear` and `erase` are macros
#include <curses.h>

#include "cli/terminal.h"

namespace memguard::cli {
namespace {

using Key = TopModel::Key;

// A lone Escape is told from the beginning of an arrow key by what follows within so many ms.
constexpr int kEscapeDelay = 25;
constexpr short kGreen = 1;
constexpr short kYellow = 2;
constexpr short kRed = 3;

Key key_of(int code) {
  switch (code) {
    case KEY_UP:
    case 'k':
      return Key::up;
    case KEY_DOWN:
    case 'j':
      return Key::down;
    case KEY_PPAGE:
      return Key::page_up;
    case KEY_NPAGE:
      return Key::page_down;
    case KEY_HOME:
      return Key::first;
    case KEY_END:
      return Key::last;
    case '\t':
      return Key::next_run;
    case 'g':
      return Key::go;
    case 'f':
      return Key::freeze;
    case 'e':
      return Key::evict;
    case '+':
      return Key::raise;
    case '-':
      return Key::lower;
    case 's':
      return Key::sort;
    case ' ':
      return Key::pause;
    case 'h':
    case '?':
      return Key::help;
    case 'y':
      return Key::yes;
    case 'q':
      return Key::leave;
    default:
      return Key::other;
  }
}

bool prepare(bool colours) {
  ::cbreak();
  ::noecho();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  ::set_escdelay(kEscapeDelay);
  if (!colours || !::has_colors()) return false;
  ::start_color();
  ::use_default_colors();
  for (const auto& [pair, colour] : {std::pair(kGreen, COLOR_GREEN), {kYellow, COLOR_YELLOW}, {kRed, COLOR_RED}})
    ::init_pair(pair, static_cast<short>(colour), -1);
  return true;
}

}  // namespace

struct Screen::Terminal {
  SCREEN* screen = nullptr;
};

std::unique_ptr<Screen> Screen::open(bool colours) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) return nullptr;
  auto terminal = std::make_unique<Terminal>();
  terminal->screen = ::newterm(nullptr, stdout, stdin);
  if (terminal->screen == nullptr) return nullptr;
  // Nothing was written to it yet.
  if (::tigetstr("cup") == nullptr) return ::delscreen(terminal->screen), nullptr;
  const bool coloured = prepare(colours);
  return std::unique_ptr<Screen>(new Screen(std::move(terminal), coloured));
}

Screen::Screen(std::unique_ptr<Terminal> terminal, bool colours) : terminal_(std::move(terminal)), colours_(colours) {}

Screen::~Screen() {
  ::endwin();
  ::delscreen(terminal_->screen);
}

int Screen::width() const { return ::getmaxx(stdscr); }
int Screen::height() const { return ::getmaxy(stdscr); }

unsigned Screen::attribute(Style style) const {
  const auto coloured = [this](short pair, unsigned otherwise) {
    return colours_ ? static_cast<unsigned>(COLOR_PAIR(pair)) : otherwise;
  };
  switch (style) {
    case Style::strong:
      return A_BOLD;
    case Style::dim:
      return A_DIM;
    case Style::running:
      return coloured(kGreen, A_NORMAL);
    case Style::stopped:
      return coloured(kYellow, A_NORMAL);
    case Style::warning:
      return coloured(kRed, A_BOLD);
    case Style::chosen:
      return A_REVERSE;
    default:
      return A_NORMAL;
  }
}

void Screen::draw(const std::vector<StyledLine>& lines) {
  ::werase(stdscr);
  int y = 0;
  for (const StyledLine& line : lines) {
    if (::wmove(stdscr, y++, 0) == ERR) break;
    for (const Span& piece : line) {
      ::wattrset(stdscr, static_cast<int>(attribute(piece.style)));
      ::waddnstr(stdscr, piece.text.text().c_str(), -1);
    }
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

std::optional<Key> Screen::key() {
  int code = ::wgetch(stdscr);
  // A new size is no key: it must not answer a question.
  while (code == KEY_RESIZE) code = ::wgetch(stdscr);
  if (code == ERR) return std::nullopt;
  return key_of(code);
}

void Screen::resized() {
  if (const auto size = terminal_size(); size && size->rows > 0) ::resizeterm(size->rows, size->columns);
}

void Screen::leave() { ::endwin(); }

void Screen::come_back() {
  resized();
  ::clearok(stdscr, TRUE);
  ::wrefresh(stdscr);
}

}  // namespace memguard::cli
