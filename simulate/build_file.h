// Builds from files: the report of a real run, or a description of jobs with their memory over time.
#pragma once

#include <string_view>

#include "base/result.h"
#include "simulate/read_build.h"

namespace memguard::simulate {

/// Reads either, told apart by their keys. Refused: what is neither, another version, a wrong type or an unknown key
/// (with JSON path), jobs that wait for each other in a circle, a child of a child that waits for itself. The limit of
/// the machine is Bytes{} where the file has none.
[[nodiscard]] Result<BuildFile> read_build(std::string_view text);

}  // namespace memguard::simulate
