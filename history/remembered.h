// A build's view of history: what each unit is expected to need. Loaded once, before the build; asking it opens no
// file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/course.h"
#include "base/units.h"
#include "history/model.h"
#include "job/unit.h"

namespace memguard::history {

struct Expectation {
  Bytes peak;
  enum class Basis : std::uint8_t {
    same_unit,  ///< this very unit ran before
    kin_unit,   ///< it did with another version, compiler or profile
    model,      ///< nothing like it did: modelled from what it reads
  } basis = Basis::model;
  /// How the same unit went; of others nobody knows that it would be like theirs.
  std::optional<Course> course{};
};

class Remembered {
 public:
  /// What the last runs of a unit came to, and how one of them went. Those of earlier calls are the older ones.
  void add(const job::Unit& unit, Bytes expected, const job::Inputs& inputs, const std::optional<Course>& course = {});
  /// A model that this machine has learned, for a group (history/model.h).
  void set_model(const std::string& group, const Model& model) { models_[group] = model; }

  /// What is expected of a job: the closest unit that ran before, scaled by what the job reads where links are
  /// concerned (half as much to twice), else the model of its group; nothing where nobody knows what it reads either.
  [[nodiscard]] std::optional<Expectation> expect(const job::Unit& unit, std::string_view program,
                                                  const job::Inputs& inputs) const;
  /// The same of a job that has not come yet, so that nobody knows what it reads: nothing for one that never ran.
  [[nodiscard]] std::optional<Expectation> expect_known(const job::Unit& unit) const;

  /// The programs of class `other` that are expected to need at least so much, the largest first.
  [[nodiscard]] std::vector<std::string> programs_that_need(Bytes least) const;

  /// How many units are known.
  [[nodiscard]] std::size_t size() const { return units_.size(); }

 private:
  struct Known {
    Bytes expected;
    Bytes objects;
    std::optional<Course> course{};
  };
  using Hash = std::uint64_t;
  struct Found {
    const Known* known = nullptr;
    Expectation::Basis basis = Expectation::Basis::model;
  };
  [[nodiscard]] Found find(const job::Unit& unit) const;
  [[nodiscard]] Model model_of(const std::string& group) const;

  // Hashes only: the text of some ten thousand units would be most of the supervisor's memory.
  std::unordered_map<Hash, Known> units_;
  std::unordered_map<Hash, Known> kin_;
  // By name: these are few.
  std::map<std::string, Bytes> programs_;
  std::map<std::string, Model> models_;
};

}  // namespace memguard::history
