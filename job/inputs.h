// How much a job has to read: the sizes of the files that its arguments name, seen from the job's own process.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "job/unit.h"

namespace memguard::job {

/// Looks at no more than some thousand files, and reads of them at most the heads of archives and the response files,
/// of those 4 MiB in all; of a link it takes about 100 ms at most. What is not there, or may not be seen, counts
/// nothing. Only regular files are opened: a FIFO that is given as one is left to the linker.
///
/// Of a link: its object files, and its archives without the metadata of Rust crates (the member lib.rmeta, which no
/// linker loads); those in response files too, and the packages in the file that Go's -importcfg names; after -static
/// and -Bstatic also the archives that -l finds. Shared libraries, of which a linker reads the symbol table only, are
/// left out. Of a rustc: the crates of --extern, and all .rs files of the folder the crate's root file is in when that
/// is `src`, else the root file alone. Of other compilers: the sources. Of a test nothing.
///
/// `thread` waits in its exec of the job, so that it has the job's root and working folder.
[[nodiscard]] Inputs measure_inputs(pid_t thread, std::string_view class_name,
                                    const std::vector<std::string>& arguments);

/// What a linker may load of the archive open as `fd` (ar(5)): its size without the metadata of a Rust crate. Of what
/// is no archive, all.
[[nodiscard]] Bytes archive_objects(int fd);

}  // namespace memguard::job
