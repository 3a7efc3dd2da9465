#!/usr/bin/env python3
"""clang-tidy over all sources of a build, several at once: prints what it finds, status 1 when that is anything.

usage: tidy.py CLANG-TIDY BUILD    BUILD has a compile_commands.json

Most of the time of a check goes into the headers of a source. So one file includes several sources that are compiled
and checked in the same way, and their headers are read once. None of them has a word that is the name of a helper of
another. One may still need an include of the other. So a finding in such a file counts for nothing: its sources are
checked again, one by one, and what is found then is printed.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

# More together: fewer headers to read, but more often a finding that is none.
TOGETHER = 25
# The analyzer looks only at functions of the main file, unless its name has this: clang, lib/StaticAnalyzer/Core/
# AnalysisManager.cpp, isInCodeFile.
NAME = "UnifiedSource{}.cc"
# The name that a line without indentation defines: of a function, a constant.
OWN = re.compile(r"^(?!using |static_assert|[A-Z_]+\()\w.*?(\w+)(?:\(|\[|\{| = |;)", re.MULTILINE)
# What names nothing: comments, texts, includes.
CHATTER = re.compile(r"//.*|\"(?:[^\"\\\n]|\\.)*\"|^#.*", re.MULTILINE)


def commands(build):
    """{source: the words of its command without the source}, for each source of the project."""
    root, found = pathlib.Path.cwd(), {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.suffix == ".cc" and source.is_relative_to(root) and not source.is_relative_to(build):
            words = shlex.split(entry["command"])
            found.setdefault(str(source), words[:words.index("-o")])
    return found


def config_of(source):
    """The .clang-tidy that clang-tidy takes for a source: the nearest above it."""
    return next(folder / ".clang-tidy" for folder in pathlib.Path(source).parents if (folder / ".clang-tidy").exists())


def is_whole(source):
    """It is a program by itself, and no other source may be with it."""
    return re.search(r"^(int main|extern \"C\" int LLVM\w+)\(", pathlib.Path(source).read_text(), re.MULTILINE)


def own_names(text):
    """What a source defines for itself alone, in unnamed namespaces: constants, types, functions."""
    names = set()
    for part in re.findall(r"^namespace \{\n(.*?)^\}  // namespace$", text, re.MULTILINE | re.DOTALL):
        names.update(re.findall(r"^(?:template.*> )?(?:struct|class|enum class) (\w+)", part, re.MULTILINE))
        names.update(OWN.findall(part))
    return names


def batches(sources):
    """[(.clang-tidy, command, sources)]

    The commands of the sources differ only in where headers are found, and in what they define of the project's own.
    """
    alike, parts = {}, []
    for source, command in sorted(sources.items()):
        own = [word for word in command if word.startswith(("-I", "-DMEMGUARD_"))]
        key = config_of(source), tuple(word for word in command if word not in own), is_whole(source) and source
        alike.setdefault(key, {})[source] = own
    for (config, command, _), group in alike.items():
        parts += [(config, [*command, *dict.fromkeys(sum((group[source] for source in some), [])), "-c"], some)
                  for some in apart(group)]
    return parts


def definitions(words):
    """{name: value} of what a command defines."""
    return dict(word[2:].partition("=")[::2] for word in words if word.startswith("-D"))


class Together:
    """Sources that one file may include: no own name of one is a word of another, and nothing is defined twice."""

    def __init__(self):
        self.sources, self.own, self.words, self.defined = [], set(), set(), {}

    def takes(self, source, command):
        """Adds the source, or says that it cannot."""
        text, defined = pathlib.Path(source).read_text(), definitions(command)
        own, words = own_names(text), set(re.findall(r"(?<![\w.:>])\w+", CHATTER.sub("", text)))
        same = all(self.defined.get(name, value) == value for name, value in defined.items())
        if len(self.sources) == TOGETHER or not same or own & self.words or words & self.own:
            return False
        self.sources.append(source)
        self.own |= own
        self.words |= words
        self.defined |= defined
        return True


def apart(group):
    """The sources in lists of at most TOGETHER that may be together."""
    lists = []
    for source, command in group.items():
        if not any(some.takes(source, command) for some in lists):
            lists.append(Together())
            lists[-1].takes(source, command)
    return [some.sources for some in lists]


def unite(folder, parts):
    """One file per batch, below the folder, with the commands that compile them: [(file, sources)]."""
    shutil.rmtree(folder, ignore_errors=True)
    united, entries = [], []
    for number, (config, command, sources) in enumerate(parts):
        # A folder for each .clang-tidy: what that inherits from is found above, as from where it lies.
        place = folder / (config.parent.name if config.parent != pathlib.Path.cwd() else "root")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(config, place)
        file = place / NAME.format(number)
        file.write_text("".join(f'#include "{source}"  // NOLINT\n' for source in sources))
        entries.append({"directory": str(folder.parent), "file": str(file), "arguments": [*command, str(file)]})
        united.append((file, sources))
    (folder / "compile_commands.json").write_text(json.dumps(entries))
    return united


def tidy(program, folder, file):
    """What clang-tidy prints about a file, or nothing when all is well."""
    ran = subprocess.run([program, "--quiet", "-p", folder, file], check=False, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, errors="replace")
    return f"{file}: status {ran.returncode}\n{ran.stdout}" if ran.returncode else ""


def main():
    program, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    sources = commands(build)
    united = unite(build / "tidy", batches(sources))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def look(folder, files):
            return pool.map(lambda file: tidy(program, folder, file), files)
        said = look(build / "tidy", [file for file, _ in united])
        doubtful = [sources for (_, sources), finding in zip(united, said) if finding]
        findings = [finding for finding in look(build, sum(doubtful, [])) if finding]
    print(f"{len(united)} files for {len(sources)} sources, {sum(map(len, doubtful))} of them looked at alone")
    print("\n".join(findings))
    return 1 if findings or not united else 0


if __name__ == "__main__":
    sys.exit(main())
