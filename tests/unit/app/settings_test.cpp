#include "app/settings.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/health.h"

namespace freshet::app {
namespace {

class Setting : public testing::Test {
 protected:
  Setting() {
    add_database_settings(command_, settings_);
    add_serve_settings(command_, settings_);
    std::ofstream(file_) << "queue = 3\nshared-workers = 3\nmutation-workers = 3\n";
  }
  ~Setting() override {
    ::unsetenv("FRESHET_QUEUE");
    ::unsetenv("FRESHET_SHARED_WORKERS");
    std::filesystem::remove(file_);
  }
  void read(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    command_.parse(words);
    complete_settings(command_);
  }

  const std::string file_ = testing::TempDir() + "freshet_settings_" + std::to_string(::getpid()) + ".toml";
  CLI::App command_;
  Settings settings_;
};

TEST_F(Setting, AFlagWinsOverTheEnvironmentWhichWinsOverTheFile) {
  ::setenv("FRESHET_QUEUE", "2", 1);
  ::setenv("FRESHET_SHARED_WORKERS", "2", 1);
  read({"--config", file_, "--queue", "1"});
  EXPECT_EQ(settings_.queue, 1);
  EXPECT_EQ(settings_.shared_workers, 2);
  EXPECT_EQ(settings_.mutation_workers, 3);
  EXPECT_EQ(settings_.slow_workers, Settings().slow_workers);
}

TEST_F(Setting, AWrongValueIsRefusedByNameWithoutTheValue) {
  ::setenv("FRESHET_QUEUE", "canary", 1);
  try {
    read({});
    FAIL();
  } catch (const CLI::ParseError& error) {
    EXPECT_NE(std::string(error.what()).find("FRESHET_QUEUE"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos);
  }
}

TEST_F(Setting, AnEmptyVariableIsNone) {
  ::setenv("FRESHET_QUEUE", "", 1);
  read({"--config", file_});
  EXPECT_EQ(settings_.queue, 3);
}

TEST_F(Setting, AnUnknownNameInTheFileIsRefused) {
  std::ofstream(file_) << "quue = 3\n";
  EXPECT_THROW(read({"--config", file_}), CLI::ParseError);
}

TEST(CheckSettings, NamesWhatIsWrong) {
  Settings settings;
  EXPECT_NE(check_settings(settings).find("database-url"), std::string::npos);
  settings.database_url = settings.replication_url = "postgresql://u:secret@h/d";
  EXPECT_EQ(check_settings(settings), "");
  settings.listen = "nowhere";
  EXPECT_NE(check_settings(settings).find("--listen"), std::string::npos);
  settings.listen = "127.0.0.1:4700";
  settings.jwt_key = "x";
  EXPECT_NE(check_settings(settings).find("jwt-algorithm"), std::string::npos);
}

TEST(Masked, ShowsNoPassword) {
  EXPECT_EQ(masked("postgresql://u:secret@h:5/d"), "u@h:5/d");
  EXPECT_EQ(masked("host=h user=u password=secret dbname=d"), "u@h/d");
  EXPECT_EQ(masked("postgresql://u:sec ret@h:x:y/%"), "(not a connection string)");
}

TEST(Remedy, IsAddedToWhatTheServerSays) {
  const std::string said = with_remedy("library \"freshet\" may not be used as an output plugin");
  EXPECT_NE(said.find("grant_gateway"), std::string::npos);
  EXPECT_EQ(with_remedy("something else"), "something else");
}

TEST(Settings, a_socket_drains_below_the_mark_at_which_it_is_slow) {
  Settings settings;
  settings.database_url = settings.replication_url = "host=localhost";
  EXPECT_EQ(check_settings(settings), "");
  settings.drained_bytes = settings.busy_bytes;
  EXPECT_EQ(check_settings(settings), "--drained-bytes must be less than --busy-bytes");
}

}  // namespace
}  // namespace freshet::app
