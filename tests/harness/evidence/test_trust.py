# SPDX-License-Identifier: Apache-2.0
"""Damage is 4, doubt about who signed is 3; each key named must have signed, and one signer of a trust file."""

import json
from pathlib import Path

import pytest

from harness.errors import Exit, UsageError
from harness.evidence.seal import seal
from harness.evidence.trust import Signer, read_trust
from harness.evidence.verify import verify
from tests.harness.evidence.forging import reseal


def signer(key, role: str = "tester") -> dict[str, Signer]:
    return {key.keyid: Signer(key.keyid, "某检测中心", role)}


def test_a_whole_bundle_of_a_signer_nobody_named_is_doubted_unless_anybody_will_do(sealed):
    found = verify(sealed.root)
    assert (found.defects, found.exit_code) == ((), Exit.UNDECIDED)
    assert [doubt.code for doubt in found.doubts] == ["evidence.signer-unchecked"]
    assert "--key" in found.lines("zh")[-1]
    assert verify(sealed.root, any_signer=True).exit_code == Exit.PASS


def test_each_key_that_is_named_must_have_signed(sealed, pairs):
    one, other, stranger = (pairs[name] for name in ("maker.ed25519", "maker.sm2", "stranger.ed25519"))
    assert verify(sealed.root, trusted=[one]).exit_code == Exit.PASS
    assert verify(sealed.root, trusted=[one, other]).exit_code == Exit.PASS
    found = verify(sealed.root, trusted=[one, stranger])
    assert (found.defects, found.exit_code) == ((), Exit.UNDECIDED)
    assert [doubt.detail for doubt in found.doubts] == [stranger.keyid[:16]]


def test_one_signer_of_a_trust_file_is_enough_and_is_named(sealed, pairs):
    known = {**signer(pairs["stranger.ed25519"]), **signer(pairs["maker.sm2"], "office")}
    found = verify(sealed.root, signers=known)
    assert found.exit_code == Exit.PASS
    assert [each.trusted for each in found.signatures] == [False, True]
    assert "某检测中心，office" in found.signatures[1].text.zh
    assert verify(sealed.root, signers=signer(pairs["stranger.ed25519"])).exit_code == Exit.UNDECIDED


def test_keys_and_trust_file_together_ask_for_both(sealed, pairs):
    one, stranger = pairs["maker.ed25519"], pairs["stranger.ed25519"]
    assert verify(sealed.root, trusted=[one], signers=signer(one)).exit_code == Exit.PASS
    assert verify(sealed.root, trusted=[one], signers=signer(stranger)).exit_code == Exit.UNDECIDED
    assert verify(sealed.root, trusted=[stranger], signers=signer(one)).exit_code == Exit.UNDECIDED


def test_who_only_stamps_times_signs_no_evidence(sealed, pairs):
    assert verify(sealed.root, signers=signer(pairs["maker.ed25519"], "timestamp")).exit_code == Exit.UNDECIDED


@pytest.mark.parametrize("any_signer", [False, True])
def test_an_unsigned_bundle_has_no_signer_to_trust(campaign, any_signer):
    indicators = {"PASS": ["s01.loss"], "INCONCLUSIVE": ["s01.latency"]}
    seal(campaign, [], software={}, verdict_summary={"verdict": "INCONCLUSIVE", "indicators": indicators})
    found = verify(campaign.root, any_signer=any_signer)
    assert (found.defects, found.exit_code, [each.code for each in found.doubts]) == ((), 3, ["evidence.unsigned"])


def test_damage_counts_before_doubt(sealed, pairs):
    sealed.results_path.write_bytes(b"{}")
    for options in ({}, {"trusted": [pairs["maker.ed25519"]]}, {"any_signer": True}):
        assert verify(sealed.root, **options).exit_code == Exit.EVIDENCE


