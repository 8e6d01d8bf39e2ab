# SPDX-License-Identifier: Apache-2.0
"""Work in a process of its own: settings as a JSON line in, answers as JSON lines out; it cannot outlive who started it.

A child module calls :func:`work` where it runs as ``__main__``. It ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

from harness.errors import InstrumentError, YanshouError

_END_S = 5.0

Answer = Mapping[str, Any]


class Child:
    """A process at work."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        """``name``: what it is, as it stands in a sentence."""
        self._process, self._name, self._rest = process, name, b""

    def answer(self, within_s: float) -> dict[str, Any]:
        """The next thing it says; InstrumentError when it says nothing whole within the time or tells what is wrong."""
        answer = self._line(within_s)
        if answer is None:
            msg = f"The {self._name} did not start."
            raise InstrumentError(msg, cure="look at its message above.")
        if "problem" in answer:
            raise InstrumentError(answer["problem"], cure=answer["cure"])
        return answer

    def _line(self, within_s: float) -> dict[str, Any] | None:
        """The next whole line; None when the time is over, or it ended, before there is one."""
        end = time.monotonic() + within_s
        while b"\n" not in self._rest:
            data = self.read(max(0.0, end - time.monotonic()))
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def read(self, within_s: float) -> bytes | None:
        """Bytes that it says next, as they come; None when it says nothing within the time, empty at its end.

        For children that write a stream: not to be mixed with :meth:`answer`.
        """
        assert self._process.stdout is not None  # noqa: S101 - asked for by :func:`child`
        if not readable(self._process.stdout, within_s):
            return None
        return os.read(self._process.stdout.fileno(), 1 << 20)

    def code(self) -> int | None:
        """Its exit code, once it has ended; None where it has not within five seconds."""
        try:
            return self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return None

    def last(self) -> dict[str, Any]:
        """Let it end, and give what it says then; empty when it says nothing within five seconds."""
        self.end()
        return self._line(_END_S) or {}

    def end(self) -> None:
        """Close its standard input, which ends it."""
        assert self._process.stdin is not None  # noqa: S101 - asked for by :func:`child`
        with suppress(BrokenPipeError):
            self._process.stdin.close()


@contextmanager
def child(module: str, settings: Mapping[str, Any], name: str) -> Iterator[Child]:
    """Run ``module`` meanwhile; it gets ``settings``. One that does not end by itself is killed after five seconds."""
    command = [sys.executable, "-P", "-m", module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - ourselves
        found = Child(process, name)
        try:
            assert process.stdin is not None  # noqa: S101 - asked for above
            with suppress(BrokenPipeError):  # one that is gone already says nothing, which whoever asks it is told
                process.stdin.write(json.dumps(settings).encode() + b"\n")
                process.stdin.flush()
            yield found
        finally:
            found.end()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def work(do: Callable[[dict[str, Any]], Answer | None]) -> int:
    """The child's side: ``do`` with the settings; what it returns is said. A problem is told, and is the exit code."""
    try:
        answer = do(json.loads(sys.stdin.readline()))
    except YanshouError as error:
        say({"problem": error.problem, "cure": error.cure})
        return int(error.exit_code)
    if answer is not None:
        say(answer)
    return 0


def say(answer: Answer) -> None:
    """In the child: one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def ended(within_s: float | None = 0.0) -> bool:
    """In the child: whether the parent wants the end within this time (None: wait for it)."""
    return readable(sys.stdin, within_s)


def readable(file: IO[Any], within_s: float | None) -> bool:
    """Whether there is something to read, or its end, within this time (None: wait for it); of any descriptor, also above 1023."""
    waiting = select.poll()
    waiting.register(file, select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(None if within_s is None else within_s * 1000))
