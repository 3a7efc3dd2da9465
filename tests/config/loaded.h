// Settings as a test loads them: from files of its own, variables and options.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_environment.h"

namespace memguard::config {

inline constexpr const char* kSystem = "/etc/memguard/config.json";
inline constexpr const char* kUser = "/home/ann/.config/memguard/config.json";
inline constexpr const char* kProject = "/home/ann/project/memguard.json";

/// What all layers come to. A refusal fails the test.
inline Config loaded(const FakeFiles& files, std::map<std::string, std::string> variables = {},
                     const std::vector<TextSetting>& options = {}) {
  auto config = load(fake_environment(files, std::move(variables)), options);
  EXPECT_TRUE(config) << (config ? "" : config.error().text());
  return config ? *config : Config{};
}

}  // namespace memguard::config
