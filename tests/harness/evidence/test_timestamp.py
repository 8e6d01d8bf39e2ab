# SPDX-License-Identifier: Apache-2.0
"""A time stamp beside the attestation (RFC 3161) is genuine and over exactly these bytes, or it is refused; OpenSSL makes them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.evidence.bundle import Bundle
from harness.evidence.defects import TimeStampError
from harness.evidence.seal import seal, unseal
from harness.evidence.timestamp import check_time_stamp
from harness.evidence.trust import Signer
from harness.evidence.verify import verify

CONFIG = """\
[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha384, sha512
ess_cert_id_alg = {ess}
signer_digest = sha256
accuracy = secs:1
[req]
distinguished_name = dn
prompt = no
[dn]
O = 时间戳机构
CN = tsa
[good]
extendedKeyUsage = critical, timeStamping
[lax]
extendedKeyUsage = timeStamping
[wide]
extendedKeyUsage = critical, timeStamping, codeSigning
[none]
basicConstraints = CA:FALSE
"""
KEYS = {
    "rsa": ("RSA", "rsa_keygen_bits:2048"),
    "ec": ("EC", "ec_paramgen_curve:P-256"),
    "ed25519": ("ED25519", ""),
}


class Authority:
    """A time-stamping authority of our own, run by OpenSSL."""

    def __init__(self, openssl: str, folder: Path, key: str = "rsa", extensions: str = "good", ess: str = "sha256"):
        self.openssl, self.folder = openssl, folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "serial").write_text("01\n")
        self.config = folder / "tsa.cnf"
        self.config.write_text(CONFIG.format(folder=folder, ess=ess), "utf-8")
        algorithm, option = KEYS[key]
        options = ["-pkeyopt", option] if option else []
        self.run("genpkey", "-algorithm", algorithm, *options, "-out", "key.pem")
        self.run(
            "req",
            "-x509",
            "-utf8",
            "-config",
            str(self.config),
            "-key",
            "key.pem",
            "-days",
            "9",
            "-extensions",
            extensions,
            "-out",
            "cert.pem",
        )

    def run(self, *arguments: str) -> bytes:
        done = subprocess.run([self.openssl, *arguments], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def stamp(self, content: bytes, *, digest: str = "sha256", bare: bool = False, certificate: bool = True) -> bytes:
        (self.folder / "data").write_bytes(content)
        wanted = ["-cert"] if certificate else []
        self.run("ts", "-query", "-data", "data", f"-{digest}", *wanted, "-out", "query.tsq")
        out = ["-token_out"] if bare else []
        self.run("ts", "-reply", "-config", str(self.config), "-queryfile", "query.tsq", "-signer", "cert.pem", "-inkey", "key.pem", *out, "-out", "reply.tsr")  # fmt: skip
        return (self.folder / "reply.tsr").read_bytes()

    def verifies(self, token: bytes, content: bytes) -> bool:
        """What OpenSSL itself says of the response."""
        (self.folder / "data").write_bytes(content)
        (self.folder / "reply.tsr").write_bytes(token)
        command = [self.openssl, "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", "cert.pem"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def authority(peer, tmp_path_factory) -> Authority:
    return Authority(peer("openssl"), tmp_path_factory.mktemp("tsa") / "rsa")


def test_a_time_stamp_beside_the_attestation_is_no_defect_and_is_told(sealed, authority):
    token = authority.stamp(sealed.attestation_path.read_bytes())
    (sealed.root / "attestation.tsr").write_bytes(token)
    found = verify(sealed.root)
    assert found.defects == ()
    assert [(stamp.path, stamp.signer) for stamp in found.stamps] == [("attestation.tsr", None)]
    assert "时间戳机构" in found.lines("zh")[3]
    assert "unchecked" in found.lines("en")[3]


def test_an_authority_of_the_trust_file_is_named(sealed, authority):
    (sealed.root / "attestation.tsr").write_bytes(authority.stamp(sealed.attestation_path.read_bytes()))
    keyid = verify(sealed.root).stamps[0].keyid
    found = verify(sealed.root, signers={keyid: Signer(keyid, "国家授时", "timestamp")}, any_signer=True)
    assert "国家授时" in found.stamps[0].text.zh
    assert "trusted authority" in found.stamps[0].text.en
    assert found.doubts == ()


@pytest.mark.parametrize("key", ["rsa", "ec"])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("bare", [False, True], ids=["response", "token"])
def test_what_openssl_stamps_is_genuine_here_too(peer, tmp_path, key, digest, bare):
    maker = Authority(peer("openssl"), tmp_path / "tsa", key)
    token = maker.stamp(b"attestation", digest=digest, bare=bare)
    assert check_time_stamp(token, b"attestation", "x.tsr").authority == "CN=tsa,O=时间戳机构"
    assert bare or maker.verifies(token, b"attestation")


def test_older_authorities_name_their_certificate_by_sha_1(peer, tmp_path):
    maker = Authority(peer("openssl"), tmp_path / "tsa", ess="sha1")
    assert check_time_stamp(maker.stamp(b"x"), b"x", "x.tsr")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda a: a.stamp(b"other"), "other bytes"),
        (lambda a: a.stamp(b"attestation", digest="sha1"), "not checked here"),
        (lambda a: a.stamp(b"attestation", certificate=False), "certificate is not inside"),
        (lambda a: b"", "0 elements"),
        (lambda a: b"stamped later", "does not fit"),
        (lambda a: a.stamp(b"attestation") + b"\0", ""),
        (lambda a: a.stamp(b"attestation")[:-1], ""),
        (lambda a: bytes.fromhex("30053003020102"), "not granted"),
    ],
)
def test_a_time_stamp_that_cannot_be_checked_is_refused(authority, made, reason):
    token = made(authority)
    with pytest.raises(TimeStampError) as raised:
        check_time_stamp(token, b"attestation", "x.tsr")
    assert reason in raised.value.detail


@pytest.mark.parametrize("extensions", ["lax", "wide", "none"])
def test_a_certificate_that_may_do_more_than_stamp_times_is_refused(peer, tmp_path, authority, extensions):
    maker = Authority(peer("openssl"), tmp_path / "tsa", extensions="good")
    token = maker.stamp(b"x")
    other = Authority(peer("openssl"), tmp_path / "other", extensions=extensions)
    certificate = subprocess.run(
        [peer("openssl"), "x509", "-in", other.folder / "cert.pem", "-outform", "DER"], capture_output=True, check=True
    ).stdout
    from cryptography.x509 import load_der_x509_certificate

    from harness.evidence import timestamp

    moment = check_time_stamp(token, b"x", "x.tsr").moment
    with pytest.raises(ValueError, match="certificate is not for stamping"):
        timestamp._refuse_unfit(load_der_x509_certificate(certificate), moment)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_a_token_is_accepted_for_other_bytes_or_crashes(authority, data):
    """Where OpenSSL refuses a changed response, so do we; unsigned fields of the envelope are nobody's promise."""
    token = bytearray(authority.stamp(b"attestation") if not hasattr(authority, "kept") else authority.kept)
    authority.kept = bytes(token)
    for _ in range(data.draw(st.integers(1, 3))):
        token[data.draw(st.integers(0, len(token) - 1))] = data.draw(st.integers(0, 255))
    try:
        check_time_stamp(bytes(token), b"attestation", "x.tsr")
    except TimeStampError:
        return
    with pytest.raises(TimeStampError):
        check_time_stamp(bytes(token), b"attestatioN", "x.tsr")


@pytest.mark.parametrize("content", [b"stamped later", b"", bytes(2 << 20)])
def test_any_other_bytes_beside_the_attestation_are_a_defect(sealed, content):
    (sealed.root / "attestation.tsr").write_bytes(content)
    assert {defect.code for defect in verify(sealed.root).defects} <= {"evidence.time-stamp", "evidence.oversized"}
    assert verify(sealed.root).defects


def test_a_time_stamp_without_an_attestation_is_a_defect(campaign, authority):
    seal(campaign, [], software={"name": "yanshou"}, verdict_summary={"verdict": "INCONCLUSIVE"})
    (campaign.root / "attestation.tsr").write_bytes(authority.stamp(b"x"))
    assert [defect.code for defect in verify(campaign.root).defects] == ["evidence.time-stamp"]


def test_a_time_stamp_goes_with_the_seal_that_it_stamped(sealed: Bundle, authority, pairs):
    (sealed.root / "attestation.tsr").write_bytes(authority.stamp(sealed.attestation_path.read_bytes()))
    unseal(sealed)
    indicators = {"PASS": ["s01.loss"], "INCONCLUSIVE": ["s01.latency"]}
    summary = {"verdict": "INCONCLUSIVE", "indicators": indicators}
    seal(sealed, [pairs["maker.ed25519"]], software={"name": "yanshou"}, verdict_summary=summary)
    assert verify(sealed.root).defects == ()
    assert (sealed.attestations_folder / "0001" / "attestation.tsr").is_file()
    assert not (sealed.root / "attestation.tsr").exists()
