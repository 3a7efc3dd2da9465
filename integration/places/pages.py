#!/usr/bin/env python3
"""Tests the code on the pages of docs/places, and that all of it is tested.

usage: pages.py here MEMGUARD   what can be tried on this machine: scripts, units, manifests' commands
       pages.py schemas         manifests against the schemas of their kinds, by the packages of requirements.txt,
                                which pip puts into build/places
       pages.py script KIND PAGE...   prints the blocks `sh KIND...` of pages as one script for sh (integration/vm)

Exit status: 0, its last line "ok: ..."; 77 when a tool is missing, its last line saying which; else 1.
"""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/places"
#: By the language of a block and the word after it: how it is tested.
KINDS = {("sh", "here"), ("sh", "vm"), ("sh", "vm-user"), ("dockerfile", "vm"), ("ini", "unit"), ("yaml", "pod"),
         ("yaml", "workflow"), ("yaml", "gitlab"), ("yaml", "buildkite")}
#: What checks a manifest: words after the program, which is in the folder of requirements.txt.
CHECKS = {"pod": ["kubernetes-validate", "--strict"],
          "workflow": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
          "gitlab": ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
          "buildkite": ["check-jsonschema", "--builtin-schema", "vendor.buildkite"]}
#: What makes each of them wrong.
MISTAKES = {"pod": ("containers:", "container:"), "workflow": ("runs-on:", "run-on:"), "gitlab": ("paths:", "path:"),
            "buildkite": ("steps:", "step:")}
#: Where a manifest has commands for sh: a list of them, a text of lines, or words.
COMMANDS = {"run", "script", "before_script", "after_script", "command"}
MAKEFILE = "all: a b\n\t@echo made\na b:\n\t@sleep 0.01\n.PHONY: all a b\n"


@dataclasses.dataclass
class Block:
    page: str
    line: int
    language: str
    kind: str
    text: str

    @property
    def name(self):
        return f"{self.page}:{self.line}"


def has_a_test_of_its_own(page):
    """Whether another test takes its commands from the page: it names that, as test_distcc.py does."""
    tests = [path for path in (ROOT / "integration").rglob("*") if path.is_file() and path.parent.name != "places"]
    name = f"docs/places/{page.name}"
    return any(name in path.read_text("utf-8", "replace") for path in tests if path.suffix in (".py", ".sh", ""))


def blocks_of(page):
    """All fenced blocks; one that does not say how it is tested is an error."""
    if has_a_test_of_its_own(page):
        return []
    found, inside = [], None
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fence = re.match(r"^ *```(.*)$", line)
        if not fence:
            if inside:
                inside.text += line + "\n"
            elif line.startswith("    "):
                sys.exit(f"FAIL {page.name}:{number}: code without a fence is not tested")
        elif inside:
            found.append(inside)
            inside = None
        else:
            language, _, kind = fence[1].partition(" ")
            if (language, kind) not in KINDS:
                sys.exit(f"FAIL {page.name}:{number}: ```{fence[1]} does not say how it is tested")
            inside = Block(page.name, number, language, kind, "")
    if inside:
        sys.exit(f"FAIL {inside.name}: it has no end")
    return found


def all_blocks():
    found = [block for page in sorted(PAGES.glob("*.md")) for block in blocks_of(page)]
    for kind in {kind for _, kind in KINDS}:
        if not any(block.kind == kind for block in found):
            sys.exit(f"FAIL no page has a block {kind}")
    return found


