# SPDX-License-Identifier: Apache-2.0
"""Attempts cannot be hidden: challenges, the ledger, the statement under the seal, and violations that stand until something is corrected."""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.account import ledger
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import read_journal
from harness.evidence.verify import verify
from harness.replay import replay

Say = Callable[..., tuple[int, str, str]]
Edit = Callable[[Path, str, str], None]


@pytest.fixture
def issue(says: Say, tmp_path: Path) -> Callable[[str], Path]:
    def given(name: str) -> Path:
        path = tmp_path / f"{name}.json"
        assert (
            says("challenge", "issue", "--book", tmp_path / "book.jsonl", "--out", path, "--office", "验收办")[0] == 0
        )
        return path

    return given


def results(root: Path) -> dict:
    return json.loads((root / "data/results.json").read_bytes())


def verdict(root: Path, identifier: str) -> str:
    return next(each["verdict"] for each in results(root)["indicators"] if each["id"] == identifier)


def predicate(root: Path) -> dict:
    envelope = json.loads((root / "attestation.dsse.json").read_bytes())
    return json.loads(base64.b64decode(envelope["payload"]))["predicate"]


def doubts(says: Say, *arguments: str | Path) -> tuple[int, list[str]]:
    code, out, _ = says("verify", *arguments, "--any-signer", "--json")
    return code, [each["code"] for each in json.loads(out)["doubts"]]


def test_a_challenge_stands_in_the_first_entry_and_under_the_seal(case: Path, says: Say, issue, tmp_path: Path) -> None:
    given = issue("one")
    says("run", case, "--challenge", given, "--out", tmp_path / "out")
    root = tmp_path / "out" / "case.bundle"
    nonce = json.loads(given.read_bytes())["nonce"]
    assert read_journal(Bundle.open(root).journal_path)[0].body["challenge"]["nonce"] == nonce
    said = predicate(root)["agreed"]
    assert (said["challenge"], said["attempt"], said["sequence"]) == (nonce, 1, 1)
    assert doubts(says, root, "--challenges", tmp_path / "book.jsonl") == (0, [])
    assert "验收办 签发的挑战码" in says("verify", root, "--any-signer", "--lang", "zh")[1]


def test_without_a_challenge_the_tool_says_what_it_cannot_rule_out(case: Path, says: Say, tmp_path: Path) -> None:
    says("run", case, "--out", tmp_path / "out")
    assert (
        "不能排除未提交的测试次数"
        in says("verify", tmp_path / "out" / "case.bundle", "--any-signer", "--lang", "zh")[1]
    )


def test_a_challenge_is_good_for_one_attempt(case: Path, says: Say, edit: Edit, issue, tmp_path: Path) -> None:
    given = issue("one")
    says("run", case, "--challenge", given, "--out", tmp_path / "first")
    code, _, told = says("run", case, "--challenge", given, "--out", tmp_path / "second")
    assert (code, "was used before" in told) == (2, True)
    code, _, told = says("run", case, "--challenge", given, "--out", tmp_path / "first")
    assert (code, "was used before" in told) == (2, True)
    assert says("run", case, "--challenge", issue("two"), "--out", tmp_path / "first")[0] == 1
    assert predicate(tmp_path / "first" / "case.bundle")["agreed"]["attempt"] == 2


def test_the_office_sees_a_challenge_that_came_back_with_another_bundle(
    case: Path, says: Say, issue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, book = issue("one"), tmp_path / "book.jsonl"
    says("run", case, "--challenge", given, "--out", tmp_path / "first")
    monkeypatch.setenv("YANSHOU_LEDGER", str(tmp_path / "wiped.jsonl"))
    says("run", case, "--challenge", given, "--out", tmp_path / "second")
    first, second = (tmp_path / name / "case.bundle" for name in ("first", "second"))
    assert says("challenge", "owed", "--book", book)[0] == 3
    assert says("challenge", "return", first, "--book", book)[0] == 0
    assert says("challenge", "owed", "--book", book)[0] == 0
    code, _, told = says("challenge", "return", second, "--book", book)
    assert (code, "was used before" in told) == (2, True)
    assert doubts(says, second, "--challenges", book) == (3, ["challenge.used-twice"])
    assert doubts(says, first, "--challenges", book) == (0, [])


def test_a_challenge_of_nobody_and_a_book_with_a_hole_are_told(case: Path, says: Say, issue, tmp_path: Path) -> None:
    given, book = issue("one"), tmp_path / "book.jsonl"
    says("run", case, "--challenge", given, "--out", tmp_path / "out")
    root = tmp_path / "out" / "case.bundle"
    says("challenge", "issue", "--book", tmp_path / "other.jsonl", "--out", tmp_path / "x.json")
    assert doubts(says, root, "--challenges", tmp_path / "other.jsonl") == (3, ["challenge.never-issued"])
    issue("two")
    lines = book.read_bytes().splitlines(keepends=True)
    book.write_bytes(lines[1])
    code, _, told = says("verify", root, "--any-signer", "--challenges", book)
    assert (code, "has a hole" in told) == (4, True)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"schema":"yanshou.challenge/1"}', b"\xff"])
