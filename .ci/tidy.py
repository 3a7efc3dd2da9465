#!/usr/bin/env python3
"""clang-tidy over all sources of a build, several at once: prints what it finds, status 1 when that is anything.

usage: tidy.py CLANG-TIDY BUILD    BUILD has a compile_commands.json

Most of the time of a check goes into the headers of a source. Sources that are compiled in the same way are included by
one file, so that their headers are read once. Two sources may have the same name of their own, and a source may use an
include of the one before it: a file with any finding is left, and its sources are looked at one by one. Only what is
found then is printed.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

# More together: fewer headers to read, but more often a finding that is none.
TOGETHER = 10
# The analyzer looks only at functions of the main file, unless its name has this: clang, lib/StaticAnalyzer/Core/
# AnalysisManager.cpp, isInCodeFile.
NAME = "UnifiedSource{}.cc"


def commands(build):
    """{source: the words of its command without the source}, for each source of the project."""
    root, found = pathlib.Path.cwd(), {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.suffix == ".cc" and source.is_relative_to(root) and not source.is_relative_to(build):
            words = shlex.split(entry["command"])
            found.setdefault(str(source), words[:words.index("-o")])
    return found


def batches(sources):
    """[(command, sources)]: what differs in nothing but where its headers are found, from all over the project.

    Those of one folder have the same namespace, and so names of their own that meet.
    """
    alike = {}
    for source, command in sources.items():
        folders = [word for word in command if word.startswith("-I")]
        key = tuple(word for word in command if word not in folders)
        group = alike.setdefault(key, ([], {}))
        group[0].append(source)
        group[1].update(dict.fromkeys(folders))
    parts = []
    for command, (group, folders) in alike.items():
        count = -(-len(group) // TOGETHER)
        parts += [([*command, *folders, "-c"], sorted(group)[at::count]) for at in range(count)]
    return parts


def unite(folder, parts):
    """One file per batch in the folder, with the commands that compile them: [(file, sources)]."""
    folder.mkdir(exist_ok=True)
    united, entries = [], []
    for number, (command, sources) in enumerate(parts):
        file = folder / NAME.format(number)
        file.write_text("".join(f'#include "{source}"  // NOLINT\n' for source in sources))
        entries.append({"directory": str(folder.parent), "file": str(file), "arguments": [*command, str(file)]})
        united.append((file, sources))
    (folder / "compile_commands.json").write_text(json.dumps(entries))
    return united


def tidy(program, folder, file, headers):
    """What clang-tidy prints about a file, or nothing when all is well."""
    ran = subprocess.run([program, "--quiet", "-p", folder, f"--header-filter={headers}", file], check=False, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
    return ran.stdout if ran.returncode else ""


def main():
    program, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    sources = commands(build)
    rooms = sorted({pathlib.Path(source).parent.name for source in sources})
    headers = f"/({'|'.join(rooms)})/[^/]*[.](h|cc)$"
    united = unite(build / "tidy", batches(sources))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def look(folder, files):
            return pool.map(lambda file: tidy(program, folder, file, headers), files)
        said = look(build / "tidy", [file for file, _ in united])
        doubtful = [sources for (_, sources), finding in zip(united, said) if finding]
        findings = [finding for finding in look(build, sum(doubtful, [])) if finding]
    print(f"{len(united)} files for {len(sources)} sources, {sum(map(len, doubtful))} of them looked at alone")
    print("\n".join(findings))
    return 1 if findings or not united else 0


if __name__ == "__main__":
    sys.exit(main())
