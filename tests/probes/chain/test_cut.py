# SPDX-License-Identifier: Apache-2.0
"""Recordings of which something was cut off: what is missing never helps, whatever the chain, and it is told."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DecodeError
from harness.model import About
from harness.testing import Judgement, Question, judge, record
from probes.chain.analyse import analyse_chain
from probes.chain.formats import layout, proposals
from probes.chain.instruments.nodes import PROBE
from probes.chain.wire import requests
from tests.probes.chain import ether, members
from tests.probes.chain.made import START_NS, Alliance, Liveness, codes, numbered
from tests.probes.chain.remote import Consortium, serving

Made = tuple[bytes, Mapping[str, Any]]
HEAD = b'{"format":'


def asked(measurand: str, statistic: str, limit: str, **parameters: str) -> Question:
    return Question(measurand, statistic, limit, parameters, about=About.WINDOW)


KEYS = asked("chain.nodes", "distinct", ">= 2 个", by="key")
OWNERS = asked("chain.nodes", "distinct", ">= 2 家", by="organisation")
RECORDS = asked("chain.records", "distinct", ">= 3 条", by="content")
TRANSACTIONS = asked("chain.records", "count", ">= 3 条", by="transaction")
BLOCKS = asked("chain.sm", "share", ">= 100 %", require="hash-and-seal")
CERTIFICATES = asked("chain.sm", "share", ">= 100 %", require="certificate")
FINALITY = asked("chain.finality", "quantile", "<= 1 s", q="95 %")
FAULT = asked("chain.fault", "count", ">= 5 个")


def fisco(chain: str) -> Callable[[Path], Made]:
    def made(folder: Path) -> Made:
        found = Alliance(folder, chain=chain, count=4, records=12, per_block=3)
        return numbered(found.data), found.settings

    return made


def lively(folder: Path) -> Made:
    found = Liveness(folder, count=4, records=4)
    return numbered(found.data), found.settings


def evm(folder: Path) -> Made:
    bodies = [[ether.signed(at, hashlib.sha256(b"%d" % at).digest())] for at in range(12)]
    return numbered(ether.trace(ether.chain([*bodies, []]), 4)), ether.settings(4)


def fabric(folder: Path) -> Made:
    folder.mkdir()
    own = Consortium(4, 20)
    with serving(proposals.PATH, [own.answering(each) for each in own.peers]) as urls:
        settings = own.settings(urls, folder)
        return record(PROBE, settings, folder).data, settings


def maker(folder: Path) -> Made:
    folder.mkdir()
    own = members.Alliance(national=True)
    with serving(requests.PATH, [own.answering(each) for each in range(4)], own.tls) as urls:
        settings = own.settings(urls, folder)
        return record(PROBE, settings, folder).data, settings


MADE: dict[str, tuple[Callable[[Path], Made], list[Question]]] = {
    "fisco3": (fisco("fisco3"), [KEYS, OWNERS, RECORDS, TRANSACTIONS, BLOCKS, CERTIFICATES]),
    "fisco2": (fisco("fisco2"), [KEYS, RECORDS, BLOCKS]),
    "drill": (lively, [FINALITY, FAULT]),
    "evm": (evm, [KEYS, RECORDS]),
    "fabric": (fabric, [KEYS, RECORDS]),
    "chainmaker": (maker, [KEYS, RECORDS, BLOCKS]),
}


def cuts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """At any byte, at the end of a line, a line less, half a line, a session less, its header less, a node less."""
    rng, lines = random.Random(5), data.splitlines(keepends=True)
    heads = [at for at, line in enumerate(lines) if line.startswith(HEAD)]
    yield "the last bytes", data[:-2]
    yield "the last line", b"".join(lines[:-1])
    for at in rng.sample(range(1, len(data)), 4):
        yield f"all after byte {at}", data[:at]
    begin, end = sorted(rng.sample(range(len(data)), 2))
    yield f"bytes {begin} to {end}", data[:begin] + data[end:]
    for at in rng.sample(range(1, len(lines)), 3):
        yield f"all after line {at}", b"".join(lines[:at])
        yield f"line {at}", b"".join([*lines[:at], *lines[at + 1 :]])
        yield f"half of line {at}", b"".join([*lines[:at], lines[at][: len(lines[at]) // 2], b"\n", *lines[at + 1 :]])
    sessions = [*pairwise([*heads, len(lines)])]
    for begin, end in [sessions[0], *rng.sample(sessions[1:-1], 2), sessions[-2]]:
        yield f"session from line {begin}", b"".join([*lines[:begin], *lines[end:]])
        if begin:
            yield f"header in line {begin}", b"".join([*lines[:begin], *lines[begin + 1 :]])
    name = json.loads(lines[heads[len(heads) // 2]])["node"]
    kept = [part for part in sessions if json.loads(lines[part[0]])["node"] != name]
    yield f"node {name}", b"".join(b"".join(lines[begin:end]) for begin, end in kept)


def judged(data: bytes, question: Question, folder: Path, settings: Mapping[str, Any]) -> Judgement | None:
    try:
        return judge(PROBE, data, question, folder, settings)[1]
    except DecodeError:  # bytes before the first header: the engine says INVALID
        return None


@pytest.mark.parametrize("name", MADE)
def test_what_is_cut_off_never_helps_and_is_told(name: str, tmp_path: Path) -> None:
    made, questions = MADE[name]
    data, settings = made(tmp_path / "made")
    for at, question in enumerate(questions):
        whole = judge(PROBE, data, question, tmp_path / f"{at}", settings)[1]
        assert whole.verdict == "PASS", whole
        found = {what: judged(cut, question, tmp_path / f"{at}-{what}", settings) for what, cut in cuts(data)}
        assert [what for what, each in found.items() if each is not None and each.verdict == "PASS"] == []
        told = {"recording-cut", "lines-damaged"}
        silent = [
            what
            for what, each in found.items()
            if each is not None and each.verdict == "INCONCLUSIVE"
            and not told & {reason.code.removeprefix("chain.") for reason in each.reasons}
        ]  # fmt: skip
        assert silent == []


@pytest.mark.parametrize("name", MADE)
def test_a_cut_recording_is_not_consistent_without_a_campaign(name: str, tmp_path: Path) -> None:
    data, _ = MADE[name][0](tmp_path / "made")
    path = tmp_path / "recording.jsonl"

    def found(cut: bytes) -> Any:
        path.write_bytes(cut)
        return analyse_chain([path])["files"][0]

    assert not {"recording_cut", "not_json"} & {code for _, code in found(data)["errors"]}
    assert [what for what, cut in cuts(data) if found(cut)["consistent"]] == []


@pytest.mark.parametrize(
    ("whole", "torn", "ends", "count"),
    [
        ((), (), (), 0),  # of an older program
        ((1, 2, 3), (), (3,), 0),
        ((1, 3), (), (3,), 1),
        ((1, 2), (3,), (3,), 1),
        ((1, 2, 3), (3,), (3,), 0),  # torn by a crash and written anew
        ((1, 2, 3), (4,), (3,), 1),  # it went on and has no end
        ((1, 2, 3), (), (), 1),
        ((), (), (10**12,), 10**12),
        ((0, -1, 1), (), (1,), 0),
    ],
)
def test_sessions_are_missed_by_their_numbers(whole: Any, torn: Any, ends: Any, count: int) -> None:
    assert layout.lost(whole, torn, ends) == count


def test_silent_nodes_are_no_majority(tmp_path: Path) -> None:
    for silent, verdict in (([4], "PASS"), ([3, 4], "INCONCLUSIVE")):
        made = Alliance(tmp_path / str(len(silent)), count=4, silent=silent)
        for question in ("sm", "records"):
            outcome, found = made.judged(question, tmp_path / f"{len(silent)}-{question}")
            assert (found.verdict, "few-nodes" in codes(outcome)) == (verdict, verdict != "PASS"), codes(outcome)


def test_a_node_of_which_there_is_nothing_leaves_everything_open(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    more = [*made.settings["nodes"], {"name": "node5", "url": "http://10.0.0.5:20200"}]
    for question in ("sm", "records", "certificates"):
        outcome, found = made.judged(question, tmp_path / question, nodes=more)
        assert (found.verdict, "nodes-unrecorded" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_failures_that_are_told_of_a_part_of_the_chain_are_not_known_of_all(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    whole, sessions = made.data, made.data.split(HEAD)
    total = re.compile(rb'"blockNumber": \d+, "failedTransactionCount": 0, "transactionCount": \d+')
    early = total.sub(b'"blockNumber": 1, "failedTransactionCount": 0, "transactionCount": 10', whole)
    lines = whole.splitlines(keepends=True)
    alone = b"".join(each for each in lines if b'"getTotalTransactionCount"' not in each)
    of_one = sessions[1].splitlines(keepends=True)
    told = [each for each in of_one if b'"getTotalTransactionCount"' in each]
    for at, (data, verdict) in enumerate(
        ((whole, "PASS"), (early, "INCONCLUSIVE"), (alone + HEAD + b"".join([of_one[0], *told]), "INCONCLUSIVE"))
    ):
        made.data = data
        outcome, found = made.judged("records", tmp_path / str(at))
        assert (found.verdict, "failures-unknown" in codes(outcome)) == (verdict, verdict != "PASS"), at


def test_a_drill_is_as_long_as_it_was_looked_at(tmp_path: Path) -> None:
    made = Liveness(tmp_path, count=4, records=4)
    kept = []
    for line in made.data.splitlines(keepends=True):
        row = json.loads(line)
        at = row.get("t", 0) - START_NS
        row["t"] = row.get("t", 0) + 120 * 10**9 * (
            at > 230 * 10**9
        )  # two minutes in the middle of which there is nothing
        kept.append(json.dumps(row).encode() + b"\n" if "failed" in row or "raw" in row else line)
    outcome, _ = judge(PROBE, b"".join(kept), FAULT, tmp_path / "judged", made.settings)
    (told,) = [each for each in outcome.remarks if each.code == "chain.was-down"]
    assert told.facts["seconds"] <= 20


def test_a_marker_of_which_only_the_showing_is_left_was_not_final(tmp_path: Path) -> None:
    made = Liveness(tmp_path, count=4, records=4)
    lines = made.data.splitlines(keepends=True)
    slow = [b'"marker":"%06d"' % each for each in range(40, 60)]
    sent = [line for line in lines if not (b'"state":"sent"' in line and any(each in line for each in slow))]
    none = [line for line in lines if not any(each in line for each in slow)]
    for at, kept in enumerate((sent, none)):
        outcome, found = judge(PROBE, b"".join(kept), FINALITY, tmp_path / str(at), made.settings)
        assert (found.verdict, "markers-lost" in codes(outcome)) != ("PASS", False)
        assert found.verdict != "PASS"


def test_who_stopped_telling_heights_is_not_who_was_caught_up_with(tmp_path: Path) -> None:
    made = Liveness(tmp_path, count=4, records=4)
    kept, name = list[bytes](), ""
    for line in made.data.splitlines(keepends=True):
        row = json.loads(line)
        name = row.get("node", name)
        back = "raw" in row and row["t"] >= START_NS + 250 * 10**9
        if back and name != "node4":
            continue  # the others are not heard any more
        if back:
            row["raw"]["result"] = 199
        kept.append(json.dumps(row).encode() + b"\n" if back else line)
    outcome, found = judge(PROBE, b"".join(kept), FAULT, tmp_path / "judged", made.settings)
    assert (found.verdict, "not-caught-up" in codes(outcome)) == ("INCONCLUSIVE", True)


@pytest.mark.parametrize("left", [0, 40])
def test_a_copied_ledger_that_breaks_off_is_not_whole(
    left: int, shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    whole = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    (tmp_path / "a.block").write_bytes(whole[: len(whole) - left])
    settings = {"chain": "fabric", "nodes": [{"name": "a", "file": "a.block"}]}
    kept = record(PROBE, settings, tmp_path).data
    question = asked("chain.records", "distinct", ">= 1 条", by="content")
    outcome, found = judge(PROBE, kept, question, tmp_path / "judged", settings)
    assert (found.verdict, "copies-torn" in codes(outcome)) == (("INCONCLUSIVE", True) if left else ("PASS", False))
