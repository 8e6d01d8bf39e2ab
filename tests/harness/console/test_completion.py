# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells at a terminal: what a person types, then the tab key."""

import os
import pty
import re
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

SHELLS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
}
_STEERING = re.compile(r"\x1b\[[?\d;]*[A-Za-z]|[\x07\x08]")
READY = "ready-to-type"


class Terminal:
    """A shell behind a terminal of its own."""

    def __init__(self, path: str, arguments: tuple[str, ...], folder: Path) -> None:
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
            os.execve(path, arguments, {**kept, "YANSHOU_LANG": "zh", "PS1": "> "})  # noqa: S606 - a shell at a terminal

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def until(self, wanted: str, within_s: float = 60) -> str:
        """What the terminal shows until ``wanted`` stands there, or the time is over."""
        shown, end = "", time.monotonic() + within_s
        while wanted not in (plain := _STEERING.sub("", shown)) and time.monotonic() < end:
            if select.select([self._end], [], [], 0.2)[0]:
                shown += os.read(self._end, 1 << 16).decode("utf-8", "replace")
        return plain

    def close(self) -> None:
        os.kill(self._pid, 9)
        os.close(self._end)
        os.waitpid(self._pid, 0)


@pytest.fixture(params=SHELLS)
def begin(request, peer: Callable[[str], str], tmp_path: Path) -> Callable[[], Terminal]:
    """A shell that has read the script of its kind and waits in a folder with one file."""
    (tmp_path / "profile-of-ours.yaml").touch()
    root = Path(__file__).resolve().parents[3]

    def begun() -> Terminal:
        shell = Terminal(peer(request.param), SHELLS[request.param], tmp_path)
        shell.type(f"PYTHONPATH={root} source <({sys.executable} -m harness.cli completion {request.param})\n")
        shell.type("echo ready-to'-type'\n")
        assert READY in shell.until(READY)
        time.sleep(0.2)  # the prompt is drawn
        return shell

    return begun


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("yanshou verif\t", "yanshou verify"),
        ("yanshou verify --rep\t", "--report"),
        ("yanshou completion z\t", "completion zsh"),
        ("yanshou run prof\t", "run profile-of-ours.yaml"),
        ("yanshou run --num\t", "--numbered"),
    ],
)
def test_commands_options_choices_and_files_are_completed(
    begin: Callable[[], Terminal], typed: str, shown: str
) -> None:
    seen = ""
    for _ in range(5):  # a busy machine's shell that is still drawing its prompt may lose a key
        terminal = begin()
        terminal.type(typed)
        seen = terminal.until(shown, 5)
        terminal.close()
        if shown in seen:
            break
    assert shown in seen
