# SPDX-License-Identifier: Apache-2.0
"""Each kind of event holds what it holds: said in the reference, checked when written, when read and by verify."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.evidence import bodies
from harness.evidence.bodies import check_body
from harness.evidence.defects import JournalBodyError, UnsafePathError
from harness.evidence.journal import Journal, read_growing_journal, read_journal
from harness.evidence.verify import verify
from tests.harness.evidence import forging
from tests.harness.evidence.forging import event, reseal

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "bundle.md").read_text("utf-8")
WHOSE = {"indicator": "s01.latency", "source": "stamp", "attempt": 1}
CLOCK = {"wall_ns": "1", "monotonic_ns": "2", "synchronised": None, "max_error_us": None}
SEGMENT = "data/traces/s01.latency/stamp/0001.pcapng"
HEX = "0" * 64
CHALLENGE = {"nonce": HEX, "office": "验收办", "issued_ns": "1", "note": ""}
GOOD: dict[str, dict[str, Any]] = {
    "campaign_started": {
        "scenario_sha256": HEX,
        "profile_sha256": HEX,
        "campaign_sha256": HEX,
        "plan_sha256": HEX,
        "challenge": CHALLENGE,
        "instruments": {"data/instruments/meter/dcc.xml": HEX},
        "papers": {"data/papers/audit/audit.pdf": HEX},
    },
    "attempt_started": {
        "attempt": 1,
        "planned": 2,
        "clock": CLOCK,
        "inputs": {"register.csv": HEX},
        "sequence": 3,
        "previous": HEX,
        "challenge": CHALLENGE,
    },
    "corrected": {"field": "project.name", "was": "甲项日", "now": "甲项目", "reason": "笔误", "by": "王工"},
    "corrective_action": {"after": 1, "text": "更换了 3 号基站的天线", "by": "测试单位 张三"},
    "time_stamped": {"attempt": 1, "path": "data/stamps/0001.tsr", "sha256": HEX, "over": HEX},
    "not_stamped": {"attempt": 1, "moment": "start", "authority": "http://tsa.example", "problem": "no answer"},
    "attempt_ended": {"attempt": 1, "clock": {**CLOCK, "synchronised": True, "max_error_us": 7}},
    "source_started": {**WHOSE, "probe": "network.stamp", "config": {"rate": "10/s"}, "simulated": False},
    "source_ended": {**WHOSE, "reason": "done", "problem": ""},
    "checkpoint": {**WHOSE, "state": {"slots": [1, [2]]}},
    "segment_opened": {**WHOSE, "path": SEGMENT},
    "segment_closed": {**WHOSE, "path": SEGMENT, "sha256": HEX, "bytes": 0},
    "segment_dropped": {**WHOSE, "path": SEGMENT},
    "torn_tail": {**WHOSE, "path": SEGMENT, "dropped": 3},
    "attached": {
        **WHOSE,
        "path": "data/documents/s01.latency/合同/x.pdf",
        "sha256": HEX,
        "bytes": 1,
        "name": "合同/x.pdf",
    },
    "journal_repaired": {"dropped": 9},
    "operator": {
        "text": "挪了天线",
        "id": "1" * 32,
        "by": "李",
        "sent_ns": "1",
        "about": "s01.latency",
        "photo": {"path": f"data/notes/{'1' * 32}.jpg", "sha256": HEX, "bytes": 1},
    },
    "preflight_failed": {"time_ns": "1", "code": "profile.unknown-key", "problem": "没有这个键"},
    "resumed": {"attempt": 1, "clock": CLOCK},
    "ledger_seen": {"problem": "", "whole": True, "head": HEX, "elsewhere": [{"attempt": 1}]},
    "evaluated": {"attempt": 1, "results_sha256": HEX, "figures_sha256": HEX, "summary": {"verdict": "PASS"}},
    "sealed": {"signers": [HEX], "summary": {"verdict": "PASS"}},
    "unsealed": {"folder": "data/attestations/0001", "manifest_sha256": HEX},
}
BY_SEAL = {
    "segment_closed": {"path": SEGMENT, "sha256": HEX, "bytes": 0, "by": "seal"},
    "segment_dropped": {"path": SEGMENT, "by": "seal"},
}
OPTIONAL = {
    ("evaluated", "summary"),
    *(("operator", key) for key in ("id", "by", "sent_ns", "about", "photo")),
    *(("campaign_started", key) for key in ("plan_sha256", "challenge", "instruments", "papers")),
    *(("attempt_started", key) for key in ("inputs", "sequence", "previous", "challenge")),
}
"""Keys that former journals lack."""
NULL = (
    "synchronised",
    "max_error_us",
    "plan_sha256",
    "challenge",
    "sequence",
    "previous",
    "id",
    "sent_ns",
    "about",
    "photo",
)
"""Keys that may hold null."""
ODD = (None, True, 0, -1, 1.5, "", "x", [], [None], {}, {"a": 1}, 2**53 - 1)


def test_every_kind_of_the_engine_is_in_the_reference_with_its_keys():
    assert set(GOOD) == set(bodies._KINDS)
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.*?) \|", PAGE, re.MULTILINE))
    for kind, body in GOOD.items():
        keys = set(body) - (set(WHOSE) if "W" in rows[kind] else set())
        assert keys == set(re.findall(r"`([a-z_0-9]+)`", rows[kind])) - {"done", "failed"}, kind


@pytest.mark.parametrize("kind", GOOD)
def test_a_body_of_its_kind_is_taken_and_comes_back(tmp_path, kind):
    with Journal.open(tmp_path / "j") as journal:
        journal.append(kind, GOOD[kind])
    assert [(each.kind, each.body) for each in read_journal(tmp_path / "j")] == [(kind, GOOD[kind])]


@pytest.mark.parametrize("kind", BY_SEAL)
def test_what_the_seal_settles_is_nobodys(kind):
    check_body(kind, BY_SEAL[kind])
    for key in BY_SEAL[kind]:
        with pytest.raises((JournalBodyError, UnsafePathError)):
            check_body(kind, {name: value for name, value in BY_SEAL[kind].items() if name != key})


@pytest.mark.parametrize("kind", GOOD)
def test_a_missing_key_another_key_and_another_type_are_refused(kind):
    body = GOOD[kind]
    with pytest.raises(JournalBodyError):
        check_body(kind, {**body, "more": 1})
    for key, value in body.items():
        without = {name: each for name, each in body.items() if name != key}
        if (kind, key) in OPTIONAL:
            check_body(kind, without)
        else:
            with pytest.raises(JournalBodyError):
                check_body(kind, without)
        for odd in ODD:
            if type(odd) is not type(value):
                accepted = dict.fromkeys(NULL, (None,)).get(key, ())
                if odd not in accepted:
                    with pytest.raises((JournalBodyError, UnsafePathError)):
                        check_body(kind, {**body, key: odd})


@pytest.mark.parametrize(
    "kind", ["x", "sealed_", "", ".", "a.", ".b", "network..x", "network.a b", "network.\x1b", "SEALED"]
)
def test_a_kind_that_nobody_knows_is_refused(tmp_path, kind):
    with Journal.open(tmp_path / "j") as journal, pytest.raises(JournalBodyError):
        journal.append(kind, WHOSE)
    assert read_journal(tmp_path / "j") == ()


@pytest.mark.parametrize("kind", ["gnss.connection-lost", "network.clock-step", "register.x.y", "域.事件"])
def test_a_domains_own_kinds_hold_what_they_like_beside_whose_they_are(kind):
    check_body(kind, {**WHOSE, "text": {"zh": "中断", "en": "lost"}, "anything": [1, {"x": None}]})
    for key in WHOSE:
        with pytest.raises(JournalBodyError):
            check_body(kind, {name: value for name, value in WHOSE.items() if name != key})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("attempt_started", {"attempt": 1}),
        ("sealed", {"summary": {}}),
        ("x", {}),
        ("network.x", {}),
        ("segment_closed", {**WHOSE, "path": SEGMENT}),
    ],
)
def test_verify_names_the_line_of_an_odd_body_and_no_reader_goes_on(sealed, pairs, kind, body):
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: [events[0], event(kind, body), *events[1:]])
    assert next((each.code, each.path) for each in verify(sealed.root).defects) == (
        "evidence.journal-body",
        "data/journal.jsonl:2",
    )
    for read in (read_journal, read_growing_journal):
        with pytest.raises(JournalBodyError, match=re.escape(kind)):
            read(sealed.journal_path)


def test_the_chain_is_judged_before_the_bodies(tmp_path):
    """What was edited is called edited, whatever it says now."""
    path = tmp_path / "j"
    path.write_bytes(forging.chained([event("operator", {"text": "a"}), event("operator", {"text": "b"})]))
    lines = path.read_bytes().splitlines(keepends=True)
    fields = json.loads(lines[1])
    path.write_bytes(lines[0] + json.dumps({**fields, "body": {}}).encode() + b"\n")
    with pytest.raises(Exception, match="edited"):
        read_journal(path)
