# SPDX-License-Identifier: Apache-2.0
"""Structured fuzzing: bundles that agree with themselves (chain, manifests, digests, signature) and hold odd things everywhere.

2 000 of them, seeded, among them entries of every kind that a journal may hold. Each of verify, replay, report and pack ends with
2, 4 or 5 and one sentence that was foreseen, or reads a bundle that really recomputes.
"""

import contextlib
import copy
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness import cli
from harness.evidence import bodies
from tests.harness.evidence import forging

BUNDLES, ROUNDS = 100, 20
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 2**53 - 1, 1.5, -0.0, 1e308, "", " ", "0", "x", "x" * 3000, "../x", "/dev/zero", "data/traces",
    "data/journal.jsonl", "\u202e\x1b[2J", "[/b]", "\ud800", "t09.heavy", "scales.log", "PASS", "FAIL", [], [None], [[]], {}, {"a": {"b": []}},
    {"zh": 1}, "9" * 64, "g" * 64, "scales.heavy", "network.stamp", "env:HOME", "segment_opened", "sealed",
]  # fmt: skip
DOCUMENTS = ("results.json", "figures.json", "campaign.json")
TEXTS = ("scenario.yaml", "profile.yaml")
WORDS = [b"", b"&a", b"*a", b"!!python/object:os.system", b"<= 20 %", b">= -1", b"nan", b"null", b"[", b"}", b"\t", b"\xff", b"- ", b"schema", b"1e999", b"~"]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*path, key)
        yield from places(each, (*path, key))


def twist(value: Any, chance: random.Random) -> None:
    """One change at one place of a JSON value: gone, another, twice, renamed, or another's."""
    there = list(places(value))
    if not there:
        return
    *above, key = chance.choice(there)
    holder = value
    for step in above:
        holder = holder[step]
    what = chance.randrange(6)
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif what == 2 and isinstance(holder, dict):
        holder[chance.choice(["x", "path", "attempt", "verdict", "by", "text", "\u202e"])] = holder.pop(key)
    elif what == 3:
        other = value
        for step in chance.choice(there):
            other = other[step]
        holder[key] = copy.deepcopy(other)
    else:
        holder[key] = copy.deepcopy(chance.choice(ODD))


