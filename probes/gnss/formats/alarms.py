# SPDX-License-Identifier: Apache-2.0
"""What receivers say of jamming, spoofing and simulation in sentences and messages that are not read otherwise. Pure.

Only words that are known to say that all is well are passed over; whatever else speaks of it is an alarm. So are the remarks that
somebody wrote between sentences, in any language: simulated, filtered, post-processed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from harness.errors import DecodeError
from harness.kit.tables import takes_all_back
from probes.gnss.formats.denials.messages import SAYS_SPOOFED
from probes.gnss.formats.denials.remarks import says_unmeasured

_STATE = re.compile(r"(?:PAIRSPF5?|PQTMJAMMINGSTATUS),(?:\d+,)?(?P<state>\d)")
_QUIET = {"0", "1"}
"""States of Airoha's and Quectel's detectors: not known, none; beyond them a warning, and no fix at all."""
_OF = r"(?:spoof\w*|jam\w*|simulat\w*|replay\w*)"
_FINE = re.compile(
    rf"(?:.*[,;\"\s])?(?:no|not|without)[ _](?:gnss |gps )?{_OF}(?:(?: or |/){_OF})?(?: (?:detected|found|indicated|present))?\W*"
    rf"|(?:.*[,;\"\s])?{_OF}(?: (?:state|status|detection|detector|indicator|ind|level|alarm|monitor\w*))*\s*[:=, ]\s*"
    r"(?:none|no|not|off|ok|0|false|normal|clear|disabled|enabled|on|(?:not|none) (?:detected|found))\W*"
)
_SPEAKS = re.compile(r"jam|spf|spoo|itde|simu|epla")
_LATER = re.compile(
    r"post[- ]?process|\bppk\b|后处理|後処理|後處理|nachbearbeit|post-?trait|постобработ", re.IGNORECASE
)
_FALSE = ("spoo", "simu", "repla")
_DIGITS = re.compile(r"\d+")
_SEPARATORS = ",;\t \r\n"
_SEPARATOR = re.compile(r"[,;\t]")
_CELLS = 3
_DIGIT = re.compile(rb"\d")
_TITLES = 20
"""Lines at the top among which titles stand."""
_LONGEST = 60
_OPENINGS = (b"%", b"#", b";", b"/", b"*")


class Alarm(NamedTuple):
    """``spoofed``: of spoofing, a simulator or a replay, else of jamming; ``words`` of the receiver, digits left out so that counters are one alarm."""

    spoofed: bool
    words: str


def alarm(body: bytes) -> Alarm | None:
    """What a sentence (from behind its '$' or '#' to before its '*') says of jamming, spoofing or simulation; None where it says that there is none.

    Of UBX messages only those come here that say that signals are spoofed.
    """
    if body[:1] == b"b":
        return Alarm(True, SAYS_SPOOFED)
    if not _SPEAKS.search(body.decode("ascii", "replace").casefold()):
        return remark(body)
    text = body.decode("ascii", "replace")
    state, said = _STATE.fullmatch(text), text.casefold()
    if (state is not None and state["state"] in _QUIET) or (state is None and _FINE.fullmatch(said)):
        return None
    return Alarm(any(each in said for each in _FALSE), _DIGITS.sub("#", text)[:_LONGEST])


def refuse_remarks(data: bytes, *, titles: bool = True) -> None:
    """DecodeError for a remark in a log of lines that takes all of it back: behind %, #, ; or in letters that no such log has, or a title in words.

    ``titles``: whether lines of words are looked at; of a table whose head is one, those of several cells say less.
    """
    for number, line in enumerate(data.splitlines()):
        title = titles and line[:1].isalpha() and (number < _TITLES or not _DIGIT.search(line))
        if title or line[:1] in _OPENINGS or line[:1] >= b"\x80":
            text = line.decode("utf-8" if _is_utf8(line) else "gb18030", "replace")
            cells = not titles and _SEPARATOR.search(text.strip(_SEPARATORS)) is not None
            if takes_all_back(text) if cells else says_unmeasured(text):
                msg = f"{text.strip()[:_LONGEST]!r} says that this is no record as it was measured."
                raise DecodeError(msg, cure="export every row as it was measured.")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def remark(body: bytes) -> Alarm | None:
    """A line between sentences that says nobody measured them as they stand; None for any other."""
    text = body.decode("utf-8" if _is_utf8(body) else "gb18030", "replace")
    row = len(_SEPARATOR.findall(text)) > _CELLS and body[:1] not in _OPENINGS  # of a table: its head names what it has
    if not (takes_all_back(text) if row else says_unmeasured(text) or _LATER.search(text)):
        return None
    return Alarm(True, _DIGITS.sub("#", text.strip("#;%!/ \r\n"))[:_LONGEST])
