// How the shim and the supervisor talk.
//
// The front listens on a Unix SOCK_SEQPACKET socket before the build starts, and goes on listening when a supervisor
// dies, so that the next one finds those who connect meanwhile. Its name is in the abstract namespace:
// "\0memguard-" and the run's id (MEMGUARD_RUN, kExecOption). A file would need a folder that every process of the
// build sees, through mount namespaces, chroots and read-only roots, and would be left behind by `kill -9`; an abstract
// name needs only the network namespace of the front. In another one the shim finds nobody, and rustc is simply not
// restarted.
//
// A shim connects before it starts its compiler and stays connected: whoever is connected can restart, and nobody else
// can. Who it is the kernel says (SO_PEERCRED, in our pid namespace), not the message. Anybody on the machine may
// connect to an abstract name: strangers are refused, some hundred at a time (supervisor/restart/shims.h), and a shim
// that finds the queue of connections full does without being restarted.
//
//     shim                                  supervisor
//     Hello                            ->   what it starts from now on is restartable
//     Ended, its compiler a zombie     ->
//                                      <-   Verdict, when no process of the old compiler is left
//
// A Verdict that the connection's end came before is asked for again, after a new Hello, on a new connection.
#pragma once

#include <cstdint>

namespace memguard::shim {

/// Names the run, "PID:RANDOM", in the environment of every process of a build that keeps its environment.
inline constexpr const char* kRunVariable = "MEMGUARD_RUN";
/// The RUSTC_WRAPPER that the user had, which the shim calls in turn. Not set: none.
inline constexpr const char* kWrapperVariable = "MEMGUARD_WRAPPER";
/// What comes before the path, the zeroth and the further arguments of a program that the shim is executed instead of
/// (gate/detour.h). Behind it, after a `=`, is the run's id: a process of the build may have lost its variables (`env
/// -i`), or have those of another run, for which it compiles (the server of sccache). Without it the variable counts.
inline constexpr const char* kExecOption = "--exec";
/// What the socket's name begins with, after the NUL that makes it abstract.
inline constexpr const char* kSocketPrefix = "memguard-";

/// Of all messages. Front and shim are built together, but an old shim may outlive an update of the package.
inline constexpr std::uint32_t kVersion = 1;

enum class Kind : std::uint32_t { hello = 1, ended = 2 };

/// How a compiler ended, as far as it may be memory's doing: why a shim asks, for who looks at the line. The supervisor
/// decides by what it knows itself.
enum class Ending : std::uint32_t {
  none = 0,
  /// Of SIGKILL.
  killed = 1,
  /// By itself, after it said that linking failed.
  link_failed = 2,
};

struct Message {
  std::uint32_t version;
  Kind kind;
  Ending ending;
};

enum class Decision : std::uint32_t {
  /// The death was not memory's doing, or starting again is of no use: end as the compiler ended.
  pass_on = 1,
  /// Start the compiler again. Its exec waits in the gate until there is room.
  restart = 2,
};

struct Verdict {
  std::uint32_t version;
  Decision decision;
};

}  // namespace memguard::shim