NS, HEX, OWN = "1795219200000000000", "ab" * 32, {"indicator": "t09.heavy", "source": "scale", "attempt": 1}
CLOCK = {"wall_ns": NS, "monotonic_ns": "5000000000", "synchronised": True, "max_error_us": 90}
CHALLENGE = {"nonce": HEX, "office": "验收办", "issued_ns": NS, "note": "第 1 次"}
PLACE = "data/traces/t09.heavy/scale/0001.log"
FURTHER: dict[str, dict[str, Any]] = {
    "campaign_started": {
        "scenario_sha256": HEX, "profile_sha256": HEX, "campaign_sha256": HEX, "plan_sha256": HEX, "challenge": CHALLENGE,
        "instruments": {"meter.xml": HEX}, "papers": {"大纲.pdf": HEX},
    },
    "attempt_started": {
        "attempt": 2, "planned": 2, "clock": CLOCK, "inputs": {"scale.log": HEX}, "sequence": 3, "previous": HEX, "challenge": CHALLENGE,
    },
    "attempt_ended": {"attempt": 1, "clock": CLOCK},
    "resumed": {"attempt": 1, "clock": CLOCK},
    "source_started": {**OWN, "probe": "scales.log", "config": {"file": "scale.log"}, "simulated": False},
    "source_ended": {**OWN, "reason": "failed", "problem": "断了"},
    "checkpoint": {**OWN, "state": {"at": 3}},
    "segment_opened": {**OWN, "path": PLACE},
    "segment_closed": {**OWN, "path": PLACE, "sha256": HEX, "bytes": 3},
    "segment_dropped": {"path": PLACE, "by": "seal"},
    "torn_tail": {**OWN, "path": PLACE, "dropped": 2},
    "attached": {**OWN, "path": "data/documents/t09.heavy/a.txt", "sha256": HEX, "bytes": 1, "name": "a.txt"},
    "journal_repaired": {"dropped": 7},
    "operator": {
        "text": "天线被碰过", "id": "0" * 32, "by": "张", "sent_ns": NS, "about": "t09.heavy",
        "photo": {"path": "data/notes/1.jpg", "sha256": HEX, "bytes": 9},
    },
    "corrected": {"field": "test.operator", "was": "张", "now": "章", "reason": "写错了", "by": "李"},
    "corrective_action": {"after": 1, "text": "更换了天线与馈线", "by": "李"},
    "time_stamped": {"attempt": 1, "path": "data/stamps/0001.tsr", "sha256": HEX, "over": HEX},
    "not_stamped": {"attempt": 1, "moment": "start", "authority": "http://tsa", "problem": "超时"},
    "preflight_failed": {"time_ns": NS, "code": "scales.absent", "problem": "没有秤"},
    "ledger_seen": {"problem": "", "whole": True, "head": HEX, "elsewhere": [{"campaign": HEX, "attempt": 1, "verdict": "FAIL"}]},
    "evaluated": {"attempt": 1, "results_sha256": HEX, "figures_sha256": HEX, "summary": {"verdict": "FAIL"}},
    "sealed": {"signers": [HEX], "summary": {"verdict": "PASS"}},
    "unsealed": {"folder": "data/attestations/0001", "manifest_sha256": HEX},
    "network.identity": {**OWN, "of": "SIM-001", "ids": ["356938035643809"]},
    "gnss.solved": {**OWN, "command": "rnx2rtkp"},
    "documents.recorded": {**OWN, "file": "a.csv", "absent": ["b.pdf"]},
    "files.recorded": {**OWN, "files": [{"name": "scale.log", "offset": 3, "sha256": HEX}]},
    "baseline.opened": {**OWN, "sealed": NS, "rows": 9},
}  # fmt: skip
"""An entry of each kind as the programs write it; those with a dot are of domains."""


def joined_by(events: list[forging.Event], chance: random.Random) -> list[forging.Event]:
    """With one to three further entries, most of them odd in one place."""
    for _ in range(chance.randint(1, 3)):
        kind = chance.choice(list(FURTHER))
        body = copy.deepcopy(FURTHER[kind])
        if chance.random() < 0.8:
            twist(body, chance)
        events.insert(chance.randrange(len(events) + 1), forging.event(kind, body))
    return events


def test_every_kind_that_a_journal_may_hold_is_among_the_odd_ones() -> None:
    assert bodies._KINDS.keys() <= FURTHER.keys()
    for kind, body in FURTHER.items():
        bodies.check_body(kind, body)


def shuffled(events: list[forging.Event], chance: random.Random) -> list[forging.Event]:
    """Events lost, doubled, moved or of another kind."""
    at, to = chance.randrange(len(events)), chance.randrange(len(events))
    what = chance.randrange(4)
    if what == 0:
        del events[at]
    elif what == 1:
        events.insert(to, copy.deepcopy(events[at]))
    elif what == 2:
        events.insert(to, events.pop(at))
    else:
        kinds = [each["kind"] for each in events]
        events[at]["kind"] = chance.choice(
            [*kinds, "x", "scales.", ".x", "operator", "unsealed", "segment_dropped", "torn_tail"]
        )
    return events


