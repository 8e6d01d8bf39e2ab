# SPDX-License-Identifier: Apache-2.0
"""Provisional verdicts while a campaign records: only such as hold at every look (harness.stats.sequential).

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

from harness.errors import YanshouError
from harness.evaluate import provisional
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_growing_journal
from harness.model import Judgement, Outcome, Verdict
from harness.summaries import Memory

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LOOK_S = 10.0
"""Seconds between two looks, and before the first."""
_REST = 9
"""A look that took t seconds is followed by at least nine t of rest: at most a tenth of one core is spent on looking."""
_STEP_S = 0.1
Show = Callable[[Mapping[str, str]], None]


def look(bundle_root: Path, number: int, memory: Memory) -> dict[str, str]:
    """Indicator -> provisional verdict and the value so far, at the ``number``-th look (from 1); empty while there is none.

    Whatever is torn at the end of the journal or a segment is left out. Nothing is written; ``memory`` carries what was
    digested at former looks, so that this one costs what was added since.
    """
    bundle = Bundle(bundle_root)
    try:
        found = provisional(bundle, read_growing_journal(bundle.journal_path), number, memory)
    except (YanshouError, OSError):
        return {}  # what cannot be read yet is no news; the final evaluation names what is wrong
    return {name: _said(*each) for name, each in found.items() if each[1].verdict is not Verdict.NOT_TESTED}


def _said(outcome: Outcome | None, judgement: Judgement) -> str:
    """PASS, FAIL or INCONCLUSIVE (an INVALID precondition may still come true), and from how much."""
    verdict = judgement.verdict if judgement.verdict in {Verdict.PASS, Verdict.FAIL} else Verdict.INCONCLUSIVE
    estimate = None if outcome is None else outcome.estimate
    if estimate is None:
        return str(verdict)
    unit = "" if estimate.unit == "1" else f" {estimate.unit}"
    return f"{verdict} ({float(estimate.value):.4g}{unit}, n = {estimate.n})"


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
        watcher.join()


def _watch(bundle_root: Path, show: Show, began_ns: int, ended: threading.Event) -> None:
    """Wait, start the process once, ask it again and again; a run that ends before the first look starts nothing."""
    if ended.wait(LOOK_S):
        return
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, bundle_root), name="looks", daemon=True)
    with contextlib.suppress(OSError, EOFError, ValueError):  # the looker is gone: the run goes on without it
        process.start()
        there.close()
        _ask(here, show, began_ns, ended)
    here.close()
    if process.pid is not None:
        process.terminate()
        process.join()


def _ask(here: Connection, show: Show, began_ns: int, ended: threading.Event) -> None:
    number, rest = 0, 0.0
    while not ended.wait(rest):
        number = max(number + 1, int((time.time_ns() - began_ns) / (LOOK_S * 1e9)))
        asked = time.monotonic()
        here.send(number)
        while not here.poll(_STEP_S):
            if ended.is_set():
                return
        seen = here.recv()
        if seen and not ended.is_set():
            show(seen)
        rest = max(LOOK_S - (time.monotonic() - asked), _REST * (time.monotonic() - asked))


def _serve(there: Connection, bundle_root: Path) -> None:
    """Answer each number with a look, until the run closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which ends this process
    if hasattr(os, "nice"):
        os.nice(10)
    memory = Memory()
    with contextlib.suppress(EOFError, OSError):
        while True:
            there.send(look(bundle_root, there.recv(), memory))
