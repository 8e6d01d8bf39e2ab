# SPDX-License-Identifier: Apache-2.0
"""A revoked or expired key counts only where a trusted time stamp shows that it signed before."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.evidence.trust import Signer, add_signer, read_trust, revoke
from harness.evidence.verify import verify
from tests.harness.evidence.test_timestamp import Authority


def signer_of(root: Path) -> str:
    return verify(root).signatures[0].keyid


@pytest.mark.parametrize(
    ("lapsed", "code"),
    [({"revoked": "2020-01-01"}, "evidence.key-revoked"), ({"expires": "2020-01-01"}, "evidence.key-expired")],
)
def test_a_lapsed_key_is_a_doubt_with_its_own_code(sealed, lapsed, code) -> None:
    keys = [each.keyid for each in verify(sealed.root).signatures]
    found = verify(sealed.root, signers={each: Signer(each, "某检测中心", "tester", **lapsed) for each in keys})
    assert {code, "evidence.key-untrusted"} == {each.code for each in found.doubts}
    assert found.exit_code == 3
    assert found.defects == ()


def test_a_key_that_still_holds_is_trusted(sealed) -> None:
    keys = [each.keyid for each in verify(sealed.root).signatures]
    later = {"expires": "2999-01-01"}
    found = verify(sealed.root, signers={each: Signer(each, "某检测中心", "tester", **later) for each in keys})
    assert (found.doubts, found.exit_code) == ((), 0)


@pytest.mark.parametrize(
    ("revoked", "codes"), [("2999-01-01", set()), ("2020-01-01", {"evidence.key-revoked", "evidence.key-untrusted"})]
)
def test_a_trusted_stamp_from_before_saves_a_signature_and_one_from_after_does_not(
    sealed, peer, tmp_path: Path, revoked: str, codes: set[str]
) -> None:
    authority = Authority(peer("openssl"), tmp_path / "tsa")
    (sealed.root / "attestation.tsr").write_bytes(authority.stamp(sealed.attestation_path.read_bytes()))
    keys = [each.keyid for each in verify(sealed.root).signatures]
    stamp = verify(sealed.root).stamps[0].keyid
    listed = {each: Signer(each, "某检测中心", "tester", revoked=revoked) for each in keys}
    found = verify(sealed.root, signers={**listed, stamp: Signer(stamp, "授时机构", "timestamp")})
    assert {each.code for each in found.doubts} == codes


def test_a_stamp_of_nobody_in_particular_saves_nothing(sealed, peer, tmp_path: Path) -> None:
    authority = Authority(peer("openssl"), tmp_path / "tsa")
    (sealed.root / "attestation.tsr").write_bytes(authority.stamp(sealed.attestation_path.read_bytes()))
    keys = [each.keyid for each in verify(sealed.root).signatures]
    found = verify(sealed.root, signers={each: Signer(each, "x", "tester", revoked="2999-01-01") for each in keys})
    assert "evidence.key-revoked" in {each.code for each in found.doubts}


def test_a_list_is_extended_and_shortened_and_says_what_it_cannot_hold(tmp_path: Path, pairs) -> None:
    path = tmp_path / "trust.toml"
    key = pairs["stranger.ed25519"].keyid
    add_signer(path, Signer(key, '引号"和\\斜杠', "office", "2027-12-31"))
    assert read_trust(path)[key] == Signer(key, '引号"和\\斜杠', "office", "2027-12-31")
    with pytest.raises(UsageError, match="already"):
        add_signer(path, Signer(key, "again", "office"))
    with pytest.raises(UsageError, match="no role"):
        add_signer(path, Signer("0" * 64, "x", "friend"))
    with pytest.raises(UsageError, match="no day"):
        add_signer(path, Signer("0" * 64, "x", "office", "soon"))
    with pytest.raises(UsageError, match="not exactly one"):
        revoke(path, "ffffffff", "2026-01-01")
    revoke(path, key[:12], "2026-01-01")
    assert read_trust(path)[key].revoked == "2026-01-01"