def oddly(
    root: Path, whole: dict[Path, bytes], chance: random.Random
) -> Callable[[list[forging.Event]], list[forging.Event]]:
    """Change documents of the bundle; what is to be done to the journal is given back."""
    what = chance.choice(["bodies", "bodies", "further", "further", "events", "documents", "texts", "trace"])
    if what == "documents":
        path = root / "data" / chance.choice(DOCUMENTS)
        value = json.loads(whole[path])
        for _ in range(chance.randint(1, 3)):
            twist(value, chance)
        path.write_bytes(json.dumps(value).encode("utf-8", "surrogatepass"))
    elif what == "texts":
        path = root / "data" / chance.choice(TEXTS)
        content = whole[path]
        at = chance.randrange(len(content))
        path.write_bytes(content[:at] + chance.choice(WORDS) + content[at + chance.choice([0, 0, 1, 9, 90]) :])
    elif what == "trace":
        path = next(each for each in whole if each.suffix == ".log")
        path.write_bytes(chance.choice([b"", b"\n", b"x\n", b"51\n" * 99, b"-1 \x1b[2J\n", b"9" * 5000, bytes(99)]))

    def change(events: list[forging.Event]) -> list[forging.Event]:
        if what == "bodies":
            for _ in range(chance.randint(1, 2)):
                twist(chance.choice(events)["body"], chance)
        if what == "events":
            events = shuffled(events, chance)
        if what == "further":
            events = joined_by(events, chance)
        if what == "trace":
            close(root, events)
        return forging.agreeing(root, events) if chance.random() < 0.8 else events

    return change


def close(root: Path, events: list[forging.Event]) -> None:
    """The closing digest of every segment as it is now."""
    for each in events:
        if each["kind"] == "segment_closed":
            path = root / each["body"]["path"]
            each["body"] |= {"sha256": forging.digest(path), "bytes": path.stat().st_size}


def restored(root: Path, whole: dict[Path, bytes]) -> None:
    for path in [each for each in root.rglob("*") if each.is_file() and each not in whole]:
        path.unlink()
    for path, content in whole.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_odd_bundles_that_agree_with_themselves_are_refused_in_one_sentence(
    bundle, maker, says, tmp_path, monkeypatch, seed
):
    monkeypatch.setattr(cli, "parser", cache(cli.parser))  # made once, not 5 000 times
    chance = random.Random(seed)
    whole = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    refused = 0
    for number in range(BUNDLES):
        restored(bundle, whole)
        change = oddly(bundle, whole, chance)
        signers = [maker] if chance.random() < 0.2 else []
        with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError):  # half made is odd as well
            forging.reseal(bundle, signers, change)
        refused += read_by_all(bundle, says, tmp_path / f"{number}.zip", chance)
    assert refused > BUNDLES // 2


def read_by_all(bundle: Path, says: Any, packed: Path, chance: random.Random) -> bool:
    """Whether replay refused it; every reader says something foreseen."""
    code, out, err = says("verify", bundle, "--json")
    assert code in {3, 4}, (code, out, err)
    sound = not json.loads(out)["defects"]
    unverified = ["--unverified"] if chance.random() < 0.3 else []
    code, out, err = says("replay", bundle, "--json", *unverified)
    foreseen(code, err)
    if code in {0, 1, 3}:
        told = json.loads(out)
        assert told["identical"]
        assert sound or unverified
    refused = code in {2, 4, 5}
    code, out, err = says("report", bundle, "--format", "html,junit" if sound and chance.random() < 0.2 else "junit")
    foreseen(code, err)
    assert code in {2, 4, 5} or sound
    asked = ["--unverified"] if chance.random() < 0.3 else []
    code, out, err = says("pack", bundle, "--out", packed, *asked)
    foreseen(code, err)
    assert (code == 0) is sound
    if packed.exists():
        assert sound or asked
        assert chance.random() > 0.1 or says("verify", packed, "--json")[0] == (3 if sound else 4)
        packed.unlink()
    return refused


def foreseen(code: int, err: str) -> None:
    """No unforeseen error, which the command line would turn into one sentence with the place in the code."""
    assert code in {0, 1, 2, 3, 4, 5}
    assert "cannot be read (" not in err, err
    assert "itself failed" not in err, err
