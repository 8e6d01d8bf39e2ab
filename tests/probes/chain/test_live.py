# SPDX-License-Identifier: Apache-2.0
"""Nodes asked over HTTP: every byte is kept, a busy or broken node is waited for or passed over, an interruption costs nothing."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.testing import MemorySink, judge, record
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.caller import Caller
from probes.chain.live.endpoint import AnswerError, Endpoint
from probes.chain.simulators.network import simulate
from tests.probes.chain.made import QUESTIONS, codes
from tests.waiting import joined

Reply = Callable[[bytes], tuple[int, bytes]]


@contextmanager
def serving(reply: Reply, length: int | None = None) -> Iterator[str]:
    """A node on loopback that answers as it is told; ``length``: what it says of the size of its body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            status, body = reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = length is not None

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        joined(thread)


@contextmanager
def caller(url: str, lines: list[bytes], *, timeout_s: float = 2.0) -> Iterator[Caller]:
    """Asks that node; bodies of one MiB at most, eight calls in a batch."""
    endpoint = Endpoint(url, timeout_s, 1 << 20)
    try:
        yield Caller(endpoint, lines.append, threading.Event(), 8, pause_s=0.0, wait_s=0.01)
    finally:
        endpoint.close()


def answer_to(body: bytes) -> bytes:
    asked = json.loads(body)
    one = lambda each: {"jsonrpc": "2.0", "id": each["id"], "result": each["params"]}  # noqa: E731
    return json.dumps([one(each) for each in asked] if isinstance(asked, list) else one(asked)).encode()


def test_every_byte_of_an_answer_is_in_the_trace() -> None:
    lines: list[bytes] = []
    odd = b'{"jsonrpc":"2.0",  "id":1,"result":[1e3,"\\u4e2d", 0.10]}'
    with serving(lambda _: (200, odd)) as url, caller(url, lines) as node:
        assert node.ask("m", [])[0] == 1000
    assert odd in lines[0]


@pytest.mark.parametrize(
    ("body", "key"), [(b"<html>502</html>", "text"), (b"\xff\xfe\x00", "octets"), (b'{"a":1', "text")]
)
def test_an_answer_that_is_no_json_is_kept_as_it_came(body: bytes, key: str) -> None:
    lines: list[bytes] = []
    with serving(lambda _: (502, body)) as url, caller(url, lines) as node:
        assert node.ask("m", []) is None
    row = json.loads(lines[0])
    assert (row[key] if key == "text" else bytes.fromhex(row[key])) in {body.decode("latin-1"), body}


def test_a_busy_node_is_waited_for() -> None:
    count, lines = [0], list[bytes]()

    def reply(body: bytes) -> tuple[int, bytes]:
        count[0] += 1
        return (429, b"slow down") if count[0] < 3 else (200, answer_to(body))

    with serving(reply) as url, caller(url, lines) as node:
        assert node.ask("m", ["x"]) == ["x"]
    assert [json.loads(each).get("failed") for each in lines] == ["rate-limited", "rate-limited", None]


def test_batches_shrink_until_the_node_takes_them() -> None:
    sizes: list[int] = []

    def reply(body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        sizes.append(len(asked) if isinstance(asked, list) else 1)
        return (413, b"too many") if sizes[-1] > 2 else (200, answer_to(body))

    with serving(reply) as url, caller(url, []) as node:
        assert node.each([("m", [number]) for number in range(9)]) == [[number] for number in range(9)]
    assert max(sizes[2:]) <= 2


def test_a_node_without_batches_is_asked_one_by_one() -> None:
    def reply(body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        refusal = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "invalid request"}}
        return 200, json.dumps(refusal).encode() if isinstance(asked, list) else answer_to(body)

    with serving(reply) as url, caller(url, []) as node:
        assert node.each([("m", [number]) for number in range(3)]) == [[0], [1], [2]]


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    lines, refused = list[bytes](), pytest.raises(AnswerError, match="more than 1 MiB")
    with serving(lambda _: (200, bytes(3 << 20)), 4 << 30) as url, caller(url, lines) as node, refused as found:
        node.ask("m", [])
    assert found.value.fault == "too-large"
    assert json.loads(lines[0])["failed"] == "too-large"


