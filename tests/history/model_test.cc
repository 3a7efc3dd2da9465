#include "history/model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace memguard::history {
namespace {

using namespace units;

job::Unit unit(const std::string& job_class, const std::string& kind, const std::string& profile) {
  return {.job_class = job_class,
          .name = "x",
          .version = {},
          .kind = kind,
          .profile = profile,
          .target = {},
          .compiler = {}};
}

TEST(ModelGroup, TellsLikeFromUnlike) {
  EXPECT_EQ(model_group(unit("link", "bin", "opt-level=3"), "ld.lld"), "link ld.lld");
  EXPECT_EQ(model_group(unit("rustc", "lib", "opt-level=3"), "rustc"), "rustc codegen");
  EXPECT_EQ(model_group(unit("rustc", "lib", "opt-level=3 emit=metadata"), "rustc"), "rustc metadata");
  EXPECT_EQ(model_group(unit("rustc", "bin", "opt-level=3 lto=fat"), "rustc"), "rustc lto");
  EXPECT_EQ(model_group(unit("rustc", "bin", "opt-level=3 lto=off"), "rustc"), "rustc codegen");
  for (const char* program : {"cc1plus", "cc1obj", "lto1", "clang++-14", "x86_64-pc-linux-gnu-clang"})
    EXPECT_EQ(model_group(unit("cc", "", "-O2"), program), "cc") << program;
  EXPECT_EQ(model_group(unit("cc", "", ""), "ghc-9.4.7"), "cc ghc");
  EXPECT_EQ(model_group(unit("cc", "", ""), "compile"), "cc compile");
  EXPECT_EQ(model_group(unit("link", "bin", ""), "aarch64-linux-gnu-ld.bfd-2.40"), "link ld.bfd");
  EXPECT_EQ(model_group(unit("test", "test", ""), "app-0123456789abcdef"), "test");
}

TEST(ModelGroup, OfCIsAnotherThanOfCpp) {
  job::Unit source = unit("cc", "", "-O2");
  EXPECT_EQ(model_group(source, "cc1"), "cc C");
  for (const char* name : {"src/a.c", "a.i"}) {
    source.name = name;
    EXPECT_EQ(model_group(source, "clang-14"), "cc C") << name;
    EXPECT_EQ(model_group(source, "cc1plus"), "cc") << name;
  }
  source.name = "src/a.cc";
  EXPECT_EQ(model_group(source, "clang"), "cc");
  EXPECT_LT(4 * shipped_model("cc C").expect({{}, 64_KiB}), shipped_model("cc").expect({{}, 64_KiB}));
}

TEST(ModelGroup, OnlyTheEndOfAProgramIsOptimizedAsAWhole) {
  EXPECT_EQ(model_group(unit("rustc", "lib", "lto=fat"), "rustc"), "rustc codegen");
}

TEST(Model, WithoutSamplesIsTheShippedOne) {
  const Model shipped = shipped_model("link ld");
  EXPECT_EQ(learn_model(shipped, {}), shipped);
}

TEST(Model, EveryGroupHasOne) {
  for (const char* group : {"link mold", "link never-heard-of", "rustc codegen", "cc", "cc C", "protoc"})
    EXPECT_GT(shipped_model(group).expect({}), 0_MiB) << group;
}

TEST(Model, LearnsWhatItsSamplesHave) {
  std::vector<Sample> samples;
  const Model truth{40_MiB, 2.5, 0};
  for (int mib = 4; mib < 400; mib += 4) {
    const job::Inputs inputs{Bytes{std::int64_t{mib} << 20U}, {}};
    samples.push_back({inputs, truth.expect(inputs)});
  }
  const Model learned = learn_model({12_MiB, 1.3, 0}, samples);
  for (const Bytes objects : {10_MiB, 100_MiB, 1000_MiB}) {
    const double ratio = learned.expect({objects, {}}).real() / truth.expect({objects, {}}).real();
    EXPECT_NEAR(ratio, 1, 0.4) << to_text(objects);
  }
  EXPECT_NEAR(learned.per_object, 2.5, 0.25);
}

TEST(Model, IsNotTurnedOverByAFewOfOneSize) {
  const job::Inputs inputs{10_MiB, {}};
  const Model learned = learn_model({12_MiB, 1.3, 0}, {{inputs, 60_MiB}, {inputs, 61_MiB}});
  const double at_hundred = learned.expect({100_MiB, {}}).real();
  EXPECT_GT(at_hundred, Model({12_MiB, 1.3, 0}).expect({100_MiB, {}}).real());
  EXPECT_LT(at_hundred, 600.0 * (1 << 20));
}

TEST(Model, NonsenseTeachesNothingThatIsNotFinite) {
  const Model learned = learn_model(shipped_model("cc"), {{{Bytes{-5}, Bytes::unlimited()}, 1_MiB}, {{}, Bytes{-1}}});
  EXPECT_TRUE(std::isfinite(learned.per_object) && std::isfinite(learned.per_source));
  EXPECT_GT(learned.constant, Bytes{});
}

TEST(Model, ExpectsOfInputsBeyondMeasureAllThereIs) {
  EXPECT_TRUE(shipped_model("cc").expect({Bytes::unlimited(), Bytes::unlimited()}).is_unlimited());
}

}  // namespace
}  // namespace memguard::history
