# SPDX-License-Identifier: Apache-2.0
"""Commands that read a stranger's bundle: damage ends with 4, nothing is printed from what does not recompute, exit 1 is FAIL alone."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.errors import Exit
from harness.evidence import keys
from tests.harness.evidence.forging import agreeing, reseal


def test_all_goes_well_with_an_honest_bundle_and_every_command_tells_the_signer(bundle, scales, says, maker):
    key = scales.parent / "scales.ed25519.pub.pem"
    assert says("verify", bundle, "--key", key)[0] == Exit.PASS
    code, out, _ = says("replay", bundle)
    assert (code, maker.keyid[:16] in out, "who signed is unchecked" in out) == (Exit.PASS, True, True)
    code, out, err = says("report", bundle, "--format", "junit")
    assert (code, maker.keyid[:16] in err) == (Exit.PASS, True)
    assert Path(out.strip()).exists()
    assert json.loads(says("report", bundle, "--format", "junit", "--json")[1])["signatures"][0]["keyid"] == maker.keyid


def test_a_trust_file_and_a_key_that_did_not_sign_are_told_by_exit_3(bundle, scales, says, maker, tmp_path):
    trust = tmp_path / "trust.toml"
    trust.write_text(f'[[signer]]\nkeyid = "{maker.keyid}"\nname = "检测中心"\nrole = "tester"\n', encoding="utf-8")
    code, out, _ = says("verify", bundle, "--trust", trust)
    assert (code, "检测中心" in out) == (Exit.PASS, True)
    keys.generate(tmp_path / "other")
    assert says("verify", bundle, "--key", tmp_path / "other.ed25519.pub.pem")[0] == Exit.UNDECIDED
    assert says("verify", bundle)[0] == Exit.UNDECIDED
    assert says("verify", bundle, "--any-signer")[0] == Exit.PASS
    assert says("verify", bundle, "--any-signer", "--trust", trust)[0] == Exit.USAGE


def relaxed(root: Path) -> None:
    """A scenario with another limit, and the results that it gives: FAIL becomes PASS."""
    path = root / "data/scenario.yaml"
    path.write_bytes(path.read_bytes().replace(b"<= 20 %", b"<= 90 %"))


def better_results(root: Path) -> None:
    path = root / "data/results.json"
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"'))


def other_trace(root: Path) -> None:
    path = next((root / "data/traces").rglob("*.log"))
    path.write_bytes(path.read_bytes().replace(b"40", b"41"))


def added(root: Path) -> None:
    (root / "data/documents/more.txt").write_bytes(b"x")


@pytest.mark.parametrize("tamper", [relaxed, better_results, other_trace, added])
def test_a_tampered_bundle_is_neither_replayed_nor_reported_nor_packed_for_good(bundle, says, tmp_path, tamper):
    tamper(bundle)
    assert says("verify", bundle)[0] == Exit.EVIDENCE
    assert says("replay", bundle)[0] == Exit.EVIDENCE
    assert says("report", bundle, "--out", tmp_path / "reports")[0] == Exit.EVIDENCE
    assert not (tmp_path / "reports").exists()
    packed = tmp_path / "packed.bundle.zip"
    code, out, err = says("pack", bundle, "--out", packed)
    assert (code, out) == (Exit.EVIDENCE, "")
    assert "evidence." in err
    assert not packed.exists()


@pytest.mark.parametrize("tamper", [relaxed, better_results, other_trace, added])
def test_a_damaged_bundle_is_packed_when_it_is_asked_for_and_stays_as_damaged_as_it_was(bundle, says, tmp_path, tamper):
    """For whoever is to look into it: the zip has the same defects, each is told, and the exit code is that of damage."""
    tamper(bundle)
    packed = tmp_path / "packed.bundle.zip"
    code, out, err = says("pack", bundle, "--unverified", "--out", packed)
    assert (code, out.strip()) == (Exit.EVIDENCE, str(packed))
    assert "--unverified" in err
    damage = [json.loads(says("verify", each, "--json")[1])["defects"] for each in (bundle, packed)]
    assert damage[0] == damage[1]
    assert all(each["code"] in err for each in damage[0])
    assert says("replay", packed)[0] == Exit.EVIDENCE


def test_a_whole_bundle_is_packed_and_its_signers_are_told(bundle, says, tmp_path):
    packed = tmp_path / "packed.bundle.zip"
    for more in ([], ["--unverified"]):
        code, out, err = says("pack", bundle, "--out", packed, *more)
        assert (code, out.strip()) == (Exit.PASS, str(packed))
        assert "verify --key" in err
        packed.unlink()


def test_unverified_goes_on_over_a_broken_seal_and_says_so(bundle, says):
    added(bundle)
    code, out, _ = says("replay", bundle, "--unverified")
    assert code == Exit.PASS
    assert "NOT VERIFIED" in out
    assert "evidence.file-extra" in out
    better_results(bundle)
    code, out, _ = says("replay", bundle, "--unverified")
    assert (code, "sealed" in out) == (Exit.EVIDENCE, True)


@pytest.mark.parametrize("tamper", [relaxed, other_trace])
def test_nothing_makes_replay_judge_bytes_that_the_journal_did_not_hash(bundle, says, tamper):
    tamper(bundle)
    assert says("replay", bundle, "--unverified")[0] == Exit.EVIDENCE


def test_a_report_is_made_of_what_recomputes_whoever_sealed_it(bundle, says, maker, tmp_path):
    better_results(bundle)
    reseal(bundle, [maker], lambda events: agreeing(bundle, events))
    assert says("verify", bundle, "--any-signer")[0] == Exit.PASS
    code, _, err = says("report", bundle, "--format", "junit", "--out", tmp_path / "reports")
    assert (code, "not what its records give" in err) == (Exit.EVIDENCE, True)
    assert says("replay", bundle)[0] == Exit.EVIDENCE
    assert not (tmp_path / "reports").exists()


def test_a_scenario_swapped_with_its_whole_seal_still_gives_other_results(bundle, says, maker):
    path = bundle / "data/scenario.yaml"
    path.write_bytes(path.read_bytes().replace(b"<= 20 %", b"<= 1 %"))
    reseal(bundle, [maker], lambda events: agreeing(bundle, events))
    assert says("replay", bundle)[0] == Exit.EVIDENCE


DEEP = b"[" * 100_000 + b"]" * 100_000
DOCUMENTS = {
    "results": "data/results.json",
    "figures": "data/figures.json",
    "campaign": "data/campaign.json",
    "scenario": "data/scenario.yaml",
    "profile": "data/profile.yaml",
}
CONTENTS = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "nested without end": DEEP,
    "a list": b"[]",
    "a number": b"7",
    "infinity": b'{"verdict": Infinity}',
    "a key twice": b'{"verdict": "PASS", "verdict": "FAIL"}',
    "another schema": b'{"schema": "yanshou.results/9", "verdict": "PASS"}',
    "damaged YAML": b"schema: [\n",
    "an alias bomb": b"a: &a [1,2]\nb: &b [*a,*a]\nc: [*b,*b]\n",
}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_whatever_a_document_holds_ends_with_4_and_one_sentence(bundle, says, maker, document, content, signed):
    (bundle / DOCUMENTS[document]).write_bytes(CONTENTS[content])

    def right(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return agreeing(bundle, events) if document != "campaign" else events

    reseal(bundle, [maker] if signed else [], right)
    code, out, _ = says("verify", bundle, "--any-signer")
    another_version = (document, content) == ("results", "another schema")
    assert code == Exit.EVIDENCE or (another_version and code == Exit.UNDECIDED)
    if document in {"scenario", "profile"}:
        assert f"data/{document}.yaml" in out
        assert "evidence.document-form" in out
    assert says("replay", bundle)[0] == Exit.EVIDENCE
    assert says("replay", bundle, "--unverified")[0] == Exit.EVIDENCE
    assert says("report", bundle, "--format", "junit")[0] == Exit.EVIDENCE


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/etc/passwd", "../scales/scale.log"])
def test_a_journal_that_leads_out_of_the_bundle_is_refused_by_every_reader(bundle, says, maker, path):
    def lead(events: list[dict[str, Any]]) -> None:
        for each in events:
            if each["kind"] in {"segment_opened", "segment_closed"}:
                each["body"]["path"] = path

    reseal(bundle, [maker], lead)
    for command in (["verify"], ["replay"], ["replay", "--unverified"], ["report", "--format", "junit"]):
        assert says(command[0], bundle, *command[1:])[0] == Exit.EVIDENCE


@pytest.mark.parametrize("signers", [[{}], [[1]], {}, None, "x", [None], [7]])
def test_signers_of_no_sense_are_a_defect(bundle, says, maker, signers):
    reseal(bundle, [maker])

    def odd(events: list[dict[str, Any]]) -> None:
        events[-1]["body"] = {"summary": events[-1]["body"]["summary"], "signers": signers}

    from tests.harness.evidence import forging

    events = forging.events_of(bundle)
    odd(events)
    (bundle / "data/journal.jsonl").write_bytes(forging.chained(events))
    assert "evidence.journal-body" in says("verify", bundle)[1]


STEERS = "\x1b]0;pwned\x07\x1b[2K\x1b[1A verified OK \u202e\u2066\x9b2J\r"
MARKUP = "[/b][red]x[/nothing]:smile:"


def shown_plainly(text: str) -> bool:
    return not any(letter in text for letter in "\x1b\x07\x9b\u202e\u2066\r")


def test_a_file_name_that_steers_the_terminal_is_written_out(bundle, says):
    name = STEERS.replace("/", "")
    (bundle / "data" / name).write_bytes(b"x")
    (bundle / name).write_bytes(b"x")
    os.mkfifo(bundle / "data" / f"pipe{name}")
    for command in (["verify"], ["verify", "--json"], ["replay"], ["replay", "--unverified"], ["report"], ["pack"]):
        code, out, err = says(command[0], bundle, *command[1:])
        assert code in {Exit.EVIDENCE, Exit.PASS}
        assert shown_plainly(out + err)
    assert "\\x1b]0;pwned" in says("verify", bundle)[1]


def test_a_folder_name_that_steers_the_terminal_is_written_out(bundle, says):
    moved = bundle.with_name(f"{STEERS}.bundle")
    shutil.move(bundle, moved)
    for command in ("verify", "replay", "report", "pack"):
        _, out, err = says(command, moved)
        assert shown_plainly(out + err)


@pytest.mark.parametrize("label", [STEERS.replace("\r", ""), MARKUP])
def test_labels_in_the_evidence_are_text_and_nothing_else(scales, says, tmp_path, label):
    with (scales.parent / "scale.log").open("a", encoding="utf-8") as log:
        log.write(f"99 {label}\n" * 40)
    code, out, err = says("run", scales, "--out", tmp_path)
    assert (code, shown_plainly(out + err)) == (Exit.FAIL, True)
    for command in (["replay"], ["replay", "--json"], ["report", "--format", "junit"]):
        code, out, err = says(command[0], tmp_path / "scales.bundle", *command[1:])
        assert code in {Exit.FAIL, Exit.PASS}
        assert shown_plainly(out + err)


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize("text", [STEERS, MARKUP])
def test_texts_of_a_profile_are_text_and_nothing_else(scales, says, tmp_path, command, text):
    content = scales.read_text(encoding="utf-8").replace("name: 称重", f"name: {json.dumps(text)}")
    scales.write_text(content, encoding="utf-8")
    where = ["--out", tmp_path] if command == "run" else []
    _, out, err = says(command, scales, *where)
    assert shown_plainly(out + err)


@pytest.mark.parametrize(
    "error", [KeyError("path"), MemoryError(), RecursionError("deep"), ZeroDivisionError("x\x1b[2J")]
)
@pytest.mark.parametrize(
    ("command", "code"),
    [("verify", 4), ("replay", 4), ("report", 4), ("pack", 4), ("run", 5), ("plan", 5), ("doctor", 5)],
)
def test_whatever_was_not_foreseen_is_one_sentence_and_never_exit_1(says, monkeypatch, tmp_path, error, command, code):
    def fail(options: object) -> int:
        raise error

    room = "harness.console.packing" if command == "pack" else "harness.commands"
    monkeypatch.setattr(f"{room}.{command}", fail)
    given, out, err = says(command, *([] if command == "doctor" else [tmp_path / "x"]))
    assert (given, out, len(err.splitlines())) == (code, "", 1)
    assert type(error).__name__ in err
    assert "test_hostile_bundles.py" in err
    assert shown_plainly(err)


def test_a_folder_as_deep_as_one_likes_is_refused_quickly(bundle, says):
    deep = bundle / "data"
    here = os.open(deep, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("x", dir_fd=here)
        there = os.open("x", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    for command in ("verify", "replay", "report", "pack"):
        assert says(command, bundle)[0] == Exit.EVIDENCE
    shutil_rmtree_deep(bundle / "data/x")


def shutil_rmtree_deep(path: Path) -> None:
    """Remove a chain of folders that is deeper than any path may be long."""
    moved = 0
    while (path / "x").is_dir():
        target = path.parent / f"y{moved}"
        (path / "x").rename(target)
        path.rmdir()
        path, moved = target, moved + 1
    path.rmdir()


def test_a_file_of_holes_is_refused_before_it_is_read(bundle, says):
    with (bundle / "data/documents/holes").open("wb") as file:
        file.truncate(1 << 40)
    for command in ("verify", "replay", "report", "pack"):
        code, out, err = says(command, bundle)
        assert code == Exit.EVIDENCE
        assert "unreasonably large" in out + err or "大得不合理" in out + err


def test_names_that_are_one_file_elsewhere_are_refused_in_folders_too(bundle, says):
    for name in ("Contract.pdf", "contract.pdf", "\u00e9", "e\u0301"):
        (bundle / "data/documents" / name).write_bytes(b"x")
    assert says("verify", bundle)[1].count("evidence.path-collision") == 2


def test_a_journal_of_more_events_than_any_campaign_is_bounded(bundle, says, monkeypatch):
    monkeypatch.setattr("harness.evidence.journal.MOST_EVENTS", 5)
    for command in ("verify", "replay", "report"):
        code, out, err = says(command, bundle)
        assert code == Exit.EVIDENCE
        assert "evidence.oversized" in out + err


def test_a_line_of_the_journal_longer_than_any_event_is_not_read_to_its_end(bundle, says, monkeypatch):
    monkeypatch.setattr("harness.evidence.journal.LONGEST_LINE", 1000)
    with (bundle / "data/journal.jsonl").open("ab") as file:
        file.write(b"x" * 1_000_000)
    assert "evidence.oversized" in says("verify", bundle)[1]
