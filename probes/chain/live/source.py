# SPDX-License-Identifier: Apache-2.0
"""The live half of ``chain.nodes``: greets every node, compares heights, divides the bodies among all that answer.

A thread a node. What a node does not give, another is asked for. After an interruption what is in the trace is not asked again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import DecodeError, InstrumentError, UsageError
from harness.kit.documents import attach_all
from harness.plugins import Sink
from probes.chain.digests import table
from probes.chain.formats import certificate, layout
from probes.chain.live import extras, watching
from probes.chain.live.adapters import number_of
from probes.chain.live.asked import Asked
from probes.chain.live.endpoint import AnswerError
from probes.chain.live.marks import Marks
from probes.chain.plans.settings import ChainSettings

_COMMON = 6
"""Heights at which every node is asked for its block: the first, the last, and others that nobody can foresee."""
_MOST_CALLED = 256
"""Addresses whose code every node is asked for; records to others stay open."""
_LOOK_S = 0.2
_MOST_BLOCKS = 20_000_000
"""Blocks whose bodies one recording fetches: a height that is a lie fills no memory."""


class ChainSource:
    """One recording of a chain."""

    appendable = True

    def __init__(self, settings: ChainSettings, folder: Path) -> None:
        """Nothing is opened yet."""
        self._settings, self._folder = settings, folder

    def preflight(self) -> None:
        """Certificates and tables can be read; at least one node answers. UsageError or InstrumentError with the cure."""
        for name in (
            *self._settings.authorities,
            *(each.certificate for each in self._settings.nodes if each.certificate),
        ):
            try:
                certificate.certificates((self._folder / name).read_bytes())
            except DecodeError as error:
                raise UsageError(error.problem, cure=error.cure, where=name) from None
        if self._settings.originals is not None:
            table.named((self._folder / self._settings.originals).read_bytes(), self._settings.originals)
        if self._settings.draw is not None:
            from harness.kit.draw import read_draw  # with the parts of a bundle, longer to load than all else here

            read_draw((self._folder / self._settings.draw).read_bytes(), where=str(self._settings.draw))
        if self._settings.markers is not None:
            watching.markers(self._folder / self._settings.markers)
        if self._settings.copied:
            return
        problems = []
        for node in self._settings.nodes:
            asked = Asked(node, self._settings, lambda _: None, threading.Event(), self._folder)
            try:
                asked.caller.ask(*asked.adapter.height())
            except AnswerError as error:
                problems.append(error)
            else:
                return
            finally:
                asked.close()
        raise problems[0]

    def record(self, sink: Sink) -> None:
        """Everything, in the order in which a verdict needs it."""
        run = _Run(self._settings, self._folder, sink)
        watch = threading.Thread(target=run.follow, daemon=True)
        watch.start()
        try:
            run.record()
            run.end()
        finally:
            run.done.set()
            watch.join()
            run.close()


class _Run:
    """The state of one recording."""

    def __init__(self, settings: ChainSettings, folder: Path, sink: Sink) -> None:
        self.settings, self.folder, self.sink = settings, folder, sink
        self.stopping, self.done, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self.state: dict[str, Any] = {"phases": [], "bodies": [], **dict(sink.state)}
        self.marks = Marks()
        self.nodes = [Asked(each, settings, self.write, self.stopping, folder) for each in settings.nodes]

    def follow(self) -> None:
        """Carry the sink's wish to stop to every thread."""
        while not self.done.wait(_LOOK_S):
            if self.sink.stopping:
                self.stopping.set()
                return

    def close(self) -> None:
        self.marks.close()
        for each in self.nodes:
            each.close()

    def write(self, data: bytes) -> None:
        """One session, with its number: a recording that somebody cuts shows it."""
        with self._lock:
            self.state["sessions"] = int(self.state.get("sessions", 0)) + 1
            self.sink.write(layout.numbered(data, self.state["sessions"]))

    def end(self) -> None:
        """The last line: how many sessions there are."""
        with self._lock:
            self.sink.write(layout.ending(int(self.state.get("sessions", 0)), time.time_ns()))

    def record(self) -> None:
        self._phase("papers", self._papers)
        if self.settings.copied:
            self._phase("ledgers", lambda: extras.ledgers(self.nodes, self.settings, self.folder, self.write))
            return
        self._phase("greeting", lambda: self._every(lambda each: each.greet()))
        self._phase("marked", lambda: self._every(self._mark))
        heights = [each.top for each in self.nodes if each.top is not None] or self._heights()
        if not heights:
            refusals = [each.caller.refusal for each in self.nodes if each.caller.refusal]
            msg = f"The nodes answer with an error: {refusals[0]}." if refusals else "No node of the chain answers."
            raise InstrumentError(msg, cure="check addresses, chain: and group:, and that the nodes run.")
        most = sorted(heights, reverse=True)[len(heights) // 2]
        last = most if self.settings.last is None else min(self.settings.last, most)
        last = int(self.state.setdefault("last", last))
        first = self.settings.first
        if self.settings.bodies and last - first >= _MOST_BLOCKS:
            msg = f"The nodes say that there are {last - first + 1} blocks."
            raise InstrumentError(msg, cure="check their height; name first: and last: for a part of a long chain.")
        common = self.state.setdefault("common", self._chosen(first, max(first, min(last, most - self._unsettled()))))
        self._phase("common", lambda: self._every(lambda each: each.headers(common)))
        wanted = self.state.setdefault("proofs", self._drawn(common))
        self._phase("proofs", lambda: self._every(lambda each: each.proofs([(int(at), str(tx)) for at, tx in wanted])))
        if self.settings.bodies and last >= first:
            self._phase("bodies", lambda: self._bodies(first, last))
        if self.settings.bodies and self.settings.chain == "evm":
            self._phase("codes", lambda: self._every(lambda each: each.codes(self._called())))
        self._phase("tlcp", lambda: extras.handshakes(self.settings, self.write))
        if self.settings.markers is not None:
            self._phase("markers", lambda: watching.submit(self.nodes, self.settings, self.folder, self.stopping))
        if self.settings.watch:
            self._phase("watch", lambda: watching.heights(self.nodes, self.settings, self.stopping))
        self._phase("parting", lambda: self._every(lambda each: each.part(self.marks)))
        self._phase("marked again", lambda: self._every(self._mark))

    def _mark(self, node: Asked) -> None:
        """Journal by which chain a node answers, at first and at the end."""
        first = node.genesis()
        if first:
            with self._lock:
                self.sink.event("chain.identity", {"of": node.node.name, "ids": [first]})

    def _unsettled(self) -> int:
        """Blocks at the head that may still be replaced: a signer of Clique may seal one in N/2 + 1 (EIP-225)."""
        return len(self.nodes) // 2 if self.settings.chain == "evm" else 0

    def _phase(self, name: str, work: Callable[[], object]) -> None:
        """Do what was not done before an interruption, and note it."""
        if name in self.state["phases"] or self._stopped():
            return
        work()
        for each in self.nodes:
            each.flush()
        if not self._stopped():
            self.state["phases"] = [*self.state["phases"], name]
            self._keep()

    def _stopped(self) -> bool:
        """Whether the campaign wants to end, asked at once and not at the next look."""
        if self.sink.stopping:
            self.stopping.set()
        return self.stopping.is_set()

    def _keep(self) -> None:
        with self._lock:
            self.sink.checkpoint(self.state)

    def _papers(self) -> None:
        extras.papers(self.nodes, self.settings, self.folder, self.write)
        if self.settings.originals is None:
            return
        path = self.folder / self.settings.originals
        data = path.read_bytes()
        self.sink.attach(f"originals/{path.name}", data)
        if self.settings.draw is not None:
            self.sink.attach(table.DRAW, (self.folder / self.settings.draw).read_bytes())
        folders = (
            [path.parent] if self.settings.documents is None else [self.folder / self.settings.documents, path.parent]
        )
        absent = attach_all(self.sink, folders, table.named(data, path.name))
        if absent:
            self.sink.event("chain.originals-absent", {"names": absent[:100], "count": len(absent)})

    def _heights(self) -> list[int]:
        """After an interruption: the heights once more."""
        found = []
        for each in self.nodes:
            with suppress(AnswerError):
                height = number_of(each.caller.ask(*each.adapter.height()))
                found += [] if height is None else [height]
        return found

    def _chosen(self, first: int, last: int) -> list[int]:
        if last < first:
            return []
        ends = {first, max(first, last - 1), last}
        between = range(first + 1, last - 1)  # drawn beside the ends, so that none is asked twice in place of another
        return sorted(ends.union(random.SystemRandom().sample(between, min(_COMMON - 3, len(between)))))

    def _drawn(self, common: list[int]) -> list[list[Any]]:
        """Transactions that every node is asked to prove: of the common blocks, and nobody can foresee which."""
        listed = sorted(
            {
                (number, tx)
                for each in self.nodes
                for number, txs in each.listed.items()
                if number in common
                for tx in txs
            }
        )
        few = min(self.settings.proofs, len(listed))
        return [list(each) for each in random.SystemRandom().sample(listed, few)]

    def _called(self) -> list[str]:
        """The addresses that the profile names, before those that records were seen to go to."""
        named = [f"0x{each.lower().removeprefix('0x')}" for each in (*self.settings.contracts, *self.settings.accounts)]
        return [*dict.fromkeys([*named, *self.state.get("called", [])])][:_MOST_CALLED]

    def _every(self, work: Callable[[Asked], object]) -> None:
        """The same of every node, all at once; one that falls silent is an event, and its silence stands in the trace."""

        def guarded(each: Asked) -> None:
            try:
                work(each)
            except AnswerError as error:
                with self._lock:
                    self.sink.event(
                        "chain.node-silent", {"node": each.node.name, "code": error.fault, "problem": error.problem}
                    )

        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(guarded, self.nodes))

    def _bodies(self, first: int, last: int) -> None:
        """Whole blocks, divided among the nodes; what one does not give goes back into the queue for the others."""
        done = {number for begin, end in self.state["bodies"] for number in range(begin, end + 1)}
        waiting = [number for number in range(last, first - 1, -1) if number not in done]
        total, tried = len(waiting) + len(done), dict[int, set[str]]()
        lock = threading.Lock()

        def work(each: Asked) -> None:
            while not self._stopped():
                with lock:
                    mine = [
                        number for number in waiting[-each.appetite :] if each.node.name not in tried.get(number, ())
                    ]
                    for number in mine:
                        waiting.remove(number)
                if not mine:
                    return
                try:
                    got = each.bodies(sorted(mine))
                except AnswerError:
                    with lock:
                        waiting.extend(sorted(mine, reverse=True))
                    raise
                finally:
                    each.flush()
                with lock:
                    lost = [number for number in mine if number not in got]
                    for number in lost:
                        tried.setdefault(number, set()).add(each.node.name)
                    waiting.extend(lost)
                    done.update(got)
                    self.state["called"] = sorted({*self.state.get("called", []), *each.called})[:_MOST_CALLED]
                    self.state["bodies"] = _ranges(done)
                    self.sink.progress(len(done), total, each.node.name)
                self._keep()

        able = {each.node.name for each in self.nodes if each.top is None or each.top >= last}
        for _ in range(2):  # a second round takes what a node left that fell silent
            if waiting and not self.stopping.is_set():
                self._every(lambda each: work(each) if each.node.name in able else None)
        if waiting and not self.stopping.is_set():
            self.sink.event("chain.blocks-missing", {"count": len(waiting), "first": min(waiting)})


def _ranges(numbers: set[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for each in sorted(numbers):
        if found and each == found[-1][1] + 1:
            found[-1][1] = each
        else:
            found.append([each, each])
    return found
