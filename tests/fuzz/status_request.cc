// A line that a client of the status socket sends, and one that a run answers.
#include "input.h"
#include "status/reply.h"
#include "status/request.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = fuzz::text_of(data, size);
  if (const auto request = status::parse_request(line)) {
    std::string written = status::to_line(*request);
    fuzz::require(written.size() <= status::kLongestRequest, "what is understood is short");
    written.pop_back();
    const auto again = status::parse_request(written);
    fuzz::require(again && status::to_line(*again) == written + "\n", "a request that was written is read as the same");
  } else {
    const std::string refusal = status::refusal_line(request.error().text());
    fuzz::require(refusal.find('\n') == refusal.size() - 1, "a refusal is one line");
    fuzz::require(!status::parse_reply(refusal), "and is read as one");
  }
  const auto reply = status::parse_reply(line);
  const auto* run = reply ? std::get_if<status::RunStatus>(&*reply) : nullptr;
  if (run == nullptr) return 0;
  const std::string written = status::to_line(*run);
  const auto again = status::parse_reply(written);
  fuzz::require(again && status::to_line(std::get<status::RunStatus>(*again)) == written,
                "a status that was written is read as the same");
  return 0;
}
