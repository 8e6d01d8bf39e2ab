# SPDX-License-Identifier: Apache-2.0
"""A misspelt name is put right by an event under a new seal: what was written stays, no verdict moves, nobody is renamed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.evidence.bundle import Bundle
from harness.evidence.corrections import is_typo
from harness.evidence.journal import Journal, read_journal
from harness.evidence.keys import load_private
from harness.evidence.seal import seal, unseal
from tests.harness.conftest import make_case

Say = Callable[..., tuple[int, str, str]]
MEMBERS = """\
  members:
    - {name: 武汉光谷信息技术有限公司二厂, uscc: "91420000177570439L"}
    - {name: 武汉光谷信息技术有限公司, uscc: "91420100081956776C"}
"""
WHY = ("--reason", "录入时写错一字", "--by", "王工")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with its sealed bundle and the keys that signed it, made once."""
    from harness.cli import main

    folder = tmp_path_factory.mktemp("sealed")
    profile = make_case(folder / "site")
    text = profile.read_text("utf-8")
    assert text.count("  period:") == 1
    profile.write_text(text.replace("  period:", f"{MEMBERS}  period:"), "utf-8")
    assert main(["run", str(profile), "--out", str(folder / "site")]) == 1
    return folder / "site"


@pytest.fixture
def root(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "site")) / "case.bundle"


def correct(says: Say, root: Path, field: str, to: str, *more: str | Path) -> tuple[int, str, str]:
    key = ("--key", root.parent / "case.ed25519.pem")
    return says("correct", root, "--field", field, "--to", to, *WHY, *(more or key))


def test_both_names_who_when_and_why_are_told_and_every_verdict_recomputes_to_the_same_bytes(
    root: Path, says: Say
) -> None:
    before = (root / "data/results.json").read_bytes()
    assert correct(says, root, "project.name", "测试顶目")[0] == 0
    assert correct(says, root, "project.name", "测试项目（一期）")[0] == 0
    code, out, _ = says("verify", root, "--key", root.parent / "case.ed25519.pub.pem", "--lang", "zh")
    assert code == 0, out
    assert "更正：项目名称原写“测试项目”，应为“测试顶目”（录入时写错一字；王工，20" in out
    assert "原写“测试顶目”，应为“测试项目（一期）”" in out
    assert (root / "data/results.json").read_bytes() == before
    code, out, _ = says("replay", root, "--lang", "zh")
    assert (code, "逐字节一致" in out) == (1, True)
    told = json.loads(says("verify", root, "--any-signer", "--json")[1])["about"]
    assert [(each["was"], each["now"]) for each in told["corrections"]] == [
        ("测试项目", "测试顶目"),
        ("测试顶目", "测试项目（一期）"),
    ]
    assert told["project"] == "测试项目"
    says("report", root, "--out", root.parent, "--lang", "zh")
    page = (root.parent / "case.zh.html").read_text("utf-8")
    assert "名称更正" in page
    assert "原写“测试项目”，更正为“测试顶目”" in page
    assert '<p class="subtitle">测试项目（一期）</p>' in page


def test_one_member_of_a_consortium_is_put_right_and_the_other_keeps_its_name(root: Path, says: Say) -> None:
    before = (root / "data/results.json").read_bytes()
    assert correct(says, root, "project.members.2.name", "武汉光谷信息技木有限公司")[0] == 0
    code, out, _ = says("verify", root, "--any-signer", "--lang", "zh")
    assert (code, "更正：联合体成员 2原写“武汉光谷信息技术有限公司”，应为“武汉光谷信息技木有限公司”" in out) == (
        0,
        True,
    )
    assert (root / "data/results.json").read_bytes() == before
    assert says("replay", root)[0] == 1
    says("report", root, "--out", root.parent, "--lang", "zh")
    page = (root.parent / "case.zh.html").read_text("utf-8")
    assert "武汉光谷信息技术有限公司二厂（统一社会信用代码" in page
    assert "武汉光谷信息技木有限公司（统一社会信用代码" in page


def test_the_former_seal_stays_inside_and_the_ledger_knows_the_new_one(root: Path, says: Say, tmp_path: Path) -> None:
    former = (root / "manifest-sha256.txt").read_bytes()
    assert correct(says, root, "test.operator", "测式")[0] == 0
    assert (root / "data/attestations/0001/manifest-sha256.txt").read_bytes() == former
    says("ledger", "--export", tmp_path / "ledger.jsonl")
    doubts = json.loads(says("verify", root, "--any-signer", "--ledger", tmp_path / "ledger.jsonl", "--json")[1])
    assert not [each for each in doubts["doubts"] if "ledger-other" in each["code"]]


