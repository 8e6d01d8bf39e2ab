# SPDX-License-Identifier: Apache-2.0
"""What of a record is nothing but a counter: figures and small numbers, time stamps, salts, filler, the edges of bytes.

Records that are the same without them are near-copies. Whoever writes one record a hundred thousand times has to change something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.kit.copies import seen
from probes.chain.formats.contents import Said, content, framed, said, whole
from probes.chain.wire import flat

NEAR = 8
"""Bytes in which records may differ from each other and still be nothing but a counter."""
_WORD, _SELECTOR, _FEW = 32, 4, 4
_FIGURES = bytes.maketrans(b"123456789", b"0" * 9)
_EPOCH_S = range(1_400_000_000, 2_100_000_000)
_UNITS = (1, 10**3, 10**6, 10**9)
_TIMES = re.compile(
    rb"(?<![0-9])(?:"
    rb"1[4-9][0-9]{8}(?:[0-9]{3}){0,3}|20[0-9]{12}(?:[0-9]{3})?"
    rb"|(?:19|20)[0-9]{2}(?:[-/.]|\xe5\xb9\xb4)(?:1[0-2]|0?[1-9])(?:[-/.]|\xe6\x9c\x88)(?:3[01]|[12][0-9]|0?[1-9])(?:\xe6\x97\xa5)?"
    rb"(?:t?[0-9]{1,2}(?:[:.]|\xe6\x97\xb6)[0-9]{1,2}(?:(?:[:.]|\xe5\x88\x86)[0-9]{0,2}(?:[.,][0-9]+)?(?:\xe7\xa7\x92)?)?(?:z|[+-][0-9]{2}:?[0-9]{2})?)?"
    rb")(?!:?[0-9])"
)
"""Seconds since 1970 and their thousandths, a date, with or without a time of day (blanks and capitals are gone already)."""
_NAMES = (
    b"nonce", b"salt", b"random", b"rand", b"seq", b"seqno", b"requestid", b"traceid", b"timestamp", b"uuid", b"guid", b"msgid", b"messageid", b"reqid", b"reqno", b"token", b"sign",
    b"signature", b"msg_id", b"message_id", b"req_id", b"request_id", b"trace_id", b"seq_no", b"spanid", b"span_id",
)  # fmt: skip
_SALTS = re.compile(
    rb'"(?:'
    + b"|".join(_NAMES)
    + "|随机数|随机值|盐|盐值|序号|时间戳|消息编号|消息标识|请求编号|请求标识|令牌|签名".encode()
    + rb')":(?:"[^"]*"|[^,}\]]*)'
)
"""Members of a JSON text whose names say that they only tell one writing from another."""
_DATED = re.compile(rb"(?:1[4-9]|20)[0-9]{8}|(?:19|20)[0-9]{2}[-/.\xe5]")
"""What no time stamp can be without; most texts have none, and looking for it is quick."""
_FILLER = re.compile(rb'<!--.*?-->|"[^"]*":(?:null|""|\{\}|\[\])|(?<=[\[,])(?:null|""|\{\}|\[\])(?=[\],])', re.DOTALL)
_LEADS = bytes([*range(0xCD, 0xD7), 0xE1, 0xE2, 0xEA])
_STRANGE = re.compile(rb"[\xcd-\xd6]|\xe1[\x8e\x8f\xb4\xb5]|\xe2[\xb1-\xb3]|\xea[\x93\xac-\xae]")
"""How letters begin in UTF-8 that look like Latin ones: of Greek, Cyrillic, Armenian, Cherokee, Coptic and Lisu, and small capitals."""


def told(payloads: Sequence[bytes], form: str) -> Iterator[tuple[bytes, bytes, int]]:
    """Of each payload its content, and what :func:`masked` gives; flat JSON, as most records are, is read together."""
    usual = flat.written(payloads, _NAMES) if whole(form) else [None] * len(payloads)
    for payload, found in zip(payloads, usual, strict=True):
        if found is None or not found[2] or len(found[0]) <= NEAR:
            parts = said(payload, form)
            yield content(parts), *masked(parts)
            continue
        data, figures, _ = found
        if figures > NEAR:
            yield framed(data), b"", 255
        else:
            yield framed(data), data.translate(_FIGURES), figures


def masked(parts: list[Said]) -> tuple[bytes, int]:
    """The record without its counters, and how many bytes those are; 255 where it is no candidate for a near-copy.

    Time stamps, salts and filler count for none. Where figures and small numbers are more than :data:`NEAR` bytes they are what the
    record says, and stay.
    """
    size = sum([len(each.data) for each in parts])
    if size <= NEAR:
        return b"", size
    bare = [_bare(each) for each in parts]
    counters = [_counter(each) for each in bare]
    changed = sum([count for _, count in counters])
    if changed <= NEAR:
        return b"\0".join([each for each, _ in counters]), changed
    return (b"", 255) if bare == parts else (b"\0".join([each.data for each in bare]), 0)


def _bare(part: Said) -> Said:
    """A part without its time stamps, salts, filler and edges; itself where it has none."""
    data = part.data
    if not part.text:
        if len(data) == _SELECTOR:
            return part
        if len(data) == _WORD and any(int.from_bytes(data, "big") // unit in _EPOCH_S for unit in _UNITS):
            return Said(b"", text=False)
        edge = 0 if len(data) == _WORD else min(NEAR, len(data) // 4)
        return Said(data[edge : len(data) - edge], text=False)
    if len(data) > NEAR and len(set(data[:_WORD])) <= _FEW and len(set(data)) <= _FEW:
        return Said(b"", text=True)
    if len(data) != len(data.translate(None, _LEADS)) and _STRANGE.search(data) is not None:
        data = seen(data.decode("utf-8", "replace"), marks=True).casefold().encode()
    data = _SALTS.sub(b"", data)
    data = _TIMES.sub(b"", data) if _dated(data.translate(_FIGURES)) and _DATED.search(data) is not None else data
    filled = b"null" in data or b'""' in data or b"{}" in data or b"[]" in data or b"<!--" in data
    return Said(_FILLER.sub(b"", data).replace(b",", b"") if filled else data, text=True)


def _dated(figures: bytes) -> bool:
    """Whether a text whose figures are all zero may have a time stamp; most have none, and looking for these is quick."""
    runs = b"0000000000" in figures or b"0000-" in figures or b"0000/" in figures or b"0000." in figures
    return runs or b"0000\xe5" in figures


def _counter(part: Said) -> tuple[bytes, int]:
    """A part with every figure as zero, or a word of few bytes as nothing; and how many bytes that were."""
    data = part.data
    if part.text:
        return data.translate(_FIGURES), len(data) - len(data.translate(None, b"0123456789"))
    core = data.strip(b"\0")
    return (b"", len(core)) if len(data) == _WORD and len(core) <= NEAR else (data, 0)
