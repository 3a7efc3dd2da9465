"""Somebody who looks at a run over its socket (docs/STATUS.md)."""
import json
import os
import pathlib
import socket

import machine
from machine import until


def socket_of(run):
    """The path of the socket of a run; None when it has none."""
    uid = run.place.uid()
    folders = [f"/run/user/{uid}/memguard", "/run/memguard", f"/tmp/memguard-{uid}"]
    found = [path for folder in folders for path in pathlib.Path(folder).glob(f"{run.front.pid}-*")]
    return found[0] if found else None


class Onlooker:
    """One connection."""

    def __init__(self, run):
        until(lambda: socket_of(run), "the run has a socket")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(machine.PATIENCE)
        self._connect(os.fspath(socket_of(run)), run.place.uid())
        self._lines = self.socket.makefile("rb")

    def _connect(self, path, uid):
        """As the user of the run: nobody else is let in."""
        before = os.geteuid()
        if uid != before:
            os.seteuid(uid)
        try:
            self.socket.connect(path)
        finally:
            if uid != before:
                os.seteuid(before)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._lines.close()
        self.socket.close()

    def ask(self, what, **more):
        """The reply as it is; empty when the run has closed the line."""
        self.socket.sendall(json.dumps({"version": 1, "do": what, **more}).encode() + b"\n")
        return json.loads(self._lines.readline() or b"{}")


def ask(run, what, **more):
    """One question over a connection of its own, asked again of the next supervisor when this one has just died."""
    reply = {}

    def answered():
        try:
            with Onlooker(run) as onlooker:
                reply.update(onlooker.ask(what, **more))
        except (ConnectionError, TimeoutError):
            pass
        return reply

    until(answered, f"an answer to {what}")
    return reply


def jobs(run):
    """The jobs of a run by name."""
    return {job["name"]: job for job in ask(run, "status")["run"]["jobs"]}


def until_job(run, name, state):
    """The job when it is in that state."""
    until(lambda: jobs(run).get(name, {}).get("state") == state, lambda: f"{name} is {state}: {jobs(run)}")
    return jobs(run)[name]