@pytest.mark.parametrize(
    ("field", "to", "said"),
    [
        ("project.applicant.name", "武汉某某科技有限公司", "not the same with a slip of the pen"),
        ("project.name", "测试项目", "reads 测试项目 already"),
        ("project.name", "  ", "none of them empty"),
        ("project.name", "测试\u200b项目", "nobody sees"),
        ("project.members.1.name", "北京某某集团", "not the same with a slip of the pen"),
        ("project.members.3.name", "武汉光谷信息技木有限公司", "names 2 further members"),
    ],
)
def test_another_name_or_the_same_is_refused_and_no_byte_changes(
    root: Path, says: Say, field: str, to: str, said: str
) -> None:
    before = {each: each.read_bytes() for each in root.rglob("*") if each.is_file()}
    code, _, err = correct(says, root, field, to, "--lang", "en", "--key", root.parent / "case.ed25519.pem")
    assert code == 2, err
    assert said in err
    assert {each: each.read_bytes() for each in root.rglob("*") if each.is_file()} == before


def test_whoever_signed_signs_again_and_what_is_judged_is_no_field(root: Path, says: Say) -> None:
    before = (root / "data/journal.jsonl").read_bytes()
    code, _, err = correct(says, root, "project.name", "测试顶目", "--lang", "en")
    assert (code, "would not sign the correction" in err) == (2, True)
    with pytest.raises(SystemExit):
        correct(says, root, "project.applicant.uscc", "914201137929081048")
    assert (root / "data/journal.jsonl").read_bytes() == before


def test_a_member_that_the_results_of_an_older_version_do_not_name_is_not_put_right(
    root: Path, says: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (root / "data/journal.jsonl").read_bytes()
    monkeypatch.setattr("harness.console.correcting.parse", lambda _content: {"campaign": {"project": "测试项目"}})
    code, _, err = correct(
        says,
        root,
        "project.members.2.name",
        "武汉光谷信息技木有限公司",
        "--lang",
        "en",
        "--key",
        root.parent / "case.ed25519.pem",
    )
    assert (code, "do not name the members" in err) == (2, True)
    assert (root / "data/journal.jsonl").read_bytes() == before


def test_a_correction_killed_after_the_seal_was_opened_is_simply_said_again(root: Path, says: Say) -> None:
    unseal(Bundle.open(root))
    assert correct(says, root, "project.name", "测试顶目")[0] == 0
    unseal(Bundle.open(root))
    body = {"field": "project.name", "was": "测试顶目", "now": "测试项目", "reason": WHY[1], "by": WHY[3]}
    with Journal.open(Bundle.open(root).journal_path) as journal:
        journal.append("corrected", body, durable=True)
    assert correct(says, root, "project.name", "测试项目")[0] == 0
    kinds = [event.kind for event in read_journal(Bundle.open(root).journal_path)]
    assert kinds[-6:] == ["unsealed", "corrected", "sealed", "unsealed", "corrected", "sealed"]
    assert says("verify", root, "--any-signer")[0] == 0


def test_another_attempt_goes_on_from_the_corrected_bundle(root: Path, says: Say) -> None:
    assert correct(says, root, "test.organisation", "测试所")[0] == 0
    assert says("run", root.parent / "case.yaml", "--out", root.parent)[0] == 1
    assert says("verify", root, "--any-signer")[0] == 0
    code, out, _ = says("replay", root, "--lang", "en")
    assert (code, "identical byte for byte" in out) == (1, True)


@pytest.mark.parametrize(
    ("field", "was", "now"),
    [
        ("project.name", "别的项目", "别的顶目"),
        ("project.name", "测试项目", "武汉大桥工程"),
        ("project.members.1.name", "别的公司", "别的公思"),
        ("project.members.3.name", "别的公司", "别的公思"),
    ],
)
def test_a_correction_by_hand_of_a_name_that_never_stood_there_or_into_another_is_a_defect(
    root: Path, says: Say, field: str, was: str, now: str
) -> None:
    bundle = Bundle.open(root)
    summary = read_journal(bundle.journal_path)[-1].body["summary"]
    unseal(bundle)
    with Journal.open(bundle.journal_path) as journal:
        journal.append("corrected", {"field": field, "was": was, "now": now, "reason": "笔误", "by": "某人"})
    seal(bundle, [load_private(root.parent / "case.ed25519.pem")], software={"name": "x"}, verdict_summary=summary)
    code, out, _ = says("verify", root, "--any-signer", "--json")
    assert (code, "evidence.correction" in out) == (4, True)
    assert says("report", root, "--out", root.parent)[0] == 4


def test_a_typo_is_the_same_name() -> None:
    assert is_typo("武汉光谷信息技术有限公司", "武汉光谷信息技木有限公司")
    assert is_typo("王小明", "王晓明")
    assert not is_typo("王小明", "李强")
    assert not is_typo("Wuhan Alpha", "Beijing Omega Ltd")
