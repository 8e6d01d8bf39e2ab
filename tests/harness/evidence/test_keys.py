# SPDX-License-Identifier: Apache-2.0
"""Keys: OpenSSL and gmssl agree with every one of them; a wrong one is told with the cure."""

import hashlib
import os
import shutil
import stat
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import Exit, StorageError
from harness.evidence import sm2
from harness.evidence.keys import KeyFileError, generate, load_private, load_public, public_key

MESSAGE = "验收 evidence".encode()
DISTINGUISHED = ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
OPTIONS = {"ed25519": [], "sm2": DISTINGUISHED}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    generate(folder / "k", sm2=True)
    (folder / "message").write_bytes(MESSAGE)
    return folder


@pytest.fixture(scope="module")
def openssl(peer):
    def run(*arguments, check=True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([peer("openssl"), *arguments], capture_output=True, check=check)

    return run


def test_generated_files_are_named_after_prefix_and_algorithm_and_private_ones_are_private(tmp_path):
    made = generate(tmp_path / "lab", sm2=True)
    assert [path.name for path in made] == ["lab.ed25519.pem", "lab.ed25519.pub.pem", "lab.sm2.pem", "lab.sm2.pub.pem"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o600, 0o644, 0o600, 0o644]
    assert [path.name for path in generate(tmp_path)] == ["yanshou.ed25519.pem", "yanshou.ed25519.pub.pem"]
    assert [path.name for path in generate(tmp_path / "g", ed25519=False, sm2=True)] == ["g.sm2.pem", "g.sm2.pub.pem"]


def test_a_key_is_never_overwritten(tmp_path):
    before = generate(tmp_path / "k")[0].read_bytes()
    with pytest.raises(StorageError):
        generate(tmp_path / "k")
    assert (tmp_path / "k.ed25519.pem").read_bytes() == before


@pytest.mark.parametrize("kind", OPTIONS)
def test_openssl_reads_the_private_key_and_derives_our_public_one(folder, openssl, kind):
    derived = openssl("pkey", "-in", folder / f"k.{kind}.pem", "-pubout").stdout
    assert derived == (folder / f"k.{kind}.pub.pem").read_bytes() == load_private(folder / f"k.{kind}.pem").public_pem
    assert openssl("pkey", "-in", folder / f"k.{kind}.pem", "-check", "-noout", check=False).returncode == 0


@pytest.mark.parametrize("kind", OPTIONS)
def test_the_keyid_is_the_digest_of_what_openssl_writes_as_der(folder, openssl, kind):
    der = openssl("pkey", "-pubin", "-in", folder / f"k.{kind}.pub.pem", "-pubout", "-outform", "DER").stdout
    assert load_public(folder / f"k.{kind}.pub.pem").keyid == hashlib.sha256(der).hexdigest()
    assert load_private(folder / f"k.{kind}.pem").keyid == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("kind", OPTIONS)
def test_openssl_verifies_what_we_sign(folder, openssl, tmp_path, kind):
    (tmp_path / "sig").write_bytes(load_private(folder / f"k.{kind}.pem").sign(MESSAGE))
    command = ["pkeyutl", "-verify", "-pubin", "-inkey", folder / f"k.{kind}.pub.pem", "-rawin", *OPTIONS[kind]]
    assert openssl(*command, "-in", folder / "message", "-sigfile", tmp_path / "sig").returncode == 0


@pytest.mark.parametrize("kind", OPTIONS)
def test_we_verify_what_openssl_signs_with_keys_of_its_own(folder, openssl, tmp_path, kind):
    make = {"ed25519": ["-algorithm", "ED25519"], "sm2": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"]}
    openssl("genpkey", *make[kind], "-out", tmp_path / "made")
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", tmp_path / "made", "-out", tmp_path / "private")
    openssl("pkey", "-in", tmp_path / "private", "-pubout", "-out", tmp_path / "public")
    command = ["pkeyutl", "-sign", "-inkey", tmp_path / "private", "-rawin", *OPTIONS[kind]]
    openssl(*command, "-in", folder / "message", "-out", tmp_path / "sig")
    signature = (tmp_path / "sig").read_bytes()
    key = load_public(tmp_path / "public")
    assert key.verify(MESSAGE, signature)
    assert not key.verify(MESSAGE + b" ", signature)
    (tmp_path / "private").chmod(0o600)
    assert load_private(tmp_path / "private").keyid == key.keyid


def test_gmssl_verifies_our_sm2_signature_and_we_verify_its_own(folder):
    from gmssl.sm2 import CryptSM2

    ours = load_private(folder / "k.sm2.pem")
    theirs = CryptSM2(private_key=ours.secret.hex(), public_key=ours.point[1:].hex(), asn1=True)
    assert theirs.verify_with_sm3(ours.sign(MESSAGE).hex(), MESSAGE)
    assert not theirs.verify_with_sm3(ours.sign(MESSAGE + b" ").hex(), MESSAGE)
    assert ours.verify(MESSAGE, bytes.fromhex(theirs.sign_with_sm3(MESSAGE)))


def test_an_sm2_signature_of_the_standard_verifies():
    """GB/T 32918.5-2017 A.2: the recommended curve, ID 1234567812345678, message "message digest"."""
    point = bytes.fromhex(
        "04"
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    body = sm2._integer(r) + sm2._integer(s)
    assert sm2.verify(point, b"message digest", bytes([0x30, len(body)]) + body)


@pytest.mark.parametrize("kind", OPTIONS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 63), bit=st.integers(0, 7))
def test_no_flipped_bit_leaves_a_signature_valid(folder, kind, at, bit):
    key = load_private(folder / f"k.{kind}.pem")
    signature = bytearray(key.sign(MESSAGE))
    signature[at] ^= 1 << bit
    assert not key.verify(MESSAGE, bytes(signature))


@given(junk=st.binary(max_size=80))
def test_junk_is_no_signature(junk):
    assert not public_key(ED25519_PEM).verify(MESSAGE, junk)
    assert sm2._two_integers(junk) is None or junk[:1] == b"0"


ED25519_PEM = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""  # RFC 8032 7.1, TEST 1


def test_the_ed25519_example_of_the_rfc_verifies():
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert public_key(ED25519_PEM).verify(b"", signature)


def test_extra_bytes_after_an_sm2_signature_are_refused(folder):
    key = load_private(folder / "k.sm2.pem")
    assert not key.verify(MESSAGE, key.sign(MESSAGE) + b"\0")


def test_a_key_comes_from_an_environment_variable_as_text_or_as_path(folder, monkeypatch):
    path = folder / "k.sm2.pem"
    monkeypatch.setenv("YANSHOU_KEY", path.read_text())
    as_text = load_private("env:YANSHOU_KEY")
    monkeypatch.setenv("YANSHOU_KEY", str(path))
    assert load_private("env:YANSHOU_KEY") == as_text == load_private(str(path))
    monkeypatch.setenv("YANSHOU_KEY", path.name)
    assert load_private("env:YANSHOU_KEY", folder=folder) == as_text


def test_a_private_key_never_shows_in_a_message(folder):
    for kind in OPTIONS:
        key = load_private(folder / f"k.{kind}.pem")
        assert repr(key) == f"{type(key).__name__}({key.keyid})"


def rsa(path, openssl) -> None:
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", path)


def mismatched(path, folder) -> None:
    """The secret of one SM2 pair beside the point of another."""
    from harness.evidence import keys

    ours, (_, point) = load_private(folder / "k.sm2.pem"), sm2.generate()
    path.write_bytes(keys._pem("PRIVATE KEY", sm2.private_der(ours.secret, point)))


def encrypt(path, folder, openssl) -> None:
    openssl("pkcs8", "-topk8", "-in", folder / "k.ed25519.pem", "-passout", "pass:x", "-out", path)


WRONG = {
    "missing": (lambda path, folder, openssl: None, "keygen"),
    "a folder": (lambda path, folder, openssl: path.mkdir(), "PEM file"),
    "a public key": (lambda path, folder, openssl: shutil.copy(folder / "k.sm2.pub.pem", path), "public key"),
    "not PEM": (lambda path, folder, openssl: path.write_bytes(b"\x30\x82"), "no PEM"),
    "damaged": (
        lambda path, folder, openssl: path.write_bytes((folder / "k.sm2.pem").read_bytes().replace(b"M", b"*")),
        "damaged",
    ),
    "without end": (
        lambda path, folder, openssl: path.write_bytes((folder / "k.sm2.pem").read_bytes()[:80]),
        "damaged",
    ),
    "encrypted": (encrypt, "encrypted private key"),
    "RSA": (lambda path, folder, openssl: rsa(path, openssl), "neither Ed25519 nor SM2"),
    "two halves of different pairs": (
        lambda path, folder, openssl: mismatched(path, folder),
        "does not belong",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_private_key_is_told_with_the_cure(folder, tmp_path, openssl, name):
    make, said = WRONG[name]
    path = tmp_path / "key.pem"
    make(path, folder, openssl)
    if path.is_file():
        path.chmod(0o600)
    with pytest.raises(KeyFileError) as raised:
        load_private(path)
    assert said in str(raised.value)
    assert raised.value.where == str(path)
    assert raised.value.cure
    assert raised.value.exit_code == Exit.USAGE


def test_a_private_key_that_others_can_read_is_refused(folder, tmp_path):
    path = shutil.copy(folder / "k.sm2.pem", tmp_path / "k.pem")
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_private(path)


def test_an_unset_variable_is_told(monkeypatch):
    monkeypatch.delenv("YANSHOU_KEY", raising=False)
    with pytest.raises(KeyFileError, match="YANSHOU_KEY is not set"):
        load_private("env:YANSHOU_KEY")


def test_a_private_key_given_as_public_is_told(folder):
    with pytest.raises(KeyFileError, match="private key"):
        load_public(folder / "k.ed25519.pem")


def test_an_rsa_public_key_is_told(tmp_path, openssl):
    rsa(tmp_path / "private", openssl)
    openssl("pkey", "-in", tmp_path / "private", "-pubout", "-out", tmp_path / "public")
    with pytest.raises(KeyFileError, match="neither Ed25519 nor SM2"):
        load_public(tmp_path / "public")


def test_a_point_off_the_curve_is_no_public_key():
    from harness.evidence import keys

    with pytest.raises(KeyFileError, match="not on the SM2 curve"):
        public_key(keys._pem("PUBLIC KEY", sm2.public_der(b"\x04" + os.urandom(64))))
