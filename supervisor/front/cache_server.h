// The server of sccache: it compiles for its clients, wherever they run, so who guards it matters and not who calls it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace memguard::supervisor {

/// One that runs.
struct CacheServer {
  pid_t pid = 0;
  /// The front of the memguard run that guards it; 0 when nobody does.
  pid_t guard = 0;
  /// It is the command of that run, and not what a build has started there.
  bool has_own_run = false;
};

/// The server that a client with our environment would find (SCCACHE_SERVER_PORT); nothing when none runs. Its
/// environment tells, which only its user and root may read.
[[nodiscard]] std::optional<CacheServer> find_cache_server();

/// What a user should know of it whose build uses it; empty when all is well. A compiler that a server outside any run
/// starts is neither limited nor guarded.
[[nodiscard]] std::string remark_on(const CacheServer& server);

/// For `--shared`: unless one runs, starts sccache's server as the command of a guarded run of its own, which nothing
/// of ours ends. It ends by itself when nobody has asked it for SCCACHE_IDLE_TIMEOUT seconds (600), or by `sccache
/// --stop-server`. That run has the settings of `config`, but for the files it would write; what it says goes to
/// shared.log in the state folder. Waits until the server listens, 10 s at most. A line for the user; empty when one
/// runs already. To be called before this process becomes the subreaper of a build.
[[nodiscard]] std::string provide_cache_server(const config::Config& config);

}  // namespace memguard::supervisor
