# SPDX-License-Identifier: Apache-2.0
"""Structured fuzzing: bundles that agree with themselves (chain, manifests, digests, signature) and hold odd things everywhere.

2 000 of them, seeded. Each reader ends with 2, 4 or 5 and one sentence that was foreseen, or reads a bundle that really recomputes.
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
    what = chance.choice(["bodies", "bodies", "bodies", "events", "documents", "texts", "trace"])
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
    if chance.random() < 0.3:
        code, out, err = says(
            "report", bundle, "--format", "html,junit" if sound and chance.random() < 0.2 else "junit"
        )
        foreseen(code, err)
        assert code in {2, 4, 5} or sound
    if chance.random() < 0.1:
        code, out, err = says("pack", bundle, "--out", packed)
        foreseen(code, err)
        assert says("verify", packed, "--json")[0] in {3, 4}
        packed.unlink()
    return refused


def foreseen(code: int, err: str) -> None:
    """No unforeseen error, which the command line would turn into one sentence with the place in the code."""
    assert code in {0, 1, 2, 3, 4, 5}
    assert "cannot be read (" not in err, err
    assert "itself failed" not in err, err
