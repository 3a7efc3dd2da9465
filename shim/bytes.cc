#include "shim/bytes.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace memguard::shim {
namespace {

constexpr std::size_t kFirstCapacity = 4096;

}  // namespace

Bytes::~Bytes() { std::free(data_); }

void Bytes::append(std::string_view text) {
  if (text.empty()) return;
  if (size_ + text.size() > capacity_) {
    capacity_ = std::max({2 * capacity_, size_ + text.size(), kFirstCapacity});
    auto* larger = static_cast<char*>(std::realloc(data_, capacity_));
    if (larger == nullptr) std::abort();
    data_ = larger;
  }
  std::memcpy(data_ + size_, text.data(), text.size());
  size_ += text.size();
}

}  // namespace memguard::shim