def test_a_node_that_breaks_off_is_told_so() -> None:
    with serving(lambda _: (200, b'{"id":1'), 100) as url, caller(url, []) as node, pytest.raises(AnswerError) as found:
        node.ask("m", [])
    assert found.value.fault == "cut-off"


def test_a_node_that_is_not_there_is_silent() -> None:
    with caller("http://127.0.0.1:9", []) as node, pytest.raises(AnswerError) as found:
        node.ask("m", [])
    assert found.value.fault == "silent"


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Ten simulated nodes; the second is busy, the third stops in the middle."""
    folder = tmp_path_factory.mktemp("alliance")
    with simulate({"count": 10, "records": 60, "per_block": 4, "busy": [2], "quits": [3]}, folder) as given:
        yield {
            "chain": "fisco3",
            "nodes": given["nodes"],
            "authorities": given["authorities"],
            "timeout": "5 s",
            "batch": 2,
        }


class Interrupted(MemorySink):
    """A sink whose campaign is interrupted after the first bodies."""

    @property
    def stopping(self) -> bool:
        return bool(self.states and self.states[-1].get("bodies"))


def test_a_recording_goes_on_where_it_was_interrupted(alliance: dict[str, Any], tmp_path: Path) -> None:
    first = record(PROBE, alliance, tmp_path, Interrupted(config_folder=tmp_path))
    kept = dict(first.states[-1])
    assert "bodies" not in kept["phases"]
    again = MemorySink(config_folder=tmp_path, state=kept, segments=[bytearray(first.data)])
    whole = record(PROBE, alliance, tmp_path, again)
    assert whole.data.startswith(first.data)
    assert whole.states[-1]["bodies"] == [[0, 15]]
    assert b'"method":"tcp"' in whole.data
    assert (b'"ticks":[[' in whole.data) == (os.geteuid() == 0)
    assert b'"getTransaction"' in whole.data
    outcome, judged = judge(PROBE, whole.data, QUESTIONS["records"], tmp_path / "judged", alliance)
    assert (judged.verdict, outcome.estimate and outcome.estimate.value) == ("PASS", 60), codes(outcome)
    assert judge(PROBE, whole.data, QUESTIONS["sm"], tmp_path / "sm", alliance)[1].verdict == "PASS"


def test_a_wrong_group_is_told_in_the_nodes_own_words(alliance: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="The group does not exist"):
        record(PROBE, {**alliance, "group": "group9"}, tmp_path)


def test_each_node_is_marked_by_the_first_block_of_its_chain_at_the_beginning_and_at_the_end(
    alliance: dict[str, Any], tmp_path: Path
) -> None:
    sink = MemorySink(config_folder=tmp_path)
    PROBE.source(PROBE.settings.model_validate(alliance), tmp_path).record(sink)
    marks = [(body["of"], *body["ids"]) for kind, body in sink.events if kind == "chain.identity"]
    there = {each["name"] for each in alliance["nodes"]} - {"node3"}
    assert {of for of, _ in marks} - {"node3"} == there, "the third stops in the middle"
    assert all(marks.count((of, first)) == 2 for of, first in marks if of in there)
    assert len({first for _, first in marks}) == 1, "all of one chain"


@pytest.mark.parametrize(("height", "words"), [("0xe8d4a51000", "1000000000001 blocks"), ("0x" + 40 * "f", "No node")])
def test_a_height_that_is_a_lie_fills_no_memory(height: str, words: str, tmp_path: Path) -> None:
    def reply(body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        whole = [
            {"jsonrpc": "2.0", "id": each["id"], "result": height if each["method"] == "eth_blockNumber" else None}
            for each in (asked if isinstance(asked, list) else [asked])
        ]
        return 200, json.dumps(whole if isinstance(asked, list) else whole[0]).encode()

    with serving(reply) as url:
        settings = {"chain": "evm", "nodes": [{"name": "a", "url": url}], "timeout": "2 s"}
        with pytest.raises(InstrumentError, match=words):
            record(PROBE, settings, tmp_path)
