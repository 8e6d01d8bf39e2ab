# SPDX-License-Identifier: Apache-2.0
"""A plan is sealed, counter-signed and run by; whatever differs from it is told in a sentence, and nothing is told where nothing does."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.agreed.plan import read_plan
from harness.agreed.plan import sealed as seal_plan
from harness.errors import EvidenceError
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.dsse import pre_authentication
from harness.evidence.journal import read_journal
from harness.evidence.keys import generate, load_private
from harness.evidence.verify import verify
from harness.replay import replay

Say = Callable[..., tuple[int, str, str]]
Edit = Callable[[Path, str, str], None]


@pytest.fixture
def sealed(case: Path, says: Say) -> Path:
    code, out, _ = says("plan", case, "--seal")
    assert code == 0
    assert str(case.parent / "case.plan.json") in out
    return case.parent / "case.plan.json"


def results(root: Path) -> dict:
    return json.loads((root / "data/results.json").read_bytes())


def codes(root: Path) -> list[str]:
    return [each["code"] for each in results(root)["campaign"]["agreed"]["plan"]["deviations"]]


def test_a_plan_holds_what_a_second_party_wants_to_read(sealed: Path) -> None:
    plan = read_plan(sealed.read_bytes())
    first = plan.conditions["indicators"]["t01.adopters"]
    assert (first["reading"], first["limit"], first["rule"]) == ("count", ">= 3 家", "guarded")
    assert plan.conditions["attempts"] == 2
    assert set(plan.content["inputs"]) >= {"adopters.csv", "others.csv", "documents"}
    assert plan.content["software"]["version"]
    assert [each["need"] for each in plan.content["page"]["indicators"]]
    assert plan.counter_signers == ()


def test_a_campaign_run_by_its_plan_names_it_first_and_deviates_in_nothing(
    case: Path, sealed: Path, says: Say, tmp_path: Path
) -> None:
    assert says("run", case, "--plan", sealed, "--out", tmp_path)[0] == 1
    root = tmp_path / "case.bundle"
    plan = read_plan(sealed.read_bytes())
    assert read_journal(Bundle.open(root).journal_path)[0].body["plan_sha256"] == plan.sha256
    assert codes(root) == []
    assert verify(root).defects == ()
    assert replay(root).identical
    _, told, _ = says("verify", root, "--any-signer", "--lang", "zh")
    assert "按封存的大纲进行" in told
    assert "大纲只有编制方一方签署" in told


def test_a_campaign_without_a_plan_is_judged_as_before_and_says_so(case: Path, says: Say, tmp_path: Path) -> None:
    assert says("run", case, "--out", tmp_path)[0] == 1
    assert results(tmp_path / "case.bundle")["campaign"]["agreed"]["plan"] is None
    assert "无事先约定的大纲" in says("verify", tmp_path / "case.bundle", "--any-signer", "--lang", "zh")[1]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("attempts: 2", "attempts: 3", "plan.differs-attempts"),
        ("attempts: 2", "attempts: 2\nreadings: {t01.adopters: wuhan}", "plan.differs-reading"),
        ("attempts: 2", 'attempts: 2\nlimits: {t01.adopters: ">= 4 家"}', "plan.differs-limit"),
        ("attempts: 2", "attempts: 2\nrules: {t01.adopters: stringent}", "plan.differs-rule"),
        ("attempts: 2", 'attempts: 2\nconfidence: {t01.adopters: "99 %"}', "plan.differs-confidence"),
        ("register: others.csv", "register: adopters.csv", "plan.differs-setting"),
        ("  t01.unmeasured: {path: none.csv}\n", "", "plan.source-missing"),
        (
            "operator: 测试}",
            "operator: 测试}\ninstruments: {m: {kind: scale, model: A, serial: B}}",
            "plan.instrument-added",
        ),
        ("kind: self-check", "kind: on-site", "plan.differs-test"),
    ],
)
def test_each_deviation_has_a_sentence_of_its_own(
    case: Path, sealed: Path, says: Say, edit: Edit, tmp_path: Path, old: str, new: str, code: str
) -> None:
    edit(case, old, new)
    says("run", case, "--plan", sealed, "--out", tmp_path)
    assert code in codes(tmp_path / "case.bundle")
    assert replay(tmp_path / "case.bundle").identical


def test_a_register_changed_after_the_plan_is_told(case: Path, sealed: Path, says: Say, tmp_path: Path) -> None:
    register = case.with_name("adopters.csv")
    register.write_bytes(register.read_bytes() + b"\n")
    says("run", case, "--plan", sealed, "--out", tmp_path)
    assert codes(tmp_path / "case.bundle") == ["plan.file-changed"]


def test_other_software_than_planned_is_told(
    case: Path, sealed: Path, says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.software import software

    monkeypatch.setattr("harness.campaign.software", lambda: {**software(), "version": "9.9"})
    says("run", case, "--plan", sealed, "--out", tmp_path)
    assert codes(tmp_path / "case.bundle") == ["plan.differs-software"]


def test_a_second_party_signs_the_same_content_and_its_role_is_checked(
    case: Path, sealed: Path, says: Say, tmp_path: Path
) -> None:
    generate(tmp_path / "office")
    before = read_plan(sealed.read_bytes()).sha256
    assert says("sign", sealed, "--key", tmp_path / "office.ed25519.pem")[0] == 0
    plan = read_plan(sealed.read_bytes())
    assert plan.sha256 == before
    assert len(plan.counter_signers) == 1
    says("run", case, "--plan", sealed, "--out", tmp_path / "out")
    root = tmp_path / "out" / "case.bundle"
    assert results(root)["indicators"][0]["criterion"]["agreed_by"] == plan.counter_signers[0][:16]

    trust = tmp_path / "trust.toml"
    tester = case.with_name("case.ed25519.pub.pem")
    says("trust", "add", tester, "--name", "某检测中心", "--role", "tester", "--file", trust)
    code, told, _ = says("verify", root, "--trust", trust, "--require-role", "office", "--lang", "zh")
    assert (code, "[verifying.role-missing]" in told) == (3, True)
    says("trust", "add", tmp_path / "office.ed25519.pub.pem", "--name", "验收办", "--role", "office", "--file", trust)
    code, told, _ = says(
        "verify", root, "--trust", trust, "--require-role", "office", "--require-role", "tester", "--lang", "zh"
    )
    assert code == 0
    assert "大纲会签方：验收办（office）" in told


def test_a_criterion_that_deviates_was_agreed_by_nobody(
    case: Path, sealed: Path, says: Say, edit: Edit, tmp_path: Path
) -> None:
    generate(tmp_path / "office")
    says("sign", sealed, "--key", tmp_path / "office.ed25519.pem")
    edit(case, "attempts: 2", 'attempts: 2\nlimits: {t01.adopters: ">= 4 家"}')
    says("run", case, "--plan", sealed, "--out", tmp_path / "out")
    found = results(tmp_path / "out" / "case.bundle")["indicators"]
    assert [bool(each["criterion"]["agreed_by"]) for each in found] == [False, True, True]


def reworded(content: bytes, old: str, new: str) -> bytes:
    """The plan with its text changed and nothing signed again."""
    fields = json.loads(content)
    text = base64.b64decode(fields["payload"]).decode()
    assert old in text
    fields["payload"] = base64.b64encode(text.replace(old, new).encode()).decode()
    return json.dumps(fields).encode()


@pytest.mark.parametrize(("old", "new"), [(">= 3 家", ">= 1 家"), ('"attempts":2', '"attempts":9')])
def test_a_plan_changed_after_signing_is_refused(
    case: Path, sealed: Path, says: Say, tmp_path: Path, old: str, new: str
) -> None:
    sealed.write_bytes(reworded(sealed.read_bytes(), old, new))
    with pytest.raises(EvidenceError) as caught:
        read_plan(sealed.read_bytes())
    assert caught.value.code == "plan.changed"
    assert says("run", case, "--plan", sealed, "--out", tmp_path)[0] == 4
    assert not (tmp_path / "case.bundle").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"payload":"","payloadType":"x","signatures":[]}', b"[" * 100_000]
)
def test_what_is_no_plan_is_refused_in_one_sentence(case: Path, says: Say, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    code, _, told = says("run", case, "--plan", tmp_path / "plan.json", "--out", tmp_path / "out")
    assert (code, "no sealed test plan" in told) == (4, True)


def test_a_plan_of_another_scenario_and_two_plans_are_refused(
    case: Path, sealed: Path, says: Say, edit: Edit, tmp_path: Path
) -> None:
    code, _, told = says("run", case, "--plan", sealed, "--plan", sealed, "--out", tmp_path)
    assert (code, "two were given" in told) == (2, True)
    edit(case.with_name("case.scenario.yaml"), "在不少于 3 家企业应用推广", "在不少于 3 家企业应用推广 ")
    code, _, told = says("run", case, "--plan", sealed, "--out", tmp_path)
    assert (code, "of other bytes of it" in told) == (2, True)


def test_a_second_attempt_goes_by_the_plan_of_the_first(case: Path, sealed: Path, says: Say, tmp_path: Path) -> None:
    says("run", case, "--plan", sealed, "--out", tmp_path)
    says("plan", case, "--seal", "--out", tmp_path / "other.json", "--key", other_key(tmp_path))
    code, _, told = says("run", case, "--plan", tmp_path / "other.json", "--out", tmp_path)
    assert (code, "another plan" in told) == (2, True)
    assert says("run", case, "--plan", sealed, "--out", tmp_path, "--corrective", "补交了两份合同原件")[0] == 1


def other_key(folder: Path) -> Path:
    return next(each for each in generate(folder / "other") if ".pub." not in each.name)


def test_a_plan_exchanged_in_the_bundle_is_a_defect(case: Path, sealed: Path, says: Say, tmp_path: Path) -> None:
    says("run", case, "--plan", sealed, "--out", tmp_path)
    says("plan", case, "--seal", "--out", tmp_path / "other.json", "--key", other_key(tmp_path))
    (tmp_path / "case.bundle" / "data" / "plan.dsse.json").write_bytes((tmp_path / "other.json").read_bytes())
    assert "evidence.plan" in {each.code for each in verify(tmp_path / "case.bundle").defects}
    (tmp_path / "case.bundle" / "data" / "plan.dsse.json").unlink()
    assert "evidence.file-missing" in {each.code for each in verify(tmp_path / "case.bundle").defects}


def test_a_sealed_plan_is_never_overwritten_and_never_unsigned(case: Path, sealed: Path, says: Say, edit: Edit) -> None:
    assert says("plan", case, "--seal")[0] == 2
    sealed.unlink()
    edit(case, "signing: {ed25519: case.ed25519.pem}\n", "")
    code, _, told = says("plan", case, "--seal")
    assert (code, "no private key" in told) == (2, True)


def test_openssl_checks_both_signatures_of_a_plan(sealed: Path, says: Say, tmp_path: Path, peer) -> None:
    import subprocess

    from harness.evidence.dsse import pre_authentication

    generate(tmp_path / "office")
    says("sign", sealed, "--key", tmp_path / "office.ed25519.pem")
    fields = json.loads(sealed.read_bytes())
    (tmp_path / "pae").write_bytes(pre_authentication(base64.b64decode(fields["payload"])))
    assert len(fields["signatures"]) == 2
    for each in fields["signatures"]:
        (tmp_path / "key.pem").write_text(each["public"], encoding="ascii")
        (tmp_path / "sig").write_bytes(base64.b64decode(each["sig"]))
        command = [peer("openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "pae", "-sigfile", "sig"]  # fmt: skip
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_the_key_that_seals_the_evidence_is_no_second_party(case: Path, says: Say, tmp_path: Path) -> None:
    """A plan made with a key for the purpose, counter-signed by the tester himself."""
    made, plan = generate(tmp_path / "throwaway")[0], tmp_path / "p.json"
    assert says("plan", case, "--seal", "--key", made, "--out", plan)[0] == 0
    assert says("sign", plan, "--key", case.with_name("case.ed25519.pem"))[0] == 0
    says("run", case, "--plan", plan, "--out", tmp_path / "out")
    code, told, _ = says("verify", tmp_path / "out" / "case.bundle", "--any-signer", "--json")
    assert (code, [each["code"] for each in json.loads(told)["doubts"]]) == (3, ["verifying.counter-signed-itself"])


@pytest.mark.parametrize("makers", [[], ["0" * 64]], ids=["nobody", "somebody-who-did-not-sign"])
def test_a_plan_without_its_makers_signature_has_no_counter_signature(
    sealed: Path, makers: list[str], tmp_path: Path
) -> None:
    """Else a single signature would be that of a second party."""
    signer = load_private(generate(tmp_path / "one")[0])
    plan = read_plan(sealed.read_bytes())
    content = {key: each for key, each in plan.content.items() if key not in {"schema", "signers"}}
    crafted = json.loads(seal_plan(content, plan.subjects, [signer]))
    payload = json.loads(base64.b64decode(crafted["payload"]))
    payload["predicate"]["signers"] = makers
    raw = canonical_bytes(payload)
    signature = base64.b64encode(signer.sign(pre_authentication(raw))).decode()
    crafted["payload"] = base64.b64encode(raw).decode()
    crafted["signatures"][0]["sig"] = signature
    with pytest.raises(EvidenceError) as caught:
        read_plan(json.dumps(crafted).encode())
    assert caught.value.code == "plan.no-maker"
