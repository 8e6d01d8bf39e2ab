# SPDX-License-Identifier: Apache-2.0
"""Ports that tests are given: below what the kernel gives away, free in both ways, never twice, apart in other processes."""

import os
import socket
import subprocess
import sys

import pytest

from tests import ports


def test_a_port_is_below_the_ephemeral_range_and_given_once() -> None:
    found = [ports.free_port() for _ in range(50)]
    assert len({*found}) == 50
    assert max(found) < ports._ephemeral()
    assert min(found) >= 1024


@pytest.mark.parametrize("kind", ports._KINDS)
def test_a_port_that_somebody_has_is_passed_over(kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = ports.free_port(), ports.free_port()
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", taken))
        monkeypatch.setattr(ports, "_OWN", iter([taken, free]))
        assert ports.free_port() == free


def test_workers_of_one_run_have_stretches_of_their_own() -> None:
    script = "from tests.ports import free_port; print(*(free_port() for _ in range(100)))"
    found = [
        {*subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTEST_XDIST_WORKER": f"gw{each}"}, check=True,
            capture_output=True, timeout=60,
        ).stdout.split()}
        for each in range(3)
    ]  # fmt: skip
    assert len(found[0] | found[1] | found[2]) == 300
