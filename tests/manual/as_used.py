"""Manual pages and completions by the programs that people have: as_used.py pages|bash|zsh|fish MADE MEMGUARD."""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            skip(f"no {program}")


def output(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    return done.stdout + done.stderr


def pages(made):
    need("mandoc", "lexgrog", "man")
    for name, about in (("memguard.1", "memguard - let memory-hungry builds finish"),
                        ("cargo-memguard.1", "cargo-memguard - run cargo in a limit of memory"),
                        ("memguard.json.5", "memguard.json - settings of memguard")):
        page = f"{made}/{name}"
        said = output("mandoc", "-T", "lint", "-W", "warning", page)
        assert said == "", said
        assert about in output("lexgrog", page), output("lexgrog", page)
        text = output("man", "--warnings", "-l", page, env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        assert "warning" not in text, text
        assert "memguard" in text and "\u2010\u2010" not in text, text
    assert "--keep-free SIZE" in output("man", "-l", f"{made}/memguard.1", env={**os.environ, "MANWIDTH": "100"})


def bash(line, made, _folder):
    script = f"""
shopt -s progcomp
. /usr/share/bash-completion/bash_completion 2>/dev/null
. {made}/bash/memguard
COMP_LINE={quoted(line)}
COMP_POINT=${{#COMP_LINE}}
eval "COMP_WORDS=($COMP_LINE)"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_memguard memguard "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return output("bash", "--norc", "-c", script)


def fish(line, made, folder):
    environment = {**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder}
    return output("fish", "--no-config", "-c", f"source {made}/fish/memguard.fish; complete -C {quoted(line)}",
                  env=environment)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def read_until(terminal, mark, seconds=60):
    """What an interactive shell prints until `mark` is there."""
    seen = ""
    end = time.monotonic() + seconds
    while not re.search(mark, seen):
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, f"no {mark} in: {seen}"
        seen += os.read(terminal, 65536).decode(errors="replace")
    return seen


def zsh(line, made, folder):
    """Zsh completes only at a terminal: TAB is typed there, and the list is read."""
    with open(f"{folder}/.zshrc", "w", encoding="utf-8") as rc:
        rc.write(f"fpath=({made}/zsh $fpath)\nautoload -Uz compinit && compinit -u -d {folder}/dump\n"
                 "unsetopt list_beep\nLISTMAX=10000\nzstyle ':completion:*' verbose no\n"
                 "bindkey '^I' list-choices\nstty rows 200 cols 200\nPS1='re''ady> '\n")
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(ZDOTDIR=folder, TERM="dumb")
        os.execvp("zsh", ["zsh", "-i"])
    try:
        read_until(terminal, "ready> ")
        os.write(terminal, (line + "\t").encode())
        # The list ends with the prompt and the line drawn again; of one that is empty nothing is drawn.
        os.write(terminal, b"\x15print en''d\n")
        return read_until(terminal, "end\r")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def offers(shell, made, line, *expected, without=()):
    with tempfile.TemporaryDirectory() as folder:
        seen = shell(line, made, folder)
    words = re.split(r"[\s=]+", seen)
    for word in expected:
        assert word in words, f"{line}: no {word} in {seen}"
    for word in without:
        assert word not in words, f"{line}: {word} in {seen}"


def options_of(memguard, command):
    return set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", output(memguard, "help", command), re.M))


def completes(shell, made, memguard):
    commands = re.findall(r"^  memguard ([a-z]+)", output(memguard, "help"), re.M)
    assert "doctor" in commands, commands
    offers(shell, made, "memguard ", *commands)
    offers(shell, made, "memguard help ", "doctor", "history")
    for command in commands:
        if command != "help":
            options = options_of(memguard, command)
            assert "--help" in options, command
            offers(shell, made, f"memguard {command} --", *options)
    offers(shell, made, "memguard run --require-tier ", "full", "freezer", "signal")
    offers(shell, made, "memguard run --memory 3GiB --", "--keep-free")
    offers(shell, made, "memguard run --quiet -- mk", "mkdir", "mkfifo")
    offers(shell, made, "memguard run --quiet mk", "mkdir", "mkfifo")
    # What follows is the command's own.
    offers(shell, made, "memguard run -- env --", without=["--keep-free"])
    offers(shell, made, f"memguard report {made}/ba", without=["--help"])
    assert "bash" in shell_output(shell, made, f"memguard report {made}/ba")
    assert "bash" in shell_output(shell, made, f"memguard run --json {made}/ba")


def shell_output(shell, made, line):
    with tempfile.TemporaryDirectory() as folder:
        return shell(line, made, folder).replace(line, "")


def main():
    what, made, memguard = sys.argv[1:]
    if what == "pages":
        return pages(made)
    need(what)
    return completes({"bash": bash, "zsh": zsh, "fish": fish}[what], made, memguard)


if __name__ == "__main__":
    main()