def test_what_is_no_challenge_is_refused(case: Path, says: Say, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.json").write_bytes(content)
    code, _, told = says("run", case, "--challenge", tmp_path / "c.json", "--out", tmp_path / "out")
    assert (code, "no challenge of an office" in told) == (2, True)


def test_a_proven_violation_stands_until_something_is_corrected(case: Path, says: Say, tmp_path: Path) -> None:
    root = tmp_path / "case.bundle"
    says("run", case, "--out", tmp_path)
    assert verdict(root, "t01.others") == "FAIL"
    shutil.copy(case.with_name("adopters.csv"), case.with_name("others.csv"))
    assert says("run", case, "--out", tmp_path)[0] == 1
    assert verdict(root, "t01.others") == "FAIL"
    reasons = next(each for each in results(root)["indicators"] if each["id"] == "t01.others")["reasons"]
    assert reasons[0]["code"] == "attempts.stands"
    assert replay(root).identical


def test_a_corrective_action_lets_the_next_attempt_speak_for_itself(case: Path, says: Say, tmp_path: Path) -> None:
    root = tmp_path / "case.bundle"
    says("run", case, "--out", tmp_path)
    shutil.copy(case.with_name("adopters.csv"), case.with_name("others.csv"))
    code, _, told = says("run", case, "--out", tmp_path, "--corrective", "改了")
    assert (code, "too short" in told) == (2, True)
    assert says("run", case, "--out", tmp_path, "--corrective", "补交了另外四家的合同原件")[0] == 0
    assert verdict(root, "t01.others") == "PASS"
    former = results(root)["campaign"]["former"][0]
    assert (former["number"], former["verdict"]) == (1, "FAIL")
    assert results(root)["campaign"]["agreed"]["corrective"][0]["text"] == "补交了另外四家的合同原件"
    assert "补交了另外四家的合同原件" in says("verify", root, "--any-signer", "--lang", "zh")[1]


def test_the_statement_names_the_bundle_before(case: Path, says: Say, tmp_path: Path) -> None:
    says("run", case, "--out", tmp_path / "first")
    first = verify(tmp_path / "first" / "case.bundle").digests["manifest-sha256.txt"].sha256
    says("run", case, "--out", tmp_path / "second")
    said = predicate(tmp_path / "second" / "case.bundle")["agreed"]
    assert (said["sequence"], said["previous"]) == (2, first)
    says("run", case, "--out", tmp_path / "second")
    second = predicate(tmp_path / "second" / "case.bundle")["agreed"]
    assert (second["attempt"], second["sequence"], second["previous"] != first) == (2, 3, True)


def test_an_exported_ledger_names_starts_without_a_seal(
    case: Path, says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("harness.recorder.Recording.run", lambda _self: False)
        assert says("run", case, "--out", tmp_path / "dropped")[0] == 2
    says("run", case, "--out", tmp_path / "out")
    root, exported = tmp_path / "out" / "case.bundle", tmp_path / "ledger.jsonl"
    assert says("ledger", "--export", exported)[0] == 0
    code, told, _ = says("verify", root, "--any-signer", "--ledger", exported, "--lang", "zh")
    assert (code, "没有封存" in told, str(tmp_path / "dropped") in told) == (3, True, True)


def test_a_ledger_with_a_hole_rewritten_or_of_another_machine_is_told(
    case: Path, says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says("run", case, "--out", tmp_path / "first")
    says("run", case, "--out", tmp_path / "out")
    root = tmp_path / "out" / "case.bundle"
    whole = ledger.place().read_bytes()
    lines = whole.splitlines(keepends=True)
    (tmp_path / "hole").write_bytes(b"".join(lines[:1] + lines[2:]))
    assert "verifying.ledger-hole" in doubts(says, root, "--ledger", tmp_path / "hole")[1]
    monkeypatch.setenv("YANSHOU_LEDGER", str(tmp_path / "rewritten"))
    says("run", case, "--out", tmp_path / "elsewhere")
    assert doubts(says, root, "--ledger", tmp_path / "rewritten") == (
        3,
        ["verifying.ledger-rewritten", "verifying.ledger-other"],
    )
    (tmp_path / "whole").write_bytes(whole)
    assert doubts(says, root, "--ledger", tmp_path / "whole") == (3, ["verifying.sealed-elsewhere"])


def test_a_ledger_written_anew_with_other_times_contradicts_the_bundle(case: Path, says: Say, tmp_path: Path) -> None:
    """Its chain holds and nothing stood in it before, so that only the times and the count can tell."""
    says("run", case, "--out", tmp_path / "out")
    root, prev, rows = tmp_path / "out" / "case.bundle", ledger.FIRST, []
    for raw in ledger.place().read_bytes().splitlines():
        line = {key: each for key, each in json.loads(raw).items() if key != "hash"}
        line |= {"time_ns": str(int(line["time_ns"]) - 86_400 * 10**9), "prev": prev}
        prev = hashlib.sha256(canonical_bytes(line)).hexdigest()
        rows.append(canonical_bytes({**line, "hash": prev}) + b"\n")
    anew = tmp_path / "anew"
    anew.write_bytes(b"".join(rows))
    assert doubts(says, root, "--ledger", ledger.place()) == (0, [])
    assert doubts(says, root, "--ledger", anew) == (3, ["verifying.ledger-contradicts"])
