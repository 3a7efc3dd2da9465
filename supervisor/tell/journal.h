// Entries of systemd's journal that programs can find: each kind has a message id, and a text in the catalog that
// packaging/systemd/memguard.catalog is (journalctl -x).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace memguard::supervisor {

enum class JournalEvent : std::uint8_t {
  /// A job waits for memory for long.
  waits,
  /// A job that memory ended is started again.
  started_again,
  /// Memory ended a job for good.
  lost,
  /// The build used more than its limit.
  over_limit,
  /// A job hardly gets on, because it needs little more than the limit.
  thrashes,
};

/// Its MESSAGE_ID, 32 hexadecimal digits.
[[nodiscard]] std::string_view message_id(JournalEvent event);

/// An entry as the socket takes it (systemd.io, JOURNAL_NATIVE_PROTOCOL): fields, a line each. `message` is made
/// printable.
[[nodiscard]] std::string journal_entry(JournalEvent event, std::string_view message);

/// The journal's socket. Written to without libsystemd, whose sd_journal_send waits for a journal that does not read.
class Journal {
 public:
  /// None: nothing is written.
  Journal() = default;
  /// The journal, where stderr goes there: JOURNAL_STREAM names its device and inode (systemd.exec(5)). Otherwise none:
  /// what nobody sent to the journal does not belong there.
  [[nodiscard]] static Journal of_stderr(const std::string& socket = "/run/systemd/journal/socket");

  /// False when the journal has not got it: there is none, it reads nothing, or it is full. Never blocks.
  [[nodiscard]] bool write(JournalEvent event, std::string_view message) const;

  /// Waits, half a second at most, until all has been read. journald asks /proc of a sender which unit that belongs to:
  /// of one that has ended meanwhile it would not learn it.
  void settle() const;

 private:
  UniqueFd socket_;
};

}  // namespace memguard::supervisor
