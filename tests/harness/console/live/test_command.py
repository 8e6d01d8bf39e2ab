# SPDX-License-Identifier: Apache-2.0
"""Between the page and its onlooker: one that was stopped ends with the console, one that cannot start is started again."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest

from harness.console.live import command
from harness.console.live.feed import Feed


@contextmanager
def following(target: command.Target) -> Iterator[threading.Thread]:
    """The thread between them, and a loop in another; it is over within a minute of the end of the console."""
    loop = asyncio.new_event_loop()
    turning = threading.Thread(target=loop.run_forever, daemon=True)
    reader = threading.Thread(target=command._follow, args=(target, Feed(), loop), daemon=True)
    turning.start()
    reader.start()
    try:
        yield reader
    finally:
        target.ended.set()
        reader.join(40)
        alive = reader.is_alive()
        loop.call_soon_threadsafe(loop.stop)
        turning.join(10)
        loop.close()
    assert not alive


@pytest.mark.timeout(90)
def test_an_onlooker_that_somebody_stopped_does_not_hold_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()

    def stop(*_: object) -> None:
        (onlooker,) = (each for each in active_children() if each.name == "watcher")
        assert onlooker.pid is not None
        os.kill(onlooker.pid, signal.SIGSTOP)
        stopped.set()

    monkeypatch.setattr(command, "_hand_on", stop)
    with following(command.Target(tmp_path, tmp_path)):
        assert stopped.wait(30)
    assert not [each for each in active_children() if each.name == "watcher"]


def test_an_onlooker_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries, again = [], threading.Event()

    class Refused:
        pid = None

        def start(self) -> None:
            tries.append(1)
            if len(tries) > 1:
                again.set()
            raise BlockingIOError("no more processes")

    class Context:
        Pipe = staticmethod(get_context("spawn").Pipe)

        def Process(self, **_: Any) -> Refused:  # noqa: N802 - multiprocessing's name
            return Refused()

    monkeypatch.setattr(command, "get_context", lambda _name: Context())
    monkeypatch.setattr(command, "_WAIT_S", 0.01)
    with following(command.Target(tmp_path, tmp_path)):
        assert again.wait(30)
