# SPDX-License-Identifier: Apache-2.0
"""Forked children are asked for by several threads at once, as a campaign with several sources does, and each gets its own."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from probes.network.live.reflector.process import reflectors
from tests import forking


@pytest.mark.timeout(120)
def test_children_asked_for_at_once_are_each_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    forking._mother()
    monkeypatch.setenv("LONG", "长" * 200_000)  # more than a socket takes in one piece
    together = threading.Barrier(8, timeout=60)

    def begin(_: int) -> int:
        together.wait()
        with reflectors([("127.0.0.1", 0)]) as ((_host, port),):
            together.wait()
            return port

    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert len({*pool.map(begin, range(8))}) == 8


def test_nobody_who_could_fork_is_told_and_no_process_is_number_0(monkeypatch: pytest.MonkeyPatch) -> None:
    mother = forking._begun()
    monkeypatch.setattr(forking, "_mother", lambda: mother[0])
    os.kill(mother[1].pid, signal.SIGKILL)
    mother[1].wait(60)
    with pytest.raises((ChildProcessError, BrokenPipeError)):
        forking.Forked("probes.network.live.load")
    mother[0].close()
