#include "status/request.h"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "json/value.h"

namespace memguard::status {
namespace {

using Kind = Request::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 5> kKinds{{{Kind::status, "status"},
                                                                   {Kind::let_go, "let_go"},
                                                                   {Kind::freeze, "freeze"},
                                                                   {Kind::evict, "evict"},
                                                                   {Kind::limit, "limit"}}};

bool names_a_job(Kind kind) { return kind == Kind::let_go || kind == Kind::freeze || kind == Kind::evict; }

Kind kind_of(const json::Value& value) {
  const std::string word = value.text();
  for (const auto& [kind, name] : kKinds) {
    if (name == word) return kind;
  }
  value.wrong("nothing that can be asked", "Ask for status, let_go, freeze, evict or limit.");
  return Kind::status;
}

Request request_of(const json::Value& root) {
  Request request;
  if (const auto version = root.need("version"); version.integer() != kVersion) {
    version.wrong(fmt::format("this memguard speaks version {}", kVersion));
    return request;
  }
  request.kind = kind_of(root.need("do"));
  if (names_a_job(request.kind)) {
    root.expect_keys({"version", "do", "job"});
    request.job = static_cast<std::uint32_t>(root.need("job").integer(0, std::numeric_limits<std::uint32_t>::max()));
  } else if (request.kind == Kind::limit) {
    root.expect_keys({"version", "do", "bytes"});
    request.limit = Bytes{root.need("bytes").integer(1)};
  } else {
    root.expect_keys({"version", "do"});
  }
  return request;
}

}  // namespace

Result<Request> parse_request(std::string_view line) {
  const auto document = json::Document::parse(line);
  if (!document) return tl::unexpected<Error>(document.error());
  Request request = request_of(document->root());
  if (auto status = document->status(); !status) return pass(std::move(status.error()));
  return request;
}

std::string to_line(const Request& request) {
  std::string_view what;
  for (const auto& [kind, name] : kKinds) {
    if (kind == request.kind) what = name;
  }
  std::string rest;
  if (names_a_job(request.kind)) rest = fmt::format(",\"job\":{}", request.job);
  if (request.kind == Kind::limit) rest = fmt::format(",\"bytes\":{}", request.limit.count);
  return fmt::format("{{\"version\":{},\"do\":\"{}\"{}}}\n", kVersion, what, rest);
}

}  // namespace memguard::status
