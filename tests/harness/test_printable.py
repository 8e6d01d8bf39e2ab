# SPDX-License-Identifier: Apache-2.0
"""What a stranger wrote is seen, and steers nothing."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.evidence.defects import LinkError
from harness.printable import HIDDEN, printable, printable_json

ANY = st.text(st.characters(categories=["L", "N", "P", "S", "Z", "Cc", "Cf", "Cs", "Co", "M"]))


@given(ANY)
def test_nothing_hidden_is_left_and_what_is_seen_stays(text: str) -> None:
    shown = printable(text)
    assert not [each for each in shown if unicodedata.category(each) in HIDDEN]
    assert shown == text or [each for each in text if unicodedata.category(each) in HIDDEN]
    assert printable(shown) == shown
    shown.encode("utf-8")


@given(ANY)
def test_json_keeps_its_value_and_holds_nothing_that_steers(text: str) -> None:
    written = printable_json(json.dumps({text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(written) == {text: [text]}
    assert not [each for each in written if each != "\n" and unicodedata.category(each) in HIDDEN]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb", "a\\nb"),
        ("\u202eabc", "\\u202eabc"),
        ("\x9b31m", "\\x9b31m"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("验收　测试，é", "验收　测试，é"),
    ],
)
def test_each_hidden_character_becomes_its_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_errors_and_defects_are_one_line_whatever_they_quote() -> None:
    nasty = "x\x1b[1A\r\nyanshou: verified OK\u2028"
    assert len(str(UsageError(nasty, cure=nasty, where=nasty)).splitlines()) == 1
    assert len(LinkError(nasty, where=nasty).defect.line("zh").splitlines()) == 1
