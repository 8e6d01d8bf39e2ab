# SPDX-License-Identifier: Apache-2.0
"""Waits of tests, none of which is without an end: for a condition, for a server, for a line of a child, for a thread."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

USUAL_S = 60.0
_STEP_S = 0.02


def until(
    there: Callable[[], Any], seconds: float = USUAL_S, otherwise: str = "what was waited for did not come"
) -> None:
    """Wait until ``there()`` is true; AssertionError with the sentence ``otherwise`` when it is not in time."""
    assert in_time(there, seconds), f"{otherwise} (within {seconds:g} s)"


def in_time(there: Callable[[], Any], seconds: float = USUAL_S) -> bool:
    """Whether ``there()`` became true in time."""
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            return False
        time.sleep(_STEP_S)
    return True


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody takes connections there; a socket that met itself is nobody."""
    try:
        with socket.create_connection((host, port), 1) as link:
            return bool(link.getsockname() != link.getpeername())
    except OSError:
        return False


def served(port: int, process: subprocess.Popen[Any] | None = None, seconds: float = USUAL_S) -> None:
    """Wait until somebody listens at a port; AssertionError when ``process``, who should, has ended."""

    def there() -> bool:
        assert process is None or process.poll() is None, f"who should listen at {port} has ended: {process.args}"  # type: ignore[union-attr]
        return listening(port)

    until(there, seconds, f"nobody listens at {port}")


def heard(process: subprocess.Popen[Any], seconds: float = USUAL_S) -> Any:
    """The next line of a child's output, bytes or text as it was opened; AssertionError when it ends or is silent.

    Of children that write a line at a time and wait; for more lines in one piece there is :func:`heard_until`.
    """
    return heard_until(process, bool, seconds)


def heard_until(process: subprocess.Popen[Any], enough: Callable[[Any], bool], seconds: float = USUAL_S) -> Any:
    """Lines of a child's output until ``enough`` of what it said; AssertionError when it ends or is silent before."""
    assert process.stdout is not None
    said: Any = ""
    end = time.monotonic() + seconds
    while not said or not enough(said):
        line = _line(process, end, said)
        said = said + line if said else line
    return said


def _line(process: subprocess.Popen[Any], end: float, said: Any) -> Any:
    """One line, read in a thread that a silent child may hold: what a buffer has taken already no poll would tell."""
    got: list[Any] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: got.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    reader.join(max(0.0, end - time.monotonic()))
    if not got:
        process.kill()
        reader.join(10)
        msg = f"{process.args} is silent; it said {said!r}"
        raise AssertionError(msg)
    if not got[0]:
        told = "" if process.stderr is None else process.stderr.read()
        msg = f"{process.args} ended ({process.wait(10)}); it said {said!r} {told!r}"
        raise AssertionError(msg)
    return got[0]


def rest(process: subprocess.Popen[Any], seconds: float = USUAL_S) -> Any:
    """What else a child says until its end; AssertionError when that does not come."""
    got: list[Any] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: got.append(process.stdout.read()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    reader.join(seconds)
    if not got:
        process.kill()
        reader.join(10)
        msg = f"{process.args} does not end"
        raise AssertionError(msg)
    return got[0]


def joined(thread: threading.Thread, seconds: float = USUAL_S) -> None:
    """Wait for the end of a thread; AssertionError when it does not come."""
    thread.join(seconds)
    assert not thread.is_alive(), f"the thread {thread.name} does not end"


def accepted(server: socket.socket, seconds: float = USUAL_S) -> socket.socket:
    """The next client of a server; it waits as long as its own reads are allowed to. TimeoutError."""
    server.settimeout(seconds)
    client, _ = server.accept()
    client.settimeout(seconds)
    return client


@contextmanager
def living(command: Sequence[Any], **given: Any) -> Iterator[subprocess.Popen[Any]]:
    """A child while the block runs, which tells it to end; as ``with subprocess.Popen``, but nobody waits for ever.

    Whatever fails in the block kills it; one that does not end a minute after the block is killed, and AssertionError.
    """
    process = subprocess.Popen(command, **given)
    try:
        yield process
    except BaseException:
        process.kill()
        raise
    finally:
        for each in (process.stdout, process.stderr, process.stdin):
            if each is not None:
                with suppress(BrokenPipeError):
                    each.close()
        gone(process)


def gone(process: subprocess.Popen[Any], seconds: float = USUAL_S) -> int:
    """The exit code of a child that was told to end; it is killed, and AssertionError, when it does not."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
        msg = f"{process.args} does not end"
        raise AssertionError(msg) from None
