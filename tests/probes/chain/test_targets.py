# SPDX-License-Identifier: Apache-2.0
"""What records were written to: a contract by most nodes' word, or an address that the profile declares; else they do not count."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.errors import SpecError
from harness.model import About
from harness.testing import Question, judge, record
from probes.chain.instruments.nodes import PROBE
from probes.chain.plans.settings import ChainSettings
from tests.probes.chain.ether import CODE, CONTRACT, RNG, chain, settings, signed, trace
from tests.probes.chain.made import codes
from tests.waiting import joined

OTHER = RNG.randbytes(20)
GOOD = [f'{{"digest":"{RNG.randbytes(32).hex()}"}}'.encode() for _ in range(6)]
ASKED = Question("chain.records", "distinct", f">= {len(GOOD)} 条", {"by": "content"}, about=About.WINDOW)
BLOCKS = chain([[signed(at, each) for at, each in enumerate(GOOD)], [], []])
NAMED, PLAIN = {"contracts": "0x" + CONTRACT.hex().upper()}, {"accounts": "0x" + CONTRACT.hex()}
STATES: list[tuple[list[str | None], dict[str, Any], str, str]] = [
    # code by each node, what the profile says, the verdict, its reason
    ([CODE] * 3, {}, "PASS", ""),
    ([CODE] * 3, NAMED, "PASS", ""),
    (["0x"] * 3, {}, "FAIL", "off-no-contract"),
    (["0x"] * 3, NAMED, "FAIL", "off-no-contract"),
    (["0x"] * 3, PLAIN, "PASS", ""),
    ([CODE] * 3, PLAIN, "INCONCLUSIVE", "account-occupied"),
    ([CODE, "0x", "0x"], {}, "FAIL", "off-no-contract code-differs"),  # one node alone has it
    ([CODE, CODE, "0x"], {}, "PASS", "code-differs"),
    ([CODE, "0x"], {}, "INCONCLUSIVE", "code-disputed"),
    ([CODE, CODE + "00", CODE + "01"], {}, "INCONCLUSIVE", "code-disputed"),
    (["0x00", "0x005b", "0x00ff"], {}, "FAIL", "off-no-contract"),  # code that stops at once
    (["0xef0100" + 40 * "7"] * 3, {}, "FAIL", "off-no-contract"),  # an account with a pointer, no contract
    ([None] * 3, {}, "INCONCLUSIVE", "code-unknown"),
    ([None] * 3, PLAIN, "INCONCLUSIVE", "code-unknown"),
    (["0xzz"] * 3, {}, "INCONCLUSIVE", "code-unknown"),
]


@pytest.mark.parametrize(("said", "more", "verdict", "reason"), STATES, ids=lambda each: str(each)[:24])
def test_records_count_where_most_nodes_have_the_contract_or_the_profile_says_that_there_is_none(
    said: list[str | None], more: dict[str, Any], verdict: str, reason: str, tmp_path: Path
) -> None:
    told: list[Mapping[bytes, str]] = [{} if each is None else {CONTRACT: each} for each in said]
    data = trace(BLOCKS, len(said), codes=told)
    outcome, judged = judge(PROBE, data, ASKED, tmp_path, {**settings(len(said)), **more})
    assert judged.verdict == verdict, codes(outcome)
    every = {"off-no-contract", "account-occupied", "code-differs", "code-disputed", "code-unknown"}
    assert every & codes(outcome) == set(reason.split())


def test_a_node_that_says_two_things_of_an_address_says_neither(tmp_path: Path) -> None:
    data = trace(BLOCKS, 1) + trace(BLOCKS, 1, codes=[{CONTRACT: "0x"}])
    assert "code-disputed" in codes(judge(PROBE, data, ASKED, tmp_path, settings(1))[0])


def test_records_at_another_account_than_the_declared_one_do_not_count(tmp_path: Path) -> None:
    more = {"accounts": "0x" + OTHER.hex()}
    data = trace(BLOCKS, codes=[{CONTRACT: "0x", OTHER: "0x"}])
    outcome, judged = judge(PROBE, data, ASKED, tmp_path, {**settings(), **more})
    assert (judged.verdict, "off-no-contract" in codes(outcome)) == ("FAIL", True)


@pytest.mark.parametrize(
    "more", [{"accounts": "0x12"}, {"accounts": "somewhere"}, {"chain": "fisco3", "accounts": "0x" + 40 * "1"}]
)
def test_an_account_that_is_none_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        ChainSettings.parse({**settings(), **more})


class _Node(BaseHTTPRequestHandler):
    """A node that holds :data:`BLOCKS` and answers nothing but blocks, its height and codes."""

    asked: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = [self._one(each) for each in (question if isinstance(question, list) else [question])]
        body = json.dumps(found if isinstance(question, list) else found[0]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _one(self, ask: Mapping[str, Any]) -> dict[str, Any]:
        head, given = {"jsonrpc": "2.0", "id": ask["id"]}, ask["params"]
        match ask["method"]:
            case "eth_blockNumber":
                return {**head, "result": hex(len(BLOCKS) - 1)}
            case "eth_getBlockByNumber":
                return {**head, "result": BLOCKS[int(given[0], 16)]}
            case "eth_getCode":
                self.asked.append(given)
                return {**head, "result": CODE}
        return {**head, "error": {"code": -32601, "message": "no such method"}}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the interface
        """Say nothing."""


@pytest.mark.parametrize("more", [{}, NAMED, {"accounts": "0x" + OTHER.hex()}])
def test_every_node_is_asked_for_the_code_of_what_is_named_and_of_what_was_called(
    more: dict[str, Any], tmp_path: Path
) -> None:
    _Node.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Node) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            nodes = [{"name": f"n{at}", "url": f"http://127.0.0.1:{server.server_port}/{at}"} for at in range(2)]
            given = {"chain": "evm", "nodes": nodes, "receipts": "blocks", **more}
            kept = record(PROBE, given, tmp_path).data
        finally:
            server.shutdown()
            joined(thread)
    wanted = {"0x" + CONTRACT.hex(), *(["0x" + OTHER.hex()] if "accounts" in more else [])}
    assert {each[0].lower() for each in _Node.asked} == wanted
    assert len(_Node.asked) == 2 * len(wanted)
    assert "code-unknown" not in codes(judge(PROBE, kept, ASKED, tmp_path / "judged", given)[0])
