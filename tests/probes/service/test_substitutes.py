# SPDX-License-Identifier: Apache-2.0
"""Answers that are none of the service's own: from a cache, a mock, several models; and requests other than declared."""

from pathlib import Path

import pytest

from harness.errors import DecodeError
from harness.model import Verdict
from tests.probes.service import made
from tests.probes.service.test_entries import judged as called
from tests.probes.service.test_view import codes, judged

LOAD = made.load()
ITL = ("service.itl", "quantile", "<= 100 ms", {"q": "90 %"})


def with_header(line: bytes) -> bytes:
    """Every answer with one more line in its head."""
    return LOAD.replace(b"event-stream\\r\\n\\r\\n", b"event-stream\\r\\n" + line + b"\\r\\n\\r\\n")


def with_field(field: bytes) -> bytes:
    """Every chunk with one more field."""
    return LOAD.replace(b'{\\"choices\\":', b"{" + field.replace(b'"', b'\\"') + b', \\"choices\\":')


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"X-Cache: HIT from edge", "from-cache"), (b"CF-Cache-Status: HIT", "from-cache"), (b"X-LiteLLM-Cache-Hit: True", "from-cache"), (b"Age: 120", "from-cache"),
        (b"X-Mock: true", "mocked"), (b"Server: WireMock", "mocked"), (b"X-Cache: MISS", ""), (b"Cache-Control: no-cache", ""), (b"Age: 0", ""), (b"Server: uvicorn", ""),
        (b"x-litellm-cache-key: hitchcock", ""),
    ],
)  # fmt: skip
def test_an_answer_whose_head_names_a_cache_or_a_mock_proves_nothing(line: bytes, code: str, tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, with_header(line))
    assert judgement.verdict is (Verdict.INCONCLUSIVE if code else Verdict.PASS)
    assert not code or code in codes(outcome)


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (b'"cached": true', "from-cache"),
        (b'"simulated": true', "mocked"),
        (b'"cached": false', ""),
        (b'"model": "m"', ""),
    ],
)
def test_so_does_one_whose_chunks_say_it(field: bytes, code: str, tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, with_field(field))
    assert judgement.verdict is (Verdict.INCONCLUSIVE if code else Verdict.PASS)
    assert not code or code in codes(outcome)


@pytest.mark.parametrize("key", [b"cache_read_input_tokens", b"prompt_cache_hit_tokens"])
def test_tokens_of_the_prompt_from_a_cache_are_found_under_every_name(key: bytes, tmp_path: Path) -> None:
    told = LOAD.replace(b'prompt_tokens\\": 9', b'prompt_tokens\\": 9, \\"' + key + b'\\": 9')
    assert "cached" in codes(judged(tmp_path, told)[0])


def test_a_few_answers_from_a_cache_move_nothing(tmp_path: Path) -> None:
    one = LOAD.replace(b"event-stream\\r\\n\\r\\n", b"event-stream\\r\\nX-Cache: HIT\\r\\n\\r\\n", 1)
    assert judged(tmp_path, one)[1].verdict is Verdict.PASS


def test_answers_of_two_models_are_of_no_service(tmp_path: Path) -> None:
    mixed = with_field(b'"model": "large"').replace(b'\\"large\\"', b'\\"small\\"', 150)
    outcome, judgement = judged(tmp_path, mixed)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "several-models" in codes(outcome)


@pytest.mark.parametrize(("old", "new"), [(b'"ask":{"model": "m"', b'"ask":{"model": "mini"'), (b'"max_tokens": 16}', b'"max_tokens": 1}')])  # fmt: skip
def test_a_request_that_asks_for_something_else_than_its_session_says_is_told(
    old: bytes, new: bytes, tmp_path: Path
) -> None:
    assert old in LOAD
    outcome, judgement = judged(tmp_path, LOAD.replace(old, new))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "asked-otherwise" in codes(outcome)


@pytest.mark.parametrize("ttft_ms", [0.0, -1.0])
def test_no_token_comes_before_it_was_asked_for(ttft_ms: float, tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, made.load(ttft_ms=ttft_ms))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "before-asked" in codes(outcome)


def test_tokens_that_come_all_at_once_have_no_time_between_them(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path / "a", made.load(step_ms=0.0, tokens=16), ITL)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "all-at-once" in codes(outcome)
    assert judged(tmp_path / "b", made.load(step_ms=5.0, tokens=16), ITL)[1].verdict is Verdict.PASS


def noted(heading: str, said: str, rows: int = 5, rest: str = "") -> str:
    """A catalogue of 22 in which the first rows say something in one more column."""
    head, *entries = made.table(22).splitlines()
    return "\n".join(
        [f"{head},{heading}", *(f"{each},{said if at < rows else rest}" for at, each in enumerate(entries)), ""]
    )


@pytest.mark.parametrize(("heading", "said"), [("状态", "已下线"), ("备注", "预计上线"), ("备注", "同S-001"), ("mock", "true"), ("备注", "geplant"), ("阶段", "设计")])  # fmt: skip
def test_an_entry_that_the_catalogue_doubts_waits_for_a_person(heading: str, said: str, tmp_path: Path) -> None:
    rest = "已上线" if heading in {"状态", "阶段"} else ""
    outcome, judgement = called(tmp_path, 22, ">= 20 种", table=noted(heading, said, rest=rest))
    assert judgement.verdict is Verdict.INCONCLUSIVE, "it answers, and whether it counts is open"
    assert outcome.estimate is not None
    assert (outcome.estimate.lower, outcome.estimate.upper) == (17, 22)
    assert said in next(each.text.zh for each in outcome.remarks if each.code == "service.struck")


def test_ordinary_words_beside_an_entry_take_nothing_back(tmp_path: Path) -> None:
    assert called(tmp_path, 22, ">= 20 种", table=noted("备注", "面向制造业"))[1].verdict is Verdict.PASS


def test_a_catalogue_of_plans_or_with_two_hashes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="Above the head"):
        called(tmp_path / "a", 22, ">= 20 种", table="规划方案清单,,,,\n" + made.table(22))
    with pytest.raises(DecodeError, match="mean the same and differ"):
        called(tmp_path / "b", 22, ">= 20 种", table=noted("权重哈希", "a" * 64, 22))
