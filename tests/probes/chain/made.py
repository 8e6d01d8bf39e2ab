# SPDX-License-Identifier: Apache-2.0
"""Traces of simulated alliances without sockets: the same questions, answered in this process."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

from harness.kit import draw
from harness.model import About, Outcome
from harness.testing import Judgement, Question, judge
from probes.chain.formats import layout
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.adapters import adapter, number_of
from probes.chain.live.caller import Caller
from probes.chain.live.endpoint import Answer, AnswerError
from probes.chain.simulators.answers import Node
from probes.chain.simulators.chain import Network
from probes.chain.simulators.papers import papers
from probes.chain.simulators.plans import NetworkSettings

SECOND = 10**9
START_NS = 1_700_000_000 * SECOND
QUESTIONS = {
    "organisations": Question("chain.nodes", "distinct", ">= 10 家", {"by": "organisation"}, about=About.WINDOW),
    "keys": Question("chain.nodes", "distinct", ">= 10 家", {"by": "key"}, about=About.WINDOW),
    "records": Question("chain.records", "distinct", ">= 60 条", {"by": "content"}, about=About.WINDOW),
    "transactions": Question("chain.records", "count", ">= 60 条", {"by": "transaction"}, about=About.WINDOW),
    "sm": Question("chain.sm", "share", ">= 100 %", {"require": "hash-and-seal"}, about=About.WINDOW),
    "certificates": Question("chain.sm", "share", ">= 100 %", {"require": "certificate"}, about=About.WINDOW),
}


class Wire:
    """An endpoint whose node is here."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def post(self, body: bytes) -> Answer:
        """What the node answers."""
        found = self._node.answer(body)
        if found is None:
            raise AnswerError("It does not answer.", "silent")
        return Answer(*found, 0.0)


class Alliance:
    """A simulated alliance, recorded: ``data`` is the trace, ``settings`` those of the profile."""

    def __init__(self, folder: Path, *, wanted: int = 0, certified: bool = True, drawn: int = 0, **plan: Any) -> None:
        """``wanted``: nodes that are asked, by default all of them."""
        folder.mkdir(parents=True, exist_ok=True)
        self.network = Network(NetworkSettings.parse({"count": 10, "records": 60, "per_block": 10, **plan}))
        count = self.network.settings.count
        told = papers(self.network, [f"http://10.0.0.{each}:20200" for each in range(1, count + 1)], folder)
        nodes = told["nodes"][: wanted or count]
        self.settings: dict[str, Any] = {"chain": self.network.settings.chain, "nodes": nodes}
        if "authorities" in told and certified:
            self.settings["authorities"] = told["authorities"]
        self.settings |= {key: told[key] for key in ("originals", "documents") if key in told}
        if drawn:
            (folder / "sample.draw.jsonl").write_bytes(self.protocol(drawn))
            self.settings["draw"] = "sample.draw.jsonl"
        self.data = b"".join(self._session(number, node, certified=certified) for number, node in enumerate(nodes, 1))
        if certified and "authorities" in told:
            lines = [
                layout.octets("authority", ["a"], Path(each).read_bytes(), START_NS) for each in told["authorities"]
            ]
            self.data += layout.header("", "", self.network.settings.chain, "", START_NS) + b"".join(lines)

    def protocol(self, size: int, population: int | None = None, tip: str = "") -> bytes:
        """A public draw by dice over the records up to the last block."""
        tip = tip or json.loads(self.network.main.whole[-1])["hash"].removeprefix("0x")
        body = {
            "schema": draw.SCHEMA,
            "list": "tip.txt",
            "list_sha256": sha256(f"{tip}\n".encode()).hexdigest(),
            "population": len(self.network.main.txs) if population is None else population,
            "sizes": [size],
            "parties": [],
        }
        lines = draw.next_line([], 1, "sealed", body)
        return lines + draw.next_line(
            draw.read_steps(lines), 2, "typed", {"source": "dice", "value": "2 7 1 8 2 8 1 8"}
        )

    @property
    def documents(self) -> dict[str, Path]:
        """Originals and their table, by the names that they are recorded under."""
        if "originals" not in self.settings:
            return {}
        table = Path(self.settings["originals"])
        kept = {each.name: each for each in sorted(Path(self.settings["documents"]).iterdir())}
        drawn = {"sample.draw.jsonl": table.parent / "sample.draw.jsonl"} if "draw" in self.settings else {}
        return {f"originals/{table.name}": table, **kept, **drawn}

    def _session(self, number: int, node: Mapping[str, Any], *, certified: bool) -> bytes:
        chain, lines = self.network.settings.chain, list[bytes]()
        asked = adapter(chain, "1" if chain == "fisco2" else "group0")
        if certified and "certificate" in node:
            lines.append(layout.octets("certificate", ["c"], Path(node["certificate"]).read_bytes(), START_NS))
        caller = Caller(Wire(Node(self.network, number)), lines.append, Event(), 20, pause_s=0.0, wait_s=0.0)  # type: ignore[arg-type]
        top = len(self.network.main.whole) - 1
        try:
            number_of(caller.ask(*asked.height()))
            asked.greet(caller)
            caller.each([asked.header(each) for each in range(top + 1)])
            caller.each([asked.block(each) for each in range(top + 1) if each % 3 == number % 3])
            for digest in self.network.main.txs[1:3]:
                calls = [asked.header(self.network.main.places[digest][0]), asked.proof(digest)]
                caller.each([each for each in calls if each is not None])
            caller.ask(*asked.height())
            total = asked.total()
            assert total is not None
            caller.ask(*total)
        except AnswerError:
            pass  # its silence stands in the trace
        return layout.header(
            str(node["name"]), str(node["url"]), chain, "1" if chain == "fisco2" else "group0", START_NS
        ) + b"".join(lines)

    def judged(self, question: str, folder: Path, **settings: Any) -> tuple[Outcome, Judgement]:
        """The answer to one of :data:`QUESTIONS`."""
        return judge(PROBE, self.data, QUESTIONS[question], folder, {**self.settings, **settings})


