# SPDX-License-Identifier: Apache-2.0
"""One node while it is asked: its lines gather and go into the trace as sessions that name it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

from probes.chain.formats import layout
from probes.chain.formats.recordings import is_block
from probes.chain.live.adapters import Adapter, adapter, number_of
from probes.chain.live.caller import Caller
from probes.chain.live.endpoint import AnswerError, Endpoint
from probes.chain.live.marks import Marks, route
from probes.chain.live.remote import RemoteCaller, Wire
from probes.chain.live.speakers import pair, speaker
from probes.chain.plans.settings import ChainSettings, NodeSettings
from probes.chain.wire.listed import Listed

_SESSION = 8 << 20
"""Bytes of lines after which a session is written and another begun."""


class Asked:
    """A node with its connection; ``top``: its height when it was greeted, None where it did not say."""

    def __init__(
        self,
        node: NodeSettings,
        settings: ChainSettings,
        write: Callable[[bytes], None],
        stopping: Event,
        folder: Path = Path(),
    ) -> None:
        """Nothing is asked yet; ``folder``: the profile's."""
        self.node, self.settings = node, settings
        self.top: int | None = None
        self.listed: dict[int, list[str]] = {}
        """Transactions by height, as the node lists them."""
        self.called: set[str] = set()
        """Addresses that transactions with data in the blocks it gave go to."""
        self._write, self._lines, self._size = write, list[bytes](), 0
        self._always: list[bytes] = []
        """Lines that every session begins with: without its channel's configuration nobody's signature is known."""
        self._endpoint: Endpoint | Wire
        self.caller: Caller | RemoteCaller
        self.adapter: Adapter
        if settings.remote and settings.client is not None:
            pause_s, timeout_s = float(settings.pause), float(settings.timeout)
            self.adapter = both = speaker(settings.chain, settings.group_name, settings.client, folder)
            self._endpoint = wire = Wire(node.url, timeout_s, pair(settings.client, folder))
            self.caller = RemoteCaller(wire, both, self.line, stopping, pause_s=pause_s)
        else:
            self._endpoint = endpoint = Endpoint(node.url, float(settings.timeout))
            self.caller = Caller(endpoint, self.line, stopping, settings.batch, pause_s=float(settings.pause))
            self.adapter = adapter(settings.chain, settings.group_name)

    @property
    def appetite(self) -> int:
        """How many whole blocks to ask for before others get their turn."""
        return max(1, min(self.caller.batch, 20))

    def line(self, data: bytes) -> None:
        """Keep one line; the session is written when it is long enough."""
        self._lines.append(data)
        self._size += len(data)
        if self._size > _SESSION:
            self.flush()

    def flush(self) -> None:
        """Write what is there as a session of this node."""
        if self._lines:
            head = layout.header(
                self.node.name, self.node.url, self.settings.chain, self.settings.group_name, time.time_ns()
            )
            self._write(b"".join([head, *(each for each in self._always if each not in self._lines), *self._lines]))
            self._lines, self._size = [], 0

    def always(self, line: bytes) -> None:
        """Keep a line that every further session begins with."""
        self._always.append(line)

    def _configured(self) -> None:
        """Ask for the chain's configuration where that was not done (Fabric, ChainMaker)."""
        if self.settings.remote and not self._always:
            self.adapter.greet(self.caller)
            names = ("GetConfigBlock", "GET_CHAIN_CONFIG")
            self._always = [each for each in self._lines if any(layout.asks(each, name) for name in names)]

    def greet(self) -> None:
        """Who it is, whom it knows, how high it is."""
        try:
            self._configured()
            self.top = number_of(self.caller.ask(*self.adapter.height()))
            if not self.settings.remote:
                self.adapter.greet(self.caller)
            key = self._endpoint.tls_key()
            if key:
                shown = self._endpoint.certificate if isinstance(self._endpoint, Wire) else b""
                more = {"certificate": sha256(shown).hexdigest()} if shown else {}
                self.line(layout.told("tls", {"key": key, **more}, time.time_ns()))
        finally:
            self.flush()

    def headers(self, numbers: Sequence[int]) -> None:
        """The blocks without bodies at these heights, as far as it is that high."""
        there = [each for each in numbers if self.top is None or each <= self.top]
        try:
            self._configured()
            for number, result in zip(
                there, self.caller.each([self.adapter.header(each) for each in there]), strict=False
            ):
                self.listed[number] = _listed(result)
        finally:
            self.flush()

    def proofs(self, wanted: Sequence[tuple[int, str]]) -> None:
        """Transactions with their proofs, each behind the header that the proof has to lead to."""
        calls = [(self.adapter.header(number), self.adapter.proof(digest)) for number, digest in wanted]
        try:
            self.caller.each([each for pair in calls for each in pair if each is not None and pair[1] is not None])
        finally:
            self.flush()

    def bodies(self, numbers: Sequence[int]) -> set[int]:
        """Whole blocks; the heights of those it gave. Receipts follow where they are wanted."""
        self._configured()
        results = self.caller.each([self.adapter.block(each) for each in numbers])
        got = {number for number, result in zip(numbers, results, strict=False) if is_block(result)}
        if self.settings.chain == "evm":
            self.called.update(*map(_called, results))
        if self.settings.receipts != "totals":
            for number, result in zip(numbers, results, strict=False):
                hashes = _hashes(result)
                if hashes:
                    self.caller.each(self.adapter.receipts(number, hashes, each=self.settings.receipts == "each"))
        return got

    def codes(self, addresses: Sequence[str]) -> None:
        """What stands at each of these addresses, where the kind of chain tells it by address."""
        calls = [call for each in addresses if (call := self.adapter.code(each)) is not None]
        try:
            self.caller.each(calls)
        finally:
            self.flush()

    def part(self, marks: Marks) -> None:
        """Its height once more, its totals, and what TCP told of it."""
        try:
            height = self.caller.ask(*self.adapter.height())
            total = self.adapter.total()
            if total is not None and height is not None:
                self.caller.ask(*total)
            known = route(self._endpoint.sock)
            if "rtt_us" in known:
                heard = marks.of((known["peer"][0], known["peer"][1]))
                self.line(layout.told("tcp", {**known, **heard}, time.time_ns()))
        finally:
            self.flush()

    def genesis(self) -> str:
        """The hash of its first block, by which a chain is the same; empty where it gives none."""
        try:
            found = self.caller.ask(*self.adapter.header(0))
        finally:
            self.flush()
        return str(found.get("hash", "")) if isinstance(found, dict) else ""

    def quick(self, method: str, params: Sequence[Any]) -> Any:
        """One call that may fail; its silence is kept all the same."""
        with suppress(AnswerError):
            return self.caller.ask(method, params)
        return None

    def close(self) -> None:
        """Take leave."""
        self.flush()
        self._endpoint.close()


def _transactions(block: Any) -> Sequence[Any]:
    found = block.get("transactions") if isinstance(block, dict) else None
    return found if isinstance(found, list | Listed) else ()


def _hashes(block: Any) -> list[str]:
    return [str(each.get("hash")) for each in _transactions(block) if isinstance(each, dict)]


class _Sent(msgspec.Struct, gc=False):
    """Of a transaction what is looked at here."""

    to: str | None = None
    input: str | None = "0x"


_SENT = msgspec.json.Decoder(list[_Sent])


def _called(block: Any) -> set[str]:
    """Where the transactions of a block go to that have data with them."""
    found = _transactions(block)
    if isinstance(found, Listed):
        with suppress(msgspec.ValidationError):
            sent = {each.to for each in _SENT.decode(found.text) if each.to and each.input != "0x"}
            return {each.lower() for each in sent}
    txs = [each for each in found if isinstance(each, dict)]
    return {str(each["to"]).lower() for each in txs if each.get("to") and each.get("input", "0x") != "0x"}


def _listed(block: Any) -> list[str]:
    told = [each.get("hash") if isinstance(each, dict) else each for each in _transactions(block)]
    return [each for each in told if isinstance(each, str)]
