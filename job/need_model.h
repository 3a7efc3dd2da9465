// How much memory a job needs, by how much it reads: a line through a few measured jobs.
#pragma once

#include "base/units.h"
#include "job/unit.h"

namespace memguard::job {

struct NeedModel {
  /// What it needs whatever it reads.
  Bytes constant;
  /// Bytes that it needs for each byte of Inputs::objects, and for each of Inputs::sources.
  double per_object = 0;
  double per_source = 0;

  /// What a job with these inputs is expected to need; Bytes::unlimited() where no integer holds it.
  [[nodiscard]] Bytes expect(const Inputs& inputs) const {
    // Added as real numbers: a sparse file may claim exabytes, and a multiple of them no integer holds.
    return Bytes::of(constant.real() + per_object * inputs.objects.real() + per_source * inputs.sources.real());
  }
  /// All their fields are equal.
  bool operator==(const NeedModel&) const = default;
};

}  // namespace memguard::job