def numbered(data: bytes) -> bytes:
    """A recording as the live source writes it: its sessions with their numbers, and a last line."""
    sessions = [b'{"format":' + each for each in data.split(b'{"format":')[1:]]
    return b"".join(layout.numbered(each, at) for at, each in enumerate(sessions, 1)) + layout.ending(
        len(sessions), START_NS
    )


def codes(outcome: Outcome) -> set[str]:
    """Everything that is told, by code without the domain."""
    reasons = (*outcome.remarks, *outcome.invalid, *(each.reason for each in outcome.lacks))
    return {each.code.removeprefix("chain.") for each in reasons}


class Liveness(Alliance):
    """An alliance with markers and with heights while its last node is down: two blocks a second unless it stands still.

    ``shown``: on how many nodes each marker shows; by default on all.
    """

    def __init__(self, folder: Path, *, shown: int = 0, moves: bool = True, **plan: Any) -> None:
        super().__init__(folder, **plan)
        self.data = re.sub(rb'"t":\d+', b'"t":%d' % START_NS, self.data)  # greeted before, not after
        names = [each["name"] for each in self.settings["nodes"]]
        lines: dict[str, list[bytes]] = {name: [] for name in names}
        for at in range(100):
            sent = START_NS + at * SECOND
            lines[names[0]].append(layout.told("marker", {"marker": f"{at:06d}", "state": "sent"}, sent))
            for name in names[: shown or len(names)]:
                told = {"marker": f"{at:06d}", "state": "shown"}
                lines[name].append(layout.told("marker", told, sent + SECOND // 5))
        ask = {"jsonrpc": "2.0", "method": "getBlockNumber", "params": ["group0", "node0"], "id": 1}
        for at in range(60):
            time_ns, height = START_NS + (200 + at) * SECOND, 100 + 2 * at * moves
            body = b'{"id":1,"jsonrpc":"2.0","result":%d}' % height
            for name in names:
                down = name == names[-1] and 10 <= at < 50
                line = (
                    layout.failed(ask, time_ns, "silent") if down else layout.exchange(ask, time_ns, 1.0, 200, body)[0]
                )
                lines[name].append(line)
        for node in self.settings["nodes"]:
            self.data += layout.header(node["name"], node["url"], "fisco3", "group0", START_NS) + b"".join(
                lines[node["name"]]
            )
