#!/usr/bin/env python3
"""Writes a C++ project whose compiles and links need much memory: a Makefile, a CMakeLists.txt and their sources.

    examples/cxx/generate.py FOLDER [--units 40] [--links 4] [--heaviest 50] [--data 64] [--seed 7]
    cd FOLDER && memguard run -- make -j16

Each unit instantiates a class template some times, the heaviest so often as --heaviest says: g++ -O1 -g needs about 160
MiB for 12, 300 MiB for 50. Each program has all units and --data MiB of its own data, all of which its link has in
memory. The same arguments give the same bytes.
"""

import argparse
import random
from pathlib import Path

HEADERS = ("algorithm", "functional", "map", "regex", "string", "vector")

TEMPLATE = """
template <int N> struct Table {
  std::map<int, std::vector<std::string>> rows;
  std::function<int(int)> last;
  int add(int key) {
    rows[key].push_back(std::to_string(N));
    last = [key](int more) { return key + more + N; };
    std::sort(rows[key].begin(), rows[key].end());
    return last(key) + static_cast<int>(rows.size());
  }
};
"""

MAKEFILE = """CXX ?= g++
CXXFLAGS ?= -O1 -g
objects := {objects}
all: {programs}
{rules}
%.o: %.cc
\t$(CXX) $(CXXFLAGS) -c -o $@ $<

clean:
\trm -f *.o {programs}
"""

CMAKE_LISTS = """cmake_minimum_required(VERSION 3.16)
project(heavy CXX)
set(CMAKE_CXX_FLAGS "-O1 -g")
add_library(units OBJECT {sources})
foreach(program {programs})
  add_executable(${{program}} ${{program}}.cc $<TARGET_OBJECTS:units>)
endforeach()
"""


def unit(number: int, instances: int) -> str:
    """Source of unit `number`."""
    functions = (f"int u{number}_{i}(int key) {{ return Table<{1000 * number + i}>().add(key); }}\n"
                 for i in range(instances))
    includes = "".join(f"#include <{header}>\n" for header in HEADERS)
    return f"{includes}{TEMPLATE}{''.join(functions)}int u{number}(int key) {{ return u{number}_0(key); }}\n"


def program(number: int, units: int, data: int) -> str:
    """Source of program `number`, which calls all units and has `data` MiB of its own."""
    declared = "".join(f"int u{i}(int);\n" for i in range(units))
    summed = " + ".join(f"u{i}(count)" for i in range(units))
    own = f"char data[{data << 20}] = {{1}};\n" if data else "char data[1];\n"
    return f"{declared}{own}int main(int count, char**) {{ return ({number} + data[count] + {summed}) & 1; }}\n"


def makefile(units: int, programs: list[str]) -> str:
    rules = "".join(f"{name}: {name}.o $(objects)\n\t$(CXX) $(LDFLAGS) -o $@ $^\n" for name in programs)
    return MAKEFILE.format(objects=" ".join(f"u{i}.o" for i in range(units)), programs=" ".join(programs), rules=rules)


def write(folder: Path, units: int, links: int, heaviest: int, data: int, seed: int) -> None:
    """A fifth of the units is as heavy as the heaviest, the others have a sixth to two fifths of that."""
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    programs = [f"program{i}" for i in range(links)]
    for number in range(units):
        part = 1 if number % 5 == 2 else dice.choice((0.16, 0.24, 0.4))
        (folder / f"u{number}.cc").write_text(unit(number, max(1, round(part * heaviest))))
    for number, name in enumerate(programs):
        (folder / f"{name}.cc").write_text(program(number, units, data))
    (folder / "Makefile").write_text(makefile(units, programs))
    sources = " ".join(f"u{i}.cc" for i in range(units))
    (folder / "CMakeLists.txt").write_text(CMAKE_LISTS.format(sources=sources, programs=" ".join(programs)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--units", type=int, default=40)
    parser.add_argument("--links", type=int, default=4)
    parser.add_argument("--heaviest", type=int, default=50, help="instances in the heaviest unit (default 50)")
    parser.add_argument("--data", type=int, default=64, help="MiB of data in each program (default 64)")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    write(given.folder, given.units, given.links, given.heaviest, given.data, given.seed)


if __name__ == "__main__":
    main()
