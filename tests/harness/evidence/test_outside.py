# SPDX-License-Identifier: Apache-2.0
"""Whatever a journal says lies in the bundle, as a plain file whose closing digest covers it; verify says so, and nothing else is judged."""

import os
import shutil
import time
from pathlib import Path

import pytest

from harness.errors import EvidenceError, Exit
from harness.evidence.bundle import Bundle
from harness.evidence.crosscheck import refuse_other_bytes
from harness.evidence.journal import read_journal
from harness.evidence.verify import verify
from harness.records import record_of
from tests.harness.evidence.forging import event, reseal

WHOSE = {"indicator": "s01.latency", "source": "stamp", "attempt": 2}
SEGMENT = "data/traces/s01.latency/stamp/0001.pcapng"
ELSEWHERE = {
    "up and out": "../outside.csv",
    "up from the right folder": "data/traces/s01.latency/stamp/../../../../../outside.csv",
    "absolute": "/etc/passwd",
    "an endless device": "/dev/zero",
    "standard input": "/dev/stdin",
    "a tag file": "bag-info.txt",
    "the journal": "data/journal.jsonl",
    "the results": "data/results.json",
    "another source's trace": "data/traces/s01.latency/other/0001.pcapng",
    "another indicator's trace": "data/traces/s01.loss/stamp/0001.pcapng",
    "a document as a trace": "data/documents/s01.demos/合同 一.txt",
    "the folder itself": "data/traces/s01.latency/stamp/",
    "a dot in the way": "data/traces/s01.latency/stamp/./0001.pcapng",
    "an empty name in the way": "data/traces/s01.latency/stamp//0001.pcapng",
    "a backslash": "data/traces/s01.latency/stamp/..\\..\\x",
    "a NUL": "data/traces/s01.latency/stamp/x\0.pcapng",
    "a drive": "C:/data/traces/s01.latency/stamp/1",
    "nothing": "",
    "a name too long": "data/traces/s01.latency/stamp/" + "x" * 300,
    "a path too deep": "data/traces/s01.latency/stamp/" + "x/" * 2000 + "y",
}


def opened(path: str) -> list[dict]:
    return [event("segment_opened", {**WHOSE, "path": path})]


def closed(path: str) -> list[dict]:
    return [*opened(path), event("segment_closed", {**WHOSE, "path": path, "sha256": "0" * 64, "bytes": 1})]


def attached(path: str) -> list[dict]:
    return [event("attached", {**WHOSE, "path": path, "sha256": "0" * 64, "bytes": 1, "name": "x"})]


def torn(path: str) -> list[dict]:
    return [event("torn_tail", {**WHOSE, "path": path, "dropped": 1})]


def settled(path: str) -> list[dict]:
    return [event("segment_closed", {"path": path, "sha256": "0" * 64, "bytes": 1, "by": "seal"})]


def dropped(path: str) -> list[dict]:
    return [event("segment_dropped", {**WHOSE, "path": path})]


def refused(bundle: Bundle) -> set[str]:
    """The codes of verify; reading for judging refuses as well, without opening anything outside."""
    began = time.monotonic()
    codes = {defect.code for defect in verify(bundle.root).defects}
    with pytest.raises(EvidenceError) as raised:
        judged(bundle)
    assert raised.value.exit_code == Exit.EVIDENCE
    assert time.monotonic() - began < 30
    return codes


def judged(bundle: Bundle) -> None:
    """What evaluation does before it decodes a byte."""
    events = read_journal(bundle.journal_path)
    record = record_of(bundle, events)
    refuse_other_bytes(bundle.root, events, [each.path for each in record.files])


EVENTS = [opened, closed, attached, torn, dropped]
SETTLED = [where for where in ELSEWHERE if not where.startswith("another ")]  # the seal settles any source's segment


@pytest.mark.parametrize(
    ("says", "where"),
    [*((says, where) for says in EVENTS for where in ELSEWHERE), *((settled, each) for each in SETTLED)],
)
def test_no_event_may_name_a_path_outside_its_folder(sealed, pairs, says, where):
    path = ELSEWHERE[where]
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: [*events[:-1], *says(path), events[-1]])
    assert refused(sealed) == {"evidence.path"}


@pytest.mark.parametrize("there", [True, False], ids=["there", "absent"])
def test_a_segment_that_nobody_closed_is_a_defect_whether_its_file_is_there_or_not(sealed, pairs, there):
    path = "data/traces/s01.latency/stamp/0003.pcapng"
    if there:
        (sealed.root / path).write_bytes(b"bytes that no digest covers")
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: [*events[:-1], *opened(path), events[-1]])
    assert refused(sealed) == {"evidence.segment-open"}


def test_a_segment_that_was_dropped_may_not_be_there(sealed, pairs):
    path = "data/traces/s01.latency/stamp/0003.pcapng"
    more = [*opened(path), *dropped(path)]
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: [*events[:-1], *more, events[-1]])
    assert verify(sealed.root).defects == ()
    judged(sealed)
    (sealed.root / path).write_bytes(b"bytes that no digest covers")
    reseal(sealed.root, [pairs["stranger.ed25519"]])
    assert {defect.code for defect in verify(sealed.root).defects} == {"evidence.segment-unknown"}


def test_what_was_closed_cannot_be_dropped_afterwards(sealed, pairs):
    (sealed.root / SEGMENT).unlink()
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: [*events[:-1], *dropped(SEGMENT), events[-1]])
    assert "evidence.segment-missing" in {defect.code for defect in verify(sealed.root).defects}


def as_link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def as_link_to_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def as_pipe(path: Path) -> None:
    os.mkfifo(path)


def as_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("instead", [as_link, as_link_to_endless, as_pipe, as_folder])
def test_a_trace_that_is_no_plain_file_is_refused_and_never_opened(sealed, pairs, instead):
    path = "data/traces/s01.latency/stamp/0002.pcapng"
    (sealed.root / path).unlink()
    instead(sealed.root / path)
    reseal(sealed.root, [pairs["stranger.ed25519"]])
    assert refused(sealed) & {"evidence.symlink", "evidence.segment-missing"}


def test_a_trace_folder_that_is_a_link_is_refused(sealed, pairs, tmp_path):
    folder = sealed.root / "data/traces/s01.latency"
    shutil.move(folder, tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    reseal(sealed.root, [pairs["stranger.ed25519"]])
    assert "evidence.symlink" in refused(sealed)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("data/traces/s01.latency/stamp/0002.pcapng", "evidence.segment-changed"),
        ("data/scenario.yaml", "evidence.scenario-swapped"),
        ("data/profile.yaml", "evidence.profile-swapped"),
        ("data/campaign.json", "evidence.campaign-edited"),
    ],
)
def test_only_bytes_that_hash_to_the_journal_are_judged_whatever_the_seal_says(sealed, pairs, path, code):
    content = (sealed.root / path).read_bytes()
    (sealed.root / path).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    reseal(sealed.root, [pairs["stranger.ed25519"]])
    with pytest.raises(EvidenceError) as raised:
        judged(sealed)
    assert raised.value.code == code
