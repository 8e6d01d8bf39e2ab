# SPDX-License-Identifier: Apache-2.0
"""Child processes of tests, forked from one that has loaded its libraries: a reflector is there in 20 ms instead of a second.

What runs in them is the same, and so is how they are spoken to (harness.kit.children). That they start by themselves as well
is shown by every test that runs the command line.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any, Self

LOADED = ("probes.network.live.reflector.serve", "probes.network.live.load")
KNOWN = frozenset(["probes.network.live.reflector.process", "probes.network.live.load"])
_LOADING_S = 300.0
"""Her libraries may have to be compiled first."""
_ASKING = threading.Lock()
"""Sources begin in threads, side by side: of two questions mixed none is heard, and both would be waited for for ever."""
PIPE, TimeoutExpired = subprocess.PIPE, subprocess.TimeoutExpired


class Forked:
    """As much of ``subprocess.Popen`` as harness.kit.children uses."""

    def __init__(self, module: str) -> None:
        hears, to = os.pipe()
        fro, says = os.pipe()
        self._alive, held = os.pipe()
        told = json.dumps({"module": module, "env": dict(os.environ), "cwd": str(Path.cwd())}).encode()
        with _ASKING:
            mother = _mother()
            socket.send_fds(mother, [len(told).to_bytes(4, "big")], [hears, says, held])
            mother.sendall(told)
            said = mother.recv(4)
        if len(said) < 4:
            raise ChildProcessError("who forks for the tests has ended")  # and no process is number 0
        self.pid = int.from_bytes(said, "big")
        for each in (hears, says, held):
            os.close(each)
        self.stdin, self.stdout = os.fdopen(to, "wb"), os.fdopen(fro, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()
        self.wait(60)
        os.close(self._alive)

    def wait(self, within_s: float) -> None:
        """Until it has ended, which closes what it holds."""
        waiting = select.poll()
        waiting.register(self._alive, select.POLLHUP)
        if not waiting.poll(within_s * 1000):
            raise TimeoutExpired("forked", within_s)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def Popen(command: list[str], **given: Any) -> Any:  # noqa: N802 - in the place of subprocess.Popen
    """A forked process for what is loaded already, else a process as ever."""
    return Forked(command[-1]) if command[-1] in KNOWN else subprocess.Popen(command, **given)


@cache
def _mother() -> socket.socket:
    ours, mother = _begun()
    atexit.register(mother.wait, 60)
    atexit.register(ours.close)  # comes first, and ends her
    return ours


def _begun() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Our end of a socket, and who forks at the other."""
    ours, hers = socket.socketpair()
    command = [sys.executable, "-P", __file__, str(hers.fileno())]
    mother = subprocess.Popen(command, pass_fds=[hers.fileno()])
    hers.close()
    ours.settimeout(_LOADING_S)
    return ours, mother


def _serve(asked: socket.socket) -> None:
    """In the mother: a child for each message, until nobody is left who could ask."""
    for each in LOADED:
        __import__(each)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        head, held, _, _ = socket.recv_fds(asked, 4, 3)
        if len(head) < 4:
            return
        told = b""
        while len(told) < int.from_bytes(head, "big"):
            more = asked.recv(1 << 16)
            if not more:
                return
            told += more
        pid = os.fork()
        if pid == 0:
            asked.close()
            _work(json.loads(told), held)
        for each in held:
            os.close(each)
        asked.sendall(pid.to_bytes(4, "big"))


def _work(told: dict[str, Any], held: list[int]) -> None:
    """In the child: the module as ``python -m`` runs it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(held[0], 0)
    os.dup2(held[1], 1)
    os.close(held[0])
    os.close(held[1])
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["cwd"])
    code: Any = 1
    try:
        runpy.run_module(told["module"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
