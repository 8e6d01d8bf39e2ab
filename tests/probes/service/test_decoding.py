# SPDX-License-Identifier: Apache-2.0
"""Streams as services really send them: the same figures however the bytes were split, and nothing odd that helps."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.service.digests.exchange import Exchange
from probes.service.digests.rows import REQUEST, table, tpot_ns, ttft_ns
from probes.service.formats.chat import deltas, erroneous
from probes.service.formats.sse import Event, Parser
from tests.probes.service.made import HEAD, MS, event

DONE = "data: [DONE]\n\n"
USAGE = event(None, usage={"prompt_tokens": 9, "completion_tokens": 4})
STREAM = "\ufeff: hello\n\nevent: message\nid: 7\ndata: one\n\ndata:two\ndata:  more 河\n\nretry: 5\n\ndata\n\nevent: ping\ndata: {}\n\n"
EVENTS = [Event("message", "one"), Event("message", "two\n more 河"), Event("message", ""), Event("ping", "{}")]


def said(pieces: Sequence[tuple[int, str | bytes]], end: str = "done", most: int = 64, head: str = HEAD) -> Exchange:
    """A request sent at 0 whose bytes came at these milliseconds."""
    exchange = Exchange(0)
    exchange.take({"r": 0, "due": 0, "at": 0, "ask": {"max_tokens": most}})
    exchange.take({"r": 0, "conn": "new", "tcp": 0, "sent": 0})
    assert exchange.take({"r": 0, "t": 1, "s": head})
    for at, data in pieces:
        exchange.answer.take(data.encode() if isinstance(data, str) else data, at * MS)
    exchange.take({"r": 0, "t": (pieces[-1][0] if pieces else 1) * MS, "end": end})
    return exchange


def figures(exchange: Exchange) -> tuple[float, float, int, str]:
    """First token, time per token (ms), tokens and fault."""
    rows = table([exchange.row()], REQUEST)
    return ttft_ns(rows)[0] / MS, tpot_ns(rows)[0] / MS, int(rows["tokens"][0]), rows["fault"][0].decode()


def text(words: str, **more: Any) -> str:
    return event({"content": words}, **more)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_events_are_the_same_however_the_bytes_are_split_and_lines_end(end: str, cuts: list[int]) -> None:
    data, parser, found = STREAM.replace("\n", end).encode(), Parser(), list[Event]()
    places = sorted({0, len(data), *(each for each in cuts if each < len(data))})
    for start, stop in itertools.pairwise(places):
        found += parser.feed(data[start:stop])
    assert found == EVENTS
    assert parser.comments == 1


def test_an_event_without_its_empty_line_is_none_and_an_endless_one_is_given_up() -> None:
    parser = Parser()
    assert not parser.feed(b"data: half\n")
    assert parser.pending
    assert not parser.feed(b"data: " + b"x" * (17 << 20))
    assert parser.overlong
    assert not parser.feed(b"\n\ndata: late\n\n")


def test_a_role_null_and_empty_text_are_no_token_and_usage_at_the_end_is_not_the_last_one() -> None:
    pieces = [
        (10, event({"role": "assistant", "content": ""})), (20, event({"content": None})), (30, text("a ")), (50, text("b c ")),
        (60, text("d")), (70, event({}, "stop")), (500, USAGE), (600, DONE),
    ]  # fmt: skip
    assert figures(said(pieces)) == (30.0, 10.0, 4, "")


@pytest.mark.parametrize(
    "reason", ["error", "ABORT", "network_error", "sensitive", "insufficient_system_resource", "?"]
)
def test_an_end_for_a_reason_that_nobody_knows_is_no_whole_answer(reason: str) -> None:
    pieces = [(10, text("a")), (20, event({}, reason)), (30, USAGE), (40, DONE)]
    assert figures(said(pieces))[3] == "error-event"
    assert figures(said([(10, text("a")), (20, event({}, "Stop")), (30, USAGE), (40, DONE)]))[3] == ""


def test_an_answer_does_not_begin_with_blanks_and_its_time_per_token_does() -> None:
    pieces = [
        (10, text(" \u200b\n")),
        (100, text("a")),
        (130, text("b")),
        (140, text("c")),
        (150, event({}, "stop")),
        (160, USAGE),
        (170, DONE),
    ]
    assert figures(said(pieces)) == (100.0, pytest.approx(130 / 3), 4, "")
    assert figures(said([(10, text(" \u200b")), (20, event({}, "stop")), (30, USAGE), (40, DONE)]))[3] == "empty"


def test_pieces_read_late_as_one_make_neither_the_first_token_early_nor_the_others_fast() -> None:
    whole = text("a") + text("b") + text("c") + text("d") + event({}, "stop") + USAGE + DONE
    for late, tpot in ((0, 0.0), (9 * MS, pytest.approx(89 / 3))):
        exchange = Exchange(0)
        exchange.take({"r": 0, "due": 0, "at": 0, "ask": {"max_tokens": 64}})
        exchange.take({"r": 0, "conn": "new", "tcp": 0, "sent": 0})
        exchange.take({"r": 0, "t": 1 * MS, "s": HEAD})
        assert exchange.take({"r": 0, "t": 90 * MS, "s": whole, **({"late": late} if late else {})})
        exchange.take({"r": 0, "t": 99 * MS, "end": "done"})
        assert figures(exchange) == (90.0, tpot, 4, ""), "whatever came together on time came together"
        assert exchange.answer.late == bool(late)
    assert not exchange.take({"r": 0, "t": 1, "s": "", "late": -5})


def test_reasoning_calls_of_tools_refusals_and_text_completions_are_tokens() -> None:
    call = {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "look", "arguments": ""}}]}
    more = {"tool_calls": [{"index": 0, "function": {"arguments": '{"a": 1}'}}]}
    for first in ({"reasoning_content": "hm"}, {"reasoning": "hm"}, {"refusal": "no"}, call):
        pieces = [(25, event(first)), (45, event(more)), (55, event({}, "tool_calls")), (60, USAGE), (61, DONE)]
        found = figures(said(pieces))
        assert (found[0], found[3]) == (25.0, "")
    plain = 'data: {"choices":[{"index":0,"text":"word","finish_reason":"stop"}]}\n\n'
    assert figures(said([(40, plain), (41, USAGE), (41, DONE)]))[0] == 40.0


def test_a_service_that_declines_or_is_silenced_has_not_answered() -> None:
    refusal = [(25, event({"refusal": "I will not"})), (45, event({}, "stop")), (60, USAGE), (61, DONE)]
    assert figures(said(refusal))[3] == "refusal"
    silenced = [(25, text("well ")), (45, event({}, "content_filter")), (60, USAGE), (61, DONE)]
    assert figures(said(silenced))[3] == "error-event"
    both = [(25, event({"refusal": "no"})), (30, text("but here is")), (45, event({}, "stop")), (60, USAGE), (61, DONE)]
    assert figures(said(both))[3] == ""


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "down"}, "down"),
        ({"code": 500, "msg": "系统异常"}, "系统异常"),
        ({"code": "40001", "message": "bad key"}, "bad key"),
        ({"errcode": 3, "errmsg": "expired"}, "expired"),
        ({"success": False, "data": None}, "success False"),
        ({"success": "false", "msg": "x"}, "x"),
        ({"code": 0, "msg": "ok", "data": [1]}, ""),
        ({"code": "200", "message": "操作成功"}, ""),
        ({"code": 1, "msg": "成功", "data": [1]}, ""),
        ({"code": "A01", "label": "cat"}, ""),
        ({"errcode": 0, "errmsg": "ok"}, ""),
        ({"result": [1, 2]}, ""),
    ],
)
def test_an_error_in_the_clothes_of_an_answer_is_told(body: dict[str, Any], error: str) -> None:
    assert erroneous(body) == error


def test_two_tokens_a_chunk_count_by_usage_and_deltas_are_weighed_by_tokens() -> None:
    pieces = [(30, text("a b ", usage={"completion_tokens": 2})), (50, text("c d ", usage={"completion_tokens": 4}))]
    exchange = said([*pieces, (51, event({}, "stop")), (52, DONE)])
    assert figures(exchange) == (30.0, pytest.approx(20 / 3), 4, "")
    assert deltas(exchange.answer.transcript.counted) == [(20 * MS, 2)]


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"completion_tokens": 4}, 4),
        (None, -1),
        ({"completion_tokens": "4"}, -1),
        ({"completion_tokens": True}, -1),
        ({"completion_tokens": -4}, -1),
        ({"completion_tokens": 0}, -1),
        ({"completion_tokens": 60}, -1),  # more than three letters can be
        ({"completion_tokens": 44, "completion_tokens_details": {"reasoning_tokens": 40}}, 4),
    ],
)
def test_usage_that_cannot_be_true_counts_as_unknown(usage: dict[str, Any] | None, tokens: int) -> None:
    pieces = [(30, text("a")), (40, text("b")), (50, text("c")), (51, event({}, "stop"))]
    last = event(None, **({"usage": usage} if usage is not None else {}))
    assert figures(said([*pieces, (52, last), (53, DONE)]))[2] == tokens


def test_more_tokens_than_were_asked_for_or_a_falling_count_are_unknown() -> None:
    words = text("word " * 30, usage={"completion_tokens": 30})
    assert figures(said([(30, words), (40, event({}, "stop")), (41, DONE)], most=16))[2] == -1
    falling = [(30, text("a b c", usage={"completion_tokens": 3})), (40, text("d", usage={"completion_tokens": 2}))]
    assert figures(said([*falling, (41, event({}, "stop")), (42, DONE)]))[2] == -1


def test_several_choices_at_once_are_whole_when_each_has_ended_and_share_the_tokens() -> None:
    def one(index: int, delta: dict[str, Any], finish: str | None = None) -> str:
        return f"data: {json.dumps({'choices': [{'index': index, 'delta': delta, 'finish_reason': finish}]})}\n\n"

    pieces = [(30, one(0, {"content": "a "})), (30, one(1, {"content": "b "})), (50, one(0, {"content": "c"}, "stop"))]
    assert figures(said(pieces, "eof"))[3] == "cut"
    whole = [*pieces, (50, one(1, {"content": "d"}, "stop")), (51, USAGE)]
    assert figures(said(whole, "eof")) == (30.0, 20.0, 4, "")


WHOLE = [(30, text("a ")), (40, text("b c d")), (50, event({}, "stop"))]


@pytest.mark.parametrize(
    ("pieces", "end", "fault"),
    [
        ([*WHOLE, (60, USAGE), (61, DONE)], "done", ""),
        ([*WHOLE, (60, USAGE)], "eof", ""),  # [DONE] is missing, the reason for the end is there
        ([*WHOLE, (60, USAGE), (61, DONE)], "reset", ""),  # closed early, after the last mark
        (WHOLE[:2], "eof", "cut"),
        (WHOLE[:2], "reset", "reset"),
        (WHOLE[:2], "timeout", "timeout"),
        ([*WHOLE[:2], (45, 'data: {"error": {"message": "worker died"}}\n\n'), (46, DONE)], "done", "error-event"),
        ([*WHOLE[:2], (45, "event: error\ndata: {}\n\n")], "eof", "error-event"),
        ([*WHOLE[:2], (45, event({}, "abort")), (46, DONE)], "done", "error-event"),
        ([*WHOLE[:1], (35, "data: {half\n\n"), *WHOLE[1:], (61, DONE)], "done", "malformed"),
        ([(10, event({"role": "assistant"})), (20, event({}, "stop")), (21, DONE)], "done", "empty"),
        ([(30, "data: {}\n\n"), (40, DONE)], "done", "empty"),
        ([], "eof", "cut"),
    ],
)
def test_an_answer_is_whole_or_says_why_not(pieces: Sequence[tuple[int, str]], end: str, fault: str) -> None:
    assert figures(said(pieces, end))[3] == fault


@pytest.mark.parametrize(
    ("head", "body", "fault"),
    [
        ("HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n", "{}", "http-500"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", '{"error": {"message": "quota"}}', "error-in-200"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", '{"choices": [{"message": {}}]}', "not-streamed"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<html>", "html"),
        ("HTTP/1.1 200 OK\r\n\r\n", "hello", "no-stream"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n", "x", "encoded"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "", "not-http"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n", "".join(data for _, data in WHOLE) + DONE, ""),
    ],
)  # fmt: skip
def test_what_is_no_stream_is_told_by_what_it_is(head: str, body: str, fault: str) -> None:
    assert figures(said([(5, body)] if body else [], "eof", head=head))[3] == fault


def test_a_name_of_an_event_does_not_hide_a_chunk_and_unknown_fields_are_no_token() -> None:
    pieces = [
        (20, "event: chat.completion.chunk\n" + event({"telemetry": "x"})),
        (30, "event: chat.completion.chunk\n" + text("a b c d")),
        (40, "event: ping\ndata: {}\n\n: comment\n\n"),
        (50, event({}, "stop")),
        (51, USAGE),
        (52, DONE),
        (60, text("after the end")),
    ]
    exchange = said(pieces)
    assert figures(exchange)[0] == 30.0
    assert exchange.answer.transcript.notes == {
        "unknown-field:telemetry": 1, "without-text": 3, "unknown-event": 1, "after-done": 1,
    }  # fmt: skip


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_no_bytes_break_the_decoder_nor_make_an_answer_of_noise(noise: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(noise), *(each for each in cuts if each < len(noise))})
    pieces = [(at, noise[start:stop]) for at, (start, stop) in enumerate(itertools.pairwise(places))]
    assert figures(said(pieces, "eof", head=HEAD))[3]
