#include "simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace freshet::live::model {
namespace {

constexpr std::uint64_t kSeeds = 10'000;
constexpr std::uint64_t kParts = 4;
constexpr int kSteps = 150;

// FRESHET_SEED runs that one alone, in every part.
class Simulated : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulated, EveryPromiseHoldsInEveryInterleaving) {
  if (const char* seed = std::getenv("FRESHET_SEED")) {
    const std::uint64_t one = std::strtoull(seed, nullptr, 10);
    EXPECT_EQ(Simulation(one).run(kSteps), "") << "seed " << one;
    return;
  }
  for (std::uint64_t seed = GetParam(); seed < kSeeds; seed += kParts) {
    ASSERT_EQ(Simulation(seed).run(kSteps), "") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulated, ::testing::Range<std::uint64_t>(0, kParts));

}  // namespace
}  // namespace freshet::live::model
