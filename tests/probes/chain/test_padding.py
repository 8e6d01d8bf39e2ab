# SPDX-License-Identifier: Apache-2.0
"""Records that are none: the same said again in another writing, transactions that only look like records, blocks nobody sealed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from harness.model import About, Outcome
from harness.testing import Judgement, Question, judge
from probes.chain.formats import contents
from probes.chain.instruments.nodes import PROBE
from probes.chain.measurands.owners import plain
from tests.probes.chain.ether import CONTRACT, RNG, SENDER, chain, settings, signed, trace
from tests.probes.chain.made import codes

RECORD = '{"id":"a","weight":2,"place":"武汉"}'
AGAIN = [
    RECORD.upper().replace("武汉", "武汉"), " " + RECORD, RECORD + "\n", RECORD.replace(",", ", "), RECORD.replace(":", ":\t"),
    '{"weight":2,"place":"武汉","id":"a"}', '{"id":"a","weight":2.0,"place":"武汉"}', '{"id":"a","weight":2e0,"place":"武汉"}',
    r'{"id":"a","weight":2,"place":"\u6b66\u6c49"}', RECORD.replace('"a"', '"ａ"'), RECORD.replace("2", "２"), RECORD.replace(" ", ""),
    RECORD.replace("{", "{\r\n  "), RECORD.replace("武汉", "武汉　"), RECORD.encode().hex(), "0x" + RECORD.encode().hex(),
    RECORD.encode().hex().upper(), base64.b64encode(RECORD.encode()).decode(), base64.urlsafe_b64encode(RECORD.encode()).decode().rstrip("="),
]  # fmt: skip
OTHER = [
    '{"id":"b","weight":2,"place":"武汉"}', '{"id":"a","weight":3,"place":"武汉"}', '{"id":"a","weight":2}', '["a",2,"武汉"]',
    '{"id":"a","weight":"2","place":"武汉"}', '{"id":"a","weight":2,"place":"汉武"}', RECORD[:-1], "",
]  # fmt: skip


def content(payload: bytes, form: str = "") -> bytes:
    return contents.content(contents.said(payload, form))


def call(*words: int | bytes) -> bytes:
    """A call by the ABI; bytes are padded to words."""
    return b"abcd" + b"".join(
        each.to_bytes(32, "big") if isinstance(each, int) else each + bytes(-len(each) % 32) for each in words
    )


def text(record: str, more: bytes = b"") -> bytes:
    return call(32, len(record.encode()), record.encode(), more)


@pytest.mark.parametrize("again", AGAIN)
def test_a_record_in_another_writing_is_the_same_record(again: str) -> None:
    assert content(again.encode()) == content(RECORD.encode())
    assert content(text(again)) == content(text(RECORD))
    assert content(text(again, b"padded" * 9)) == content(text(RECORD))


@pytest.mark.parametrize("other", OTHER)
def test_a_record_that_says_something_else_is_another(other: str) -> None:
    assert content(other.encode()) != content(RECORD.encode())
    assert content(text(other)) != content(text(RECORD))


def test_an_array_of_digests_is_no_text_and_keeps_each() -> None:
    own, other = (b"a" * 32, b"b" * 32), (b"a" * 32, b"c" * 32)
    assert content(call(32, 2, *own)) != content(call(32, 2, *other))
    assert content(call(64, 128, 3, b"abc", 2, *own)) != content(call(64, 128, 3, b"abc", 2, *other))
    assert content(call(32, 2, 64, 128, 1, b"x", 2, b"yz")) != content(call(32, 2, 64, 128, 1, b"x", 2, b"yw"))


@pytest.mark.parametrize(
    "other",
    ["示例 企业", "示例企业 ", "示例\u3000企业", "示例\u200b企业", "\ufeff示例企业", "示例企业。", "示例·企业", "（示例）企业", "(示例)企业", "示例-企业"],
)  # fmt: skip
def test_a_name_with_marks_between_its_words_is_no_other_organisation(other: str) -> None:
    assert plain(other) == plain("示例企业")


GOOD = [f'{{"digest":"{RNG.randbytes(32).hex()}"}}'.encode() for _ in range(12)]
ASKED = Question("chain.records", "distinct", f">= {len(GOOD)} 条", {"by": "content"}, about=About.WINDOW)


def judged(data: bytes, folder: Path, **more: Any) -> tuple[Outcome, Judgement]:
    outcome, found = judge(PROBE, data, ASKED, folder, {**settings(), **more})
    return outcome, found


def honest() -> list[dict[str, Any]]:
    return [signed(at, each) for at, each in enumerate(GOOD)]


def test_what_only_looks_like_a_record_is_taken_off_by_its_own_reason(tmp_path: Path) -> None:
    code = bytes.fromhex("608060405234801561001057600080fd5b50")
    twice = signed(30, b'{"twice":"nonce"}')
    bad = [
        signed(20, b""),  # nothing is written
        signed(21, b'{"to":"myself"}', SENDER),
        signed(22, code, b""), signed(23, code), signed(24, bytes(32) + code),  # a contract, whoever it is sent to
        signed(25, b'{"to":"nobody"}', bytes(20)), signed(26, b'{"to":"precompiled"}', bytes(19) + b"\4"),
        signed(27, b'{"s":"high"}', high=True),
        {**signed(28, b'{"v":"bent"}'), "from": "0x" + CONTRACT.hex()},  # of somebody else
        twice, signed(30, b'{"twice":"other"}'),
        signed(31, GOOD[0]), signed(32, b" " + GOOD[1].upper().replace(b"DIGEST", b"digest")),
        signed(33, text(GOOD[2].decode())), signed(34, text(GOOD[2].decode(), b"garbage")),
    ]  # fmt: skip
    blocks = chain([honest(), bad, [twice]])
    outcome, found = judged(trace(blocks), tmp_path)
    assert outcome.estimate is not None
    assert outcome.estimate.value == len(GOOD) + 1, codes(outcome)  # the text by the ABI is a record, once
    assert {"off-not-business", "off-unsound", "off-signature-twice", "off-nonce-twice", "off-same-payload"} <= codes(
        outcome
    )
    assert found.verdict == "PASS"


def test_blocks_that_nobody_sealed_count_where_most_nodes_are_proven_to_hold_them(tmp_path: Path) -> None:
    blocks = chain([honest()[:6], honest()[6:], []])
    for count, holding, verdict in ((3, 3, "PASS"), (3, 2, "PASS"), (3, 1, "INCONCLUSIVE"), (1, 1, "INCONCLUSIVE")):
        given = {**settings(count), "last": 3}
        outcome, found = judge(
            PROBE, trace(blocks, count, holding=holding), ASKED, tmp_path / f"{count}{holding}", given
        )
        assert (found.verdict, "nobody-sealed" in codes(outcome)) == (verdict, verdict != "PASS"), (count, holding)


@pytest.mark.parametrize("status", [{}, {"root": "0x" + 64 * "0"}, {"status": None}, {"status": "done"}])
def test_receipts_that_do_not_say_whether_it_failed_prove_no_success(status: dict[str, Any], tmp_path: Path) -> None:
    outcome, found = judged(trace(chain([honest(), [], []]), status=status), tmp_path)
    assert (found.verdict, "failures-unknown" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_failed_transactions_are_no_records(tmp_path: Path) -> None:
    outcome, found = judged(trace(chain([honest(), [], []]), status={"status": "0x0"}), tmp_path)
    assert (found.verdict, "off-failed" in codes(outcome)) == ("FAIL", True)


def test_transactions_carried_over_from_another_chain_pass_nothing(tmp_path: Path) -> None:
    strange = [signed(at, each, network=1) for at, each in enumerate(GOOD)]
    for at, bodies in enumerate(([strange, [], []], [honest()[:6], strange[6:], []])):
        outcome, found = judged(trace(chain(bodies)), tmp_path / str(at))
        assert (found.verdict, "other-network-txs" in codes(outcome)) == ("INCONCLUSIVE", True)


@pytest.mark.parametrize("step_s", [-60, 0])
def test_blocks_whose_time_stands_or_goes_back_are_told(step_s: int, tmp_path: Path) -> None:
    outcome, _ = judged(trace(chain([honest(), [], []], step_s)), tmp_path)
    assert "time-back" in codes(outcome)


def test_a_block_that_two_nodes_give_differently_passes_nothing(tmp_path: Path) -> None:
    one, other = chain([honest(), [], []]), chain([honest()[:6], [], []])
    mixed = trace(one, 1) + trace(other, 1).replace(b'"node":"n0"', b'"node":"n1"')
    assert judge(PROBE, mixed, ASKED, tmp_path, settings(2))[1].verdict != "PASS"
