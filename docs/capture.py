#!/usr/bin/env python3
"""Writes what a held-up build looks like into docs/STATUS.md: screens of a real run in real terminals.

usage: docs/capture.py MEMGUARD VICTIMS [FILE]

VICTIMS is the folder with what integration/victims builds. A make of six links that grow to 90 MiB runs in 250 MiB;
what `memguard status` and `memguard top` show after some seconds replaces the blocks between `<!-- capture NAME -->`
and `<!-- end -->`.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "integration/host"))

from machine import until  # noqa: E402  (from the folder above)
from tmux import Tmux  # noqa: E402

MAKEFILE = """
all: app-1 app-2 app-3 app-4 app-5 app-6
app-%:
\t@./ld --ramp 90MiB:6s --hold 3s -o $@ >/dev/null
"""
#: By the name of their block: how large the terminal is, what runs in it, which keys are pressed, what is waited for.
CAPTURES = {"status-80": (80, 24, "status", (), "status 0"), "status-60": (60, 24, "status", (), "status 0"),
            "top-80": (80, 16, "top", ("End",), "; waits for"), "top-60": (60, 12, "top", ("End",), "; waits for")}


def prepare(folder, victims):
    (folder / "ld").symlink_to(victims / "hog")
    (folder / "Makefile").write_text(MAKEFILE)


def held_up(memguard, run):
    """Some jobs wait, and some seconds have gone by."""
    shown = subprocess.run([memguard, "status", "--pid", str(run.pid)], capture_output=True, text=True).stdout
    waiting = re.search(r"(\d+) held", shown)
    return waiting and int(waiting[1]) > 2 and "since 4." in shown


def capture(memguard, victims):
    with tempfile.TemporaryDirectory(prefix="project-") as name:
        folder = pathlib.Path(name)
        prepare(folder, victims)
        run = subprocess.Popen([memguard, "run", "--memory", "250MiB", "--no-history", "--", "make", "-j6"], cwd=folder,
                               stderr=subprocess.DEVNULL)
        try:
            until(lambda: held_up(memguard, run), "the build is held up")
            return {name: screen(folder, memguard, run, *how) for name, how in CAPTURES.items()}
        finally:
            run.terminate()
            run.wait()


def screen(folder, memguard, run, width, height, command, keys, awaited):
    terminal = Tmux(folder, width, height, [memguard, command, "--pid", str(run.pid)])
    try:
        terminal.until_shown("app-6")
        terminal.keys(*keys) if keys else None
        lines = [line for line in terminal.until_shown(awaited) if line != "status 0"]
    finally:
        terminal.close()
    while not lines[-1]:
        lines.pop()
    # The folder is another one each time.
    return [re.sub(r"/tmp/project-\w+", "/home/me/project", line) for line in lines]


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    memguard, victims = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    page = pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else ROOT / "docs/STATUS.md"
    text = page.read_text()
    for name, lines in capture(os.fspath(memguard), victims).items():
        block = "\n".join(line and "    " + line for line in lines)
        place = re.compile(rf"(<!-- capture {name} -->\n).*?(<!-- end -->)", re.S)
        text, found = place.subn(lambda m, block=block: f"{m[1]}\n{block}\n\n{m[2]}", text)
        if not found:
            sys.exit(f"{page} has no block {name}")
    page.write_text(text)


main()