def test_a_forger_who_seals_anew_is_doubted_and_never_trusted_by_the_makers_key(sealed, pairs):
    reseal(sealed.root, [pairs["stranger.ed25519"]])
    assert verify(sealed.root).exit_code == Exit.UNDECIDED
    assert verify(sealed.root, trusted=[pairs["maker.ed25519"]]).exit_code == Exit.UNDECIDED
    reseal(sealed.root)
    assert verify(sealed.root, any_signer=True).exit_code == Exit.UNDECIDED


SAID = {
    "result": "PASSED",
    "passedTests": ["s01.latency"],
    "failedTests": ["s01.loss"],
    "warnedTests": [],
    "summary": {"verdict": "PASS", "indicators": {}},
}


@pytest.mark.parametrize("key", SAID)
@pytest.mark.parametrize("how", ["another", "missing", "of no sense"])
def test_a_predicate_that_says_another_verdict_than_the_results_is_a_defect_even_under_the_makers_key(
    sealed, pairs, key, how
):
    def twisted(predicate: dict) -> dict:
        kept = {name: value for name, value in predicate.items() if name != key}
        return kept | {"another": {key: SAID[key]}, "missing": {}, "of no sense": {key: [[7]]}}[how]

    reseal(sealed.root, [pairs["maker.ed25519"]], predicate=twisted)
    found = verify(sealed.root, trusted=[pairs["maker.ed25519"]])
    assert {defect.code for defect in found.defects} == {"evidence.verdict-mismatch"}


def test_a_statement_with_a_subject_twice_is_refused_whichever_stands_last(sealed, pairs, monkeypatch):
    from harness.evidence import dsse

    listed = dsse.canonical_bytes
    for wrong_first in (True, False):

        def twice(value, wrong_first=wrong_first):
            if isinstance(value, dict) and "subject" in value:
                wrong = [{**each, "digest": {"sha256": "0" * 64}} for each in value["subject"]]
                right = value["subject"]
                value = {**value, "subject": [*wrong, *right] if wrong_first else [*right, *wrong]}
            return listed(value)

        monkeypatch.setattr(dsse, "canonical_bytes", twice)
        reseal(sealed.root, [pairs["maker.ed25519"]])
        assert "evidence.attestation" in {defect.code for defect in verify(sealed.root).defects}


def written(folder: Path, text: str) -> Path:
    path = folder / "trust.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


GOOD = '[[signer]]\nkeyid = "{}"\nname = "某检测中心"\nrole = "tester"\n'.format("a" * 64)


def test_a_trust_file_says_who_signs(tmp_path):
    assert read_trust(written(tmp_path, GOOD)) == {"a" * 64: Signer("a" * 64, "某检测中心", "tester")}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "lists no signer"),
        ("signer = 7", "lists no signer"),
        ("signer = [7]", "a keyid, a name and a role"),
        ("x = [", "no TOML"),
        ("\udcff", "no TOML"),
        (GOOD + GOOD, "a key twice"),
        (GOOD.replace("a" * 64, "A" * 64), "64 hex digits"),
        (GOOD.replace("tester", "friend"), "no role 'friend'"),
        (GOOD.replace("某检测中心", " "), "a keyid, a name and a role"),
        (GOOD + 'email = "x"', "a keyid, a name and a role"),
        (GOOD.replace('"tester"', "7"), "a keyid, a name and a role"),
    ],
)
def test_a_wrong_trust_file_is_one_sentence_with_the_cure(tmp_path, text, problem):
    with pytest.raises(UsageError, match=problem) as raised:
        read_trust(written(tmp_path, text))
    assert raised.value.cure
    assert "trust.toml" in raised.value.where


def test_an_absent_trust_file_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_trust(tmp_path / "absent.toml")


def test_programs_read_the_doubts_as_well(sealed):
    found = json.loads(json.dumps(verify(sealed.root).as_json()))
    assert (found["sound"], found["trusted"]) == (True, False)
    assert found["doubts"][0]["code"] == "evidence.signer-unchecked"
