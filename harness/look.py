# SPDX-License-Identifier: Apache-2.0
"""What a campaign says while it records; the only verdicts are such as hold at every look (harness.stats.sequential).

A look is a pure evaluation of what is whole so far. It is taken in a process of its own with low priority, because
judging must not disturb capturing; it writes nothing, and when it fails the run does not notice.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from harness.watch.looker import Looker, looked
from harness.watch.now import Now

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LOOK_S = 10.0
"""Seconds between two looks, and before the first."""
_REST = 9
"""A look that took t seconds is followed by at least nine t of rest: at most a tenth of one core is spent on looking."""
_STEP_S = 0.1
_LEAVE_S = 5.0
Show = Callable[[Mapping[str, Now]], None]


@contextlib.contextmanager
def looking(bundle_root: Path, show: Show | None, began_ns: int) -> Iterator[None]:
    """Look every ten seconds while the block runs and ``show`` what was seen; nothing at all without ``show``.

    ``began_ns``: wall clock at the start of the attempt; looks are numbered from there, so that a resumed one spends on.
    """
    if show is None:
        yield
        return
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(bundle_root, show, began_ns, ended), name="looks", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join(_LEAVE_S)  # what is shown may hang in its terminal; it does not outlive this process


def _watch(bundle_root: Path, show: Show, began_ns: int, ended: threading.Event) -> None:
    """Wait, start the process once, ask it again and again; a run that ends before the first look starts nothing."""
    if ended.wait(LOOK_S):
        return
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, bundle_root), name="looks", daemon=True)
    try:
        with contextlib.suppress(OSError, EOFError, ValueError):  # the looker is gone: the run goes on without it
            process.start()
            there.close()
            _ask(here, show, began_ns, ended)
    finally:
        here.close()
        if process.pid is not None:
            process.kill()  # it writes nothing, and even one that somebody stopped hears this
            process.join(_LEAVE_S)


def _ask(here: Connection, show: Show, began_ns: int, ended: threading.Event) -> None:
    number, rest, first = -1, 0.0, True  # odd numbers are the run's own, the even ones belong to the console
    while not ended.wait(rest):
        number = max(number + 2, 2 * int((time.time_ns() - began_ns) / (LOOK_S * 1e9)) - 1)
        asked = time.monotonic()
        here.send(number)
        while not here.poll(_STEP_S):
            if ended.is_set():
                return
        seen = here.recv()
        if seen and not ended.is_set():
            show(seen)
        took = time.monotonic() - asked
        rest = (
            LOOK_S - took if first else max(LOOK_S - took, _REST * took)
        )  # the first one also loads what looking takes
        first = False


def _serve(there: Connection, bundle_root: Path) -> None:
    """Answer each number with a look, until the run closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which ends this process
    if hasattr(os, "nice"):
        os.nice(10)
    looker = Looker(bundle_root)
    with contextlib.suppress(EOFError, OSError):
        while True:
            there.send(looked(looker, there.recv()))
