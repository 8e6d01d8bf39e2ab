# SPDX-License-Identifier: Apache-2.0
"""HL7 v2 against the reader of another project (hl7), frames in any split, and lists that state how many they hold."""

import hl7 as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.unreadable import UnreadableError
from probes.health.formats import hl7
from probes.health.formats.forms import ACCEPTED, Answer
from probes.health.simulators.hospital import acknowledged
from tests.probes.health.made import body


def test_another_reader_finds_the_same_fields() -> None:
    given_ = body("hl7", 7)
    other, ours = oracle.parse(given_.decode()), hl7.record(given_)
    assert ours.identifier == str(other.segment("MSH")[10])
    assert ours.kind == "ORU^R01^ORU_R01"
    assert ours.patients == (other["PID.F3.R1.C1"],)
    for number, segment in enumerate(other.segments("OBX"), start=1):
        for at in range(1, len(segment)):
            assert ours.fields.get(f"OBX[{number}]-{at}", "") == str(segment[at])


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_and_empty_fields_at_the_end_do_not_matter(end: str) -> None:
    given_ = body("hl7", 1)
    other = given_.decode().replace("\r", "||" + end).encode()
    assert hl7.record(other).digest == hl7.record(given_).digest


@given(st.data())
def test_any_changed_character_is_a_changed_field(data: st.DataObject) -> None:
    text = body("hl7", 3).decode()
    at = data.draw(st.integers(80, len(text) - 2).filter(lambda each: text[each] not in "\r|"))
    changed = text[:at] + ("X" if text[at] != "X" else "Y") + text[at + 1 :]
    try:
        found = hl7.record(changed.encode())
    except UnreadableError:
        return
    assert found.digest != hl7.record(text.encode()).digest


@given(
    st.lists(st.binary(min_size=1, max_size=30).filter(lambda each: b"\x1c" not in each), max_size=4), st.integers(1, 9)
)
def test_frames_come_out_whole_however_they_arrive(messages: list[bytes], step: int) -> None:
    stream, found, rest = b"".join(map(hl7.framed, messages)), list[bytes](), b""
    for at in range(0, len(stream), step):
        some, rest = hl7.unframed(rest + stream[at : at + step])
        found += some
    assert (found, rest) == (messages, b"")


def test_an_acknowledgement_is_for_its_own_message() -> None:
    for code, state in (("AA", "accepted"), ("CA", "accepted"), ("AE", "again"), ("AR", "refused"), ("XX", "refused")):
        assert hl7.receipt(Answer(0, acknowledged("7", code)), "7").state == state
    assert hl7.receipt(Answer(0, acknowledged("8", "AA")), "7").state == "again"


def test_a_batch_says_how_many_it_has() -> None:
    batch = b"FHS|^~\\&|\rBHS|^~\\&|\r" + body("hl7", 1) + body("hl7", 2) + b"BTS|2\rFTS|1\r"
    page = hl7.page(batch)
    assert (len(page.entries), page.total) == (2, 2)
    assert hl7.page(body("hl7", 1)).total is None


@pytest.mark.parametrize("bad", [b"", b"PID|1\r", b"MSH|^~\\&|\r\xff", b"<html>", b"MSH|^~\\&|A|B\rpid|1\r"])
def test_what_is_no_message_is_refused(bad: bytes) -> None:
    with pytest.raises(UnreadableError):
        hl7.record(bad)


@pytest.mark.parametrize(
    "rest",
    [
        "MSA|AA|X\rMSA|AE|X\r",
        "MSA|AA|X\rMSA|AA|Y\r",
        "MSA|AA|X\rERR||PID^1|101|E\r",
        "MSA|AA|OTHER\r",
        "MSA|AA\r",
        "MSA|aa|X\r",
        "",
    ],
)
def test_an_acceptance_beside_an_error_or_of_another_message_is_none(rest: str) -> None:
    told = hl7.receipt(Answer(0, f"MSH|^~\\&|HIS\r{rest}".encode()), "X")
    assert told.state != ACCEPTED
    warned = "MSH$^~\\&$HIS\rMSA$AA$X\rERR$$$0$W\r"
    assert hl7.receipt(Answer(0, warned.encode()), "X").state == ACCEPTED, (
        "a warning, and another separator, are no error"
    )
