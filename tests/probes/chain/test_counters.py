# SPDX-License-Identifier: Apache-2.0
"""One record written many times with something changed that says nothing: near-copies, whatever was changed; real records are none."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.model import About
from harness.plugins import Request
from harness.testing import Question, judge
from probes.chain.digests.counters import NEAR, masked
from probes.chain.formats.contents import content, said
from probes.chain.instruments.nodes import PROBE
from probes.chain.wire.protobuf import inside, message
from tests.probes.chain import ether
from tests.probes.chain.made import codes
from tests.probes.chain.test_padding import call, text

COUNT = 40
RNG = random.Random(48)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def day(at: int) -> tuple[int, ...]:
    return at % 28 + 1, at % 24, at % 60, at * 7 % 60, at * 37 % 1000


PADDED: dict[str, Callable[[int], bytes]] = {
    "milliseconds": lambda at: b'{"msg":"alive","time":%d}' % (1_700_000_000_123 + at * 60_001),
    "seconds": lambda at: b'{"msg":"alive","time":%d}' % (1_700_000_000 + at * 61),
    "nanoseconds in words": lambda at: b"alive at %d" % (1_700_000_000_123_456_789 + at * 10**9),
    "date and time": lambda at: b'{"msg":"alive","at":"2024-03-%02dT%02d:%02d:%02d.%03dZ"}' % day(at),
    "date with blanks": lambda at: b"alive 2024/3/%d %d:%d:%d,%d" % day(at),
    "date in Chinese": lambda at: "心跳：2024年3月{}日 {}时{}分{}秒".format(*day(at)[:4]).encode(),
    "date without marks": lambda at: b'{"msg":"alive","at":"202403%02d%02d%02d%02d%03d"}' % day(at),
    "time and counter": lambda at: b'{"n":%d,"time":%d}' % (at, 1_700_000_000_123 + at * 60_001),
    "salt": lambda at: b'{"msg":"alive","nonce":"%s"}' % RNG.randbytes(20).hex().encode(),
    "salt in Chinese": lambda at: f'{{"消息":"心跳","随机数":"{RNG.randbytes(20).hex()}"}}'.encode(),
    "bytes behind": lambda at: b"a header that stays" * 3 + b"\0\1" + at.to_bytes(4, "big"),
    "bytes in front": lambda at: at.to_bytes(4, "big") + b"\1a header that stays\2" * 3,
    "a word to the left": lambda at: call(at.to_bytes(4, "big"), 7),
    "a word to the right": lambda at: call(at + 1, 7),
    "a moment in a word": lambda at: call(1_700_000_000 + at, at + 1),
    "a moment in microseconds": lambda at: call(1_700_000_000_123_456 + at, at + 1),
    "nothing but a function": lambda at: RNG.randbytes(4),
    "a few bytes": lambda at: RNG.randbytes(1 + at % NEAR),
    "one letter over and over": lambda at: LETTERS[at % 26].encode() * (9 + at),
    "nothing over and over": lambda at: b'["same",' + b"null," * at + b"1]",
    "empty texts": lambda at: b'{"a":"same",%s"z":1}' % b"".join(b'"%d":"",' % each for each in range(at % 3)),
    "a remark in XML": lambda at: b"<a>same</a><!-- %s -->" % RNG.randbytes(9).hex().encode(),
    "letters of one look": lambda at: "".join("aа"[at >> each & 1] for each in range(6)).encode() + b" same content",
    "a call with a date": lambda at: text(f"状态正常 2024-03-{day(at)[0]:02d}"),
}


def near(payloads: Sequence[bytes], form: str = "") -> int:
    """Distinct records of these that are near-copies of another."""
    parts = {content(said(each, form)): said(each, form) for each in payloads}
    kinds = Counter(bare for bare, changed in map(masked, parts.values()) if changed <= NEAR)
    return sum(kinds.values()) - len(kinds)


@pytest.mark.parametrize("name", PADDED)
def test_a_record_with_nothing_new_but_a_counter_is_a_near_copy(name: str) -> None:
    payloads = [PADDED[name](at) for at in range(COUNT)]
    distinct = len({content(said(each)) for each in payloads})
    assert distinct - near(payloads) <= 2
    assert distinct > 2


@pytest.mark.parametrize("name", ["uuid", "guid", "msgId", "request_id", "token", "sign", "签名", "消息编号"])
def test_a_token_that_only_tells_one_writing_from_another_makes_no_other_record(name: str) -> None:
    payloads = [
        json.dumps({name: hashlib.sha256(b"%d" % at).hexdigest()[:24], "v": "passed inspection"}).encode()
        for at in range(COUNT)
    ]
    assert near(payloads) == COUNT - 1


@pytest.mark.parametrize("name", ["serialNo", "批次号", "hash", "唯一标识"])
def test_a_number_of_a_thing_or_a_digest_makes_another_record(name: str) -> None:
    payloads = [
        json.dumps({name: hashlib.sha256(b"%d" % at).hexdigest()[:24], "v": "passed inspection"}).encode()
        for at in range(COUNT)
    ]
    assert near(payloads) == 0


REAL: dict[str, Callable[[int], bytes]] = {
    "a digest": lambda at: hashlib.sha256(b"%d" % at).digest(),
    "a digest in hex": lambda at: hashlib.sha256(b"%d" % at).hexdigest().encode(),
    "a digest with its time": lambda at: json.dumps(
        {"time": 1_700_000_000_000 + at, "digest": hashlib.sha256(b"%d" % at).hexdigest()}
    ).encode(),
    "a call with a digest": lambda at: call(hashlib.sha256(b"%d" % at).digest(), at),
    "a number of sixteen bytes": lambda at: hashlib.sha256(b"%d" % at).digest()[:16],
    "readings": lambda at: json.dumps(
        {"t": 1_700_000_000 + at, "c": [round(RNG.uniform(0, 40), 3) for _ in range(3)]}
    ).encode(),
    "names": lambda at: f'{{"姓名":"{LETTERS[at % 26]}某{LETTERS[at // 26]}","批号":"甲{LETTERS[-at % 26]}"}}'.encode(),
}


@pytest.mark.parametrize("name", REAL)
def test_records_that_say_something_of_their_own_are_no_near_copies(name: str) -> None:
    payloads = [REAL[name](at) for at in range(COUNT)]
    assert near(payloads) == 0


SAME = {
    "long as a call": [b'{"a":"same"}' + b" " * (24 + 32 * at) for at in range(5)],
    "hidden characters": ['{"a":"sa\u200bme"}'.encode(), '{"a":"same\ufe0f"}'.encode(), b'{"a":"same"}', b'\xef\xbb\xbf{"a":"same"}'],
    "padding that is not zero": [call(32, 18, b'{"a":"same thing"}' + bytes([at] * 14)) for at in range(1, 5)],
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_no_reader_sees_makes_no_other_record(name: str) -> None:
    assert len({content(said(each)) for each in SAME[name]}) == 1


def arguments(*given: str) -> bytes:
    return b"".join(len(each.encode()).to_bytes(4, "big") + each.encode() for each in given)


def parameters(method: str, *given: tuple[str, str]) -> bytes:
    return inside(7, method.encode()) + b"".join(inside(8, message((1, name), (2, value))) for name, value in given)


def test_arguments_of_other_chains_are_read_one_by_one() -> None:
    again = ['{"a":"x","b":"y"}', ' {"b":"Y", "a":"X"}\n', b'{"a":"x","b":"y"}'.hex()]
    assert len({content(said(arguments("put", each), "fabric")) for each in again}) == 1
    assert len({content(said(parameters("put", ("k", each)), "chainmaker")) for each in again}) == 1
    two = ("k", "one"), ("l", "two")
    assert content(said(parameters("put", *two), "chainmaker")) == content(
        said(parameters("put", *two[::-1]), "chainmaker")
    )
    assert content(said(arguments("a", "bc"), "fabric")) != content(said(arguments("ab", "c"), "fabric"))
    assert content(said(b"\xff\xff", "chainmaker")) != content(said(b"\xff\xfe", "chainmaker"))
    assert near([arguments("put", f"alive {1_700_000_000_123 + at}") for at in range(9)], "fabric") == 8


BUNDLES: dict[str, tuple[dict[str, Any], bytes]] = {
    "words": ({"form": "words", "argument": 0}, call(32, 20, *range(40, 60))),
    "words to the left": ({"form": "words", "argument": 0}, call(32, 9, *[bytes([at, 1]) for at in range(1, 10)])),
    "moments": ({"form": "json"}, json.dumps([{"m": "alive", "t": 1_700_000_000_123 + at} for at in range(30)]).encode()),
    "letters": ({"form": "json"}, json.dumps([*LETTERS]).encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", BUNDLES)
def test_records_of_a_bundle_that_are_counters_leave_the_lower_bound(name: str, tmp_path: Path) -> None:
    rule, payload = BUNDLES[name]
    asked = Question("chain.records", "distinct", ">= 3 条", {"by": "content"}, about=About.WINDOW)
    data = ether.trace(ether.chain([[ether.signed(0, payload)], [], []]))
    outcome, judged = judge(PROBE, data, asked, tmp_path, {**ether.settings(), "bundled": rule})
    assert (judged.verdict, "near-copies" in codes(outcome)) == ("INCONCLUSIVE", True)


class OfProject(Question):
    """A question about a project of 2023."""

    @cached_property
    def request(self) -> Request:
        project: Any = SimpleNamespace(start=date(2023, 1, 1), end=date(2023, 12, 31))
        return replace(
            Question("chain.records", self.statistic, self.limit, self.parameters, about=self.about).request,
            project=project,
        )


@pytest.mark.parametrize(
    ("start_s", "verdict"),
    [(1_700_000_000, "PASS"), (1_672_444_800, "PASS"), (1_500_000_000, "INCONCLUSIVE"), (1_900_000_000, "INCONCLUSIVE"), (1_700_000_000_000, "INCONCLUSIVE"), (0, "INCONCLUSIVE")],
)  # fmt: skip
@pytest.mark.parametrize("by", ["content", "transaction"])
def test_records_outside_the_projects_time_leave_the_lower_bound(
    start_s: int, verdict: str, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ether, "START_S", start_s)
    payloads = [hashlib.sha256(b"%d" % at).digest() for at in range(5)]
    data = ether.trace(ether.chain([[ether.signed(at, each) for at, each in enumerate(payloads)], [], []]))
    statistic = "distinct" if by == "content" else "count"
    asked = OfProject("chain.records", statistic, ">= 5 条", {"by": by}, about=About.WINDOW)
    outcome, judged = judge(PROBE, data, asked, tmp_path, ether.settings())
    assert (judged.verdict, "outside-period" in codes(outcome)) == (verdict, verdict != "PASS")
