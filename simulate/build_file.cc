#include "simulate/build_file.h"

#include <algorithm>

#include "simulate/build_parts.h"
#include "simulate/curve.h"

namespace memguard::simulate {

ClassId ClassNames::id(const std::string& name) {
  auto found = std::ranges::find(names_, name);
  if (found == names_.end()) found = names_.insert(names_.end(), name);
  return ClassId{static_cast<std::uint16_t>(found - names_.begin())};
}

Result<BuildFile> read_build(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return tl::unexpected<Error>(document.error());
  const json::Value& root = document->root();
  BuildFile file;
  if (!root.is_object() || (root.find("memguard_world").missing() && root.find("job").missing())) {
    return fail("neither a report of memguard run --json nor a build with \"memguard_world\": 1", 0,
                "docs/SIMULATE.md describes both.");
  }
  file = root.find("memguard_world").missing() ? build_of_report(root) : build_of_description(root);
  if (auto status = document->status(); !status) return pass(std::move(status.error()));
  if (file.build.tasks.empty()) return fail("there are no jobs in it");
  file.build.largest = largest_family(file.build.tasks);
  return file;
}

}  // namespace memguard::simulate
