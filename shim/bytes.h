// A growing array of bytes. Not std::vector, whose exceptions would triple the program: the shim is started for every
// rustc of a build, and is resident as long as it runs.
#pragma once

#include <cstddef>
#include <string_view>

namespace memguard::shim {

class Bytes {
 public:
  /// It is neither copied nor moved.
  Bytes& operator=(Bytes&&) = delete;
  /// Frees them.
  ~Bytes();

  /// Without memory the process ends (abort): there is nothing that a shim could do then.
  void append(std::string_view text);
  /// Nothing is in it then; its memory is kept.
  void clear() { size_ = 0; }
  /// Valid until the next change.
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  /// Nothing is in it.
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace memguard::shim
