# SPDX-License-Identifier: Apache-2.0
"""Requests at moments fixed beforehand, in a process of its own: ``python -m probes.service.live.generator``.

Settings come as a line of JSON; lines of the trace go to standard output as they arise; it ends when everything due has ended,
or soon after its standard input closes. Nothing else runs in this process, so that neither a garbage collection nor another
thread stands between a byte's arrival and its stamp.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from fractions import Fraction
from typing import Any

from harness.kit.children import work
from probes.service.formats import asks, layout, schedule
from probes.service.live.client import Client, Target

_ENDS_S = 2.0
"""How long requests under way may still take after the wish to end."""
_LEAD_NS = 20_000_000
"""From the zero of all stamps to now, at the start."""
_AHEAD_S = 0.0005
"""A timer of the loop is up to a millisecond late: the rest is waited for in small steps."""


class Output:
    """Lines to standard output, without waiting for whoever reads them."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        """A pipe that buffers."""
        self._transport = transport

    def __call__(self, data: bytes) -> None:
        """Write one line."""
        self._transport.write(data)


async def _generate(settings: Mapping[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(os.dup(1), "wb", 0))
    stop = asyncio.Event()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb", 0))
    watch = asyncio.create_task(_parent(reader, stop))
    try:
        await _requests(settings, Output(transport), stop)
    finally:
        watch.cancel()
        while transport.get_write_buffer_size():  # noqa: ASYNC110 - a pipe has no event for this
            await asyncio.sleep(0.005)
        transport.close()


async def _parent(reader: asyncio.StreamReader, stop: asyncio.Event) -> None:
    while await reader.read(1 << 12):
        pass
    stop.set()


async def _requests(settings: Mapping[str, Any], write: Output, stop: asyncio.Event) -> None:
    zero = time.monotonic_ns() + _LEAD_NS
    facts = settings["facts"]
    write(layout.header({**facts, "t": time.time_ns() + zero - time.monotonic_ns()}))
    run = _Run(write, stop, zero)
    if "calls" in settings:
        await run.calls(settings["calls"], int(settings["at_once"]))
    else:
        await run.load(settings)
    await run.ended()


class _Run:
    """Requests under way."""

    def __init__(self, write: Output, stop: asyncio.Event, zero: int) -> None:
        self._write, self._stop, self._zero = write, stop, zero
        self._ending = asyncio.create_task(stop.wait())
        self._tasks = set[asyncio.Task[None]]()
        self._clients: list[Client] = []
        self._broken: list[BaseException] = []

    def _client(self, target: Mapping[str, Any]) -> Client:
        self._clients.append(Client(Target.of(target), self._write, self._zero))
        return self._clients[-1]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken.append(error)
            self._stop.set()

    async def load(self, settings: Mapping[str, Any]) -> None:
        """Requests at their moments, whatever becomes of those before."""
        facts, client = settings["facts"], self._client(settings["target"])
        moments = enumerate(_moments(facts))
        for number, due_ns in moments:
            if number < int(facts["first"]):
                continue
            if not await _until(self._zero + due_ns - int(facts["skipped"]), self._ending):
                return
            body = asks.load_body(facts, settings["prompts"], number)
            self._start(client.ask(number, due_ns - int(facts["skipped"]), body, {}))

    async def calls(self, calls: Sequence[Mapping[str, Any]], at_once: int) -> None:
        """Each entry of a catalogue, its questions one after another."""
        waiting = list(reversed(calls))

        async def work() -> None:
            while waiting and not self._stop.is_set():
                each = waiting.pop()
                client = self._client(each["target"])
                for question, (number, body) in enumerate(each["asks"]):
                    if self._stop.is_set():
                        return
                    at = time.monotonic_ns() - self._zero
                    await client.ask(number, at, body.encode(), {**each["facts"], "question": question})

        for _ in range(min(at_once, len(calls))):
            self._start(work())

    async def ended(self) -> None:
        """Wait for what is under way; a wish to end leaves it two seconds."""
        while self._tasks and not self._stop.is_set():
            await asyncio.wait({self._ending, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_ENDS_S)
            for each in self._clients:
                each.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        self._ending.cancel()
        for each in self._clients:
            each.close()
        if self._broken:
            raise self._broken[0]


def _moments(facts: Mapping[str, Any]) -> list[int]:
    rate, seed, periodic = Fraction(facts["rate"]), str(facts["seed"]), facts["arrivals"] == "periodic"
    if "requests" in facts:
        return schedule.due(seed, rate, int(facts["requests"]), periodic=periodic)
    return schedule.within(seed, rate, int(facts["duration"]), periodic=periodic)


async def _until(moment_ns: int, ending: asyncio.Task[Any]) -> bool:
    """Wait for a moment; False where the end is wanted first."""
    left = (moment_ns - time.monotonic_ns()) / 1e9 - _AHEAD_S
    if left > 0:
        await asyncio.wait({ending}, timeout=left)
    while not ending.done() and time.monotonic_ns() < moment_ns:  # noqa: ASYNC110 - the last half millisecond
        await asyncio.sleep(0)
    return not ending.done()


def _work(settings: dict[str, Any]) -> None:
    gc.collect()
    gc.freeze()
    settings["facts"]["realtime"] = _realtime()
    asyncio.run(_generate(settings))


def _realtime() -> bool:
    """Ask to run before everything else of this machine; whether that was granted.

    It sleeps nearly all the time. Read late, pieces of an answer become one with the stamp of the last.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except (OSError, AttributeError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(work(_work))
