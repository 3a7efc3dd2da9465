"""A program in a real terminal of a given size, which tmux is: what is on its screen, and keys for it."""
import os
import shlex
import shutil
import subprocess

from machine import until


class Tmux:
    def __init__(self, folder, width, height, command, environment=None):
        """Starts `command` (words). Its server is one of its own, whose socket is in `folder`."""
        self.server = ["tmux", "-S", os.fspath(folder / f"tmux-{width}x{height}"), "-f", "/dev/null"]
        own = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR") and not k.startswith("MEMGUARD_")}
        own |= {"LC_ALL": "C.UTF-8", **(environment or {})}
        words = ["env", *(f"{name}={value}" for name, value in (environment or {}).items()), *map(os.fspath, command)]
        # The screen stays when the program has ended.
        script = f"{shlex.join(words)}; echo status $?; exec sleep 1000"
        self._run("new-session", "-d", "-x", str(width), "-y", str(height), script, env=own)

    @staticmethod
    def lacks():
        return "" if shutil.which("tmux") else "no tmux"

    def _run(self, *words, env=None):
        return subprocess.run([*self.server, *words], env=env, check=True, capture_output=True, text=True).stdout

    def keys(self, *names):
        """As tmux calls them: "Down", "g", "C-c"."""
        self._run("send-keys", *names)

    def resize(self, width, height):
        self._run("resize-window", "-x", str(width), "-y", str(height))

    @property
    def screen(self):
        """Its lines, without blanks at their ends."""
        return [line.rstrip() for line in self._run("capture-pane", "-p").splitlines()]

    def until_shown(self, *texts):
        """The screen when all of these are on it."""
        shown = []

        def all_there():
            shown[:] = self.screen
            return all(text in "\n".join(shown) for text in texts)

        until(all_there, lambda: f"{texts} on the screen:\n" + "\n".join(shown))
        return shown

    def close(self):
        subprocess.run([*self.server, "kill-server"], capture_output=True)