def run(block, words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"FAIL {block.name}: {words}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def commands_in(manifest):
    """Each text of a manifest that a shell gets."""
    if isinstance(manifest, list):
        for part in manifest:
            yield from commands_in(part)
    elif isinstance(manifest, dict):
        for key, value in manifest.items():
            if key in COMMANDS and isinstance(value, (str, list)):
                yield from [value] if isinstance(value, str) else value if " " in "".join(value) else [" ".join(value)]
            else:
                yield from commands_in(value)


def try_shell(block, text, memguard):
    """A script in a folder with a build, where a job of CI would run it."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "Makefile").write_text(MAKEFILE)
        environment = {**os.environ, "PATH": f"{memguard.parent}:{os.environ['PATH']}",
                       "XDG_STATE_HOME": f"{folder}/state", "GITHUB_STEP_SUMMARY": f"{folder}/summary"}
        said = run(block, ["sh", "-eux", "-c", text], cwd=folder, env=environment)
        assert "memguard run" not in text or "made" in said, f"{block.name}: {said}"


def try_unit(block, memguard):
    if not shutil.which("systemd-analyze"):
        print(f"skipped: {block.name}: no systemd-analyze")
        return
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "agent.service"
        unit.write_text(f"[Service]\nExecStart={memguard} run -- true\n")
        (pathlib.Path(folder) / "agent.service.d").mkdir()
        (pathlib.Path(folder) / "agent.service.d/page.conf").write_text(block.text)
        said = run(block, ["systemd-analyze", "verify", "--man=no", unit])
        assert "agent.service" not in said, f"{block.name}: {said}"


def here(memguard):
    """How many blocks were tried."""
    try:
        import yaml
    except ImportError:
        print("no python3-yaml")
        sys.exit(77)
    tried = 0
    for block in all_blocks():
        if block.kind == "unit":
            try_unit(block, memguard)
        elif (block.language, block.kind) == ("sh", "here"):
            try_shell(block, block.text, memguard)
        elif block.language == "yaml":
            texts = list(commands_in(yaml.safe_load(block.text)))
            assert any("make" in text for text in texts), f"{block.name}: no command in {texts}"
            # As one script: a report is of the run before it. The action's has its own test.
            guarded = [text if "memguard" in text else f"memguard run -- {text}" for text in texts]
            try_shell(block, "\n".join(guarded), memguard)
        else:
            continue
        tried += 1
    return tried


def checkers():
    """The folder of the programs that know the schemas."""
    folder = ROOT / "build/places"
    wanted = (ROOT / "integration/places/requirements.txt").read_text()
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        for words in ([sys.executable, "-m", "venv", folder],
                      [folder / "bin/pip", "install", "--quiet", "-r", ROOT / "integration/places/requirements.txt"]):
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print((done.stderr or done.stdout).strip().splitlines()[-1])
                sys.exit(77)
        mark.write_text(wanted)
    return folder / "bin"


def schemas():
    programs, checked = checkers(), 0
    for block in all_blocks():
        if block.kind not in CHECKS:
            continue
        program, *words = CHECKS[block.kind]
        for text, good in ((block.text, True), (block.text.replace(*MISTAKES[block.kind]), False)):
            with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
                file.write(text)
                file.flush()
                done = subprocess.run([programs / program, *words, file.name], capture_output=True, text=True,
                                      check=False)
            if (done.returncode == 0) != good:
                which = "as it is" if good else "with a mistake"
                sys.exit(f"FAIL {block.name}, {which}: {done.stdout}{done.stderr}")
        checked += 1
    return checked


def script(kind, pages):
    """A script of the blocks that says each before it does it. A block `dockerfile` becomes a Containerfile."""
    lines = ["set -eu"]
    for block in all_blocks():
        if block.page not in pages:
            continue
        if block.language == "dockerfile" and kind == "vm":
            lines.append(f"cat >Containerfile <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
        if (block.language, block.kind) == ("sh", kind):
            lines.append(f"echo 'ran {block.name}'\n{block.text.rstrip()}")
    return "\n".join(lines) + "\n"


def main(words):
    if words[:1] == ["here"] and len(words) == 2:
        print(f"ok: {here(pathlib.Path(words[1]).resolve())} blocks of docs/places work here")
    elif words == ["schemas"]:
        print(f"ok: {schemas()} manifests of docs/places are what their kinds ask for")
    elif words[:1] == ["script"] and len(words) > 2:
        print(script(words[1], words[2:]), end="")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
