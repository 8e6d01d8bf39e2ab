# SPDX-License-Identifier: Apache-2.0
"""A real process is killed with SIGKILL in the middle of its k-th write, for many k; --resume must end the same."""

import os
import shutil
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness.campaign import run
from harness.evidence.verify import verify
from harness.replay import replay
from tests.waiting import in_time

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def run_and_die(profile: Path, out: Path, fatal_write: int, *, resume: bool) -> None:
    """Run the campaign; the ``fatal_write``-th write of this process stops half way and kills it."""
    count = 0
    write = os.write

    def fatal(descriptor: int, data: bytes) -> int:
        nonlocal count
        if descriptor > 2:
            count += 1
        if count == fatal_write:
            write(descriptor, bytes(data)[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return write(descriptor, data)

    os.write = fatal
    run(profile, out, resume=resume)


def killed_at(profile: Path, out: Path, fatal_write: int, *, resume: bool) -> bool:
    """Whether the process died of the kill (else it had fewer writes and finished).

    A fork takes one thread along and every lock that another held just then: a child that hangs is killed and begun anew.
    """
    with TemporaryDirectory() as name:
        before = shutil.copytree(out, Path(name, "before"))
        for _ in range(3):
            status = _status(profile, out, fatal_write, resume=resume)
            if status is not None:
                assert status in {0, signal.SIGKILL}, status
                return status != 0
            shutil.rmtree(out)
            shutil.copytree(before, out)
    pytest.fail("the forked process hangs again and again")


def _status(profile: Path, out: Path, fatal_write: int, *, resume: bool) -> int | None:
    """How a forked run ended, as ``os.waitpid`` tells; None where it hung."""
    child = os.fork()
    if child == 0:
        try:
            run_and_die(profile, out, fatal_write, resume=resume)
        except BaseException:  # noqa: BLE001 - the child must never return into the test run
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    found = [0, 0]

    def over() -> bool:
        found[:] = os.waitpid(child, os.WNOHANG)
        return found[0] == child

    if in_time(over, 120):
        return found[1]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def verdict_bytes(root: Path) -> tuple[bytes, bytes]:
    return (root / "data" / "results.json").read_bytes(), (root / "data" / "figures.json").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, new_case: Callable[[Path], Path]
) -> tuple[Path, tuple[bytes, bytes]]:
    """A profile, and the bytes of its verdicts after a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("kill")
    profile = new_case(folder / "site")
    return profile, verdict_bytes(run(profile, folder / "undisturbed").root)


@pytest.mark.parametrize("fatal_write", [*range(1, 24), *range(24, 90, 5)])
def test_a_run_killed_in_any_write_and_resumed_ends_with_the_same_bytes(
    undisturbed: tuple[Path, tuple[bytes, bytes]], tmp_path: Path, fatal_write: int
) -> None:
    profile, expected = undisturbed
    killed_at(profile, tmp_path, fatal_write, resume=False)
    done = run(profile, tmp_path, resume=True)
    assert verdict_bytes(done.root) == expected
    assert replay(done.root).identical
    assert not verify(done.root).defects


def test_a_run_killed_again_while_it_resumes_still_ends_with_the_same_bytes(
    undisturbed: tuple[Path, tuple[bytes, bytes]], tmp_path: Path
) -> None:
    profile, expected = undisturbed
    assert killed_at(profile, tmp_path, 12, resume=False)
    for fatal_write in (2, 5, 9, 14):
        killed_at(profile, tmp_path, fatal_write, resume=True)
    done = run(profile, tmp_path, resume=True)
    assert verdict_bytes(done.root) == expected
    assert not verify(done.root).defects
