# SPDX-License-Identifier: Apache-2.0
"""Reflectors in a process of their own, so that they do not share an interpreter lock with the sender.

The child gets its settings as one JSON line on standard input, answers with one JSON line (the addresses, or what is
wrong), and ends when its standard input closes: it cannot outlive the process that started it.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

from harness.errors import InstrumentError, YanshouError

_START_S = 120.0  # the loop is compiled when it is used for the first time
_END_S = 5.0


@contextmanager
def reflectors(
    addresses: Sequence[tuple[str, int]],
    silent: Sequence[tuple[str, int]] = (),
    *,
    key: bytes = b"",
    ptp: bool = False,
) -> Iterator[list[tuple[str, int]]]:
    """Reflect on ``addresses`` meanwhile and yield them with their ports; ``silent`` ones are open but never answer.

    Port 0 lets the kernel choose. InstrumentError with the cure when a port cannot be opened.
    """
    settings = {"addresses": [*addresses], "silent": [*silent], "key": key.hex(), "ptp": ptp}
    command = [sys.executable, "-P", "-m", "probes.network.live.reflector.process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 - ourselves
        try:
            assert child.stdin is not None  # noqa: S101 - asked for above
            child.stdin.write(json.dumps(settings).encode() + b"\n")
            child.stdin.flush()
            yield _answer(child)
        finally:
            _end(child)


def _answer(child: subprocess.Popen[bytes]) -> list[tuple[str, int]]:
    assert child.stdout is not None  # noqa: S101 - asked for by the caller
    ready, _, _ = select.select([child.stdout], [], [], _START_S)
    line = child.stdout.readline() if ready else b""
    if not line:
        raise InstrumentError("The reflector process did not start.", cure="look at its message above.")
    answer = json.loads(line)
    if "problem" in answer:
        raise InstrumentError(answer["problem"], cure=answer["cure"])
    return [(host, port) for host, port in answer["addresses"]]


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for by the caller
    with suppress(BrokenPipeError):
        child.stdin.close()
    try:
        child.wait(_END_S)
    except subprocess.TimeoutExpired:
        child.kill()


def main() -> int:
    """The child: reflect until standard input closes; prints its counts at the end."""
    from probes.network.live.reflector.serve import serve_all

    settings = json.loads(sys.stdin.readline())
    try:
        counts = serve_all(
            [(host, port) for host, port in settings["addresses"]],
            [(host, port) for host, port in settings["silent"]],
            ready=lambda addresses: _say({"addresses": addresses}),
            stopping=_closed,
            key=bytes.fromhex(settings["key"]),
            ptp=settings["ptp"],
        )
    except YanshouError as error:
        _say({"problem": error.problem, "cure": error.cure})
        return int(error.exit_code)
    _say(asdict(counts))
    return 0


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _closed() -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready) and not sys.stdin.read(1)


if __name__ == "__main__":
    sys.exit(main())
