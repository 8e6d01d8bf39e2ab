# SPDX-License-Identifier: Apache-2.0
"""Signatures that programs of others verify, and papers that are still known to be the bundle's after they were signed."""

import base64
import datetime as dt
import hashlib
import io
import subprocess
import zipfile

import ofdkit
import pypdfium2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from defusedxml.ElementTree import fromstring as parse

from harness.errors import UsageError
from harness.evidence.keys import generate
from reports.signing import ofd, pades
from reports.writers.ofd import render as as_ofd
from reports.writers.pdf import render as as_pdf

WHEN = dt.datetime(2026, 3, 1, 9, 30, 0)  # noqa: DTZ001 - as the clock on the wall says it
SPACE = {"ofd": "http://www.ofdspec.org/2016"}


@pytest.fixture(scope="module")
def papers(factory):
    return as_pdf(factory, "zh", "yiye")["yiye.pdf"], as_ofd(factory, "zh", "yiye")["yiye.ofd"]


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """A PKCS#12 with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "某市检测中心")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=9))
        .add_extension(x509.KeyUsage(*[True, True, *[False] * 7]), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("identity") / "centre.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"", key, certificate, None, BestAvailableEncryption(b"word"))
    )
    return path, certificate


def test_a_pdf_signed_as_pades_is_valid_whole_and_still_an_archive_copy(papers, identity):
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    path, certificate = identity
    signed = pades.sign(papers[0], path, "word", WHEN)
    (found,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    from cryptography.hazmat.primitives.serialization import Encoding

    roots = list(load_certs_from_pemder_data(certificate.public_bytes(Encoding.PEM)))
    status = validate_pdf_signature(found, ValidationContext(trust_roots=roots))
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert b"pdfaid:part" in signed
    assert b"/Version" not in signed  # PDF/A-2 is PDF 1.7
    assert len(pypdfium2.PdfDocument(signed)) == len(pypdfium2.PdfDocument(papers[0]))


def test_openssl_verifies_what_the_pdf_was_signed_with(papers, identity, peer, tmp_path):
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.pdf_utils.reader import PdfFileReader

    path, certificate = identity
    signed = pades.sign(papers[0], path, "word", WHEN)
    (found,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    first, size, second, rest = (int(each) for each in found.byte_range)
    (tmp_path / "said").write_bytes(signed[first : first + size] + signed[second : second + rest])
    (tmp_path / "cms").write_bytes(found.pkcs7_content)
    (tmp_path / "root.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    command = [peer("openssl"), "cms", "-verify", "-binary", "-inform", "DER", "-in", "cms", "-content", "said", "-out", "out",
               "-CAfile", "root.pem", "-purpose", "any"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_signed_pdf_is_still_the_bundles_and_one_that_was_changed_as_well_is_not(papers, identity):
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    pdf, path = papers[0], identity[0]
    signed = pades.sign(pdf, path, "word", WHEN)
    assert pades.same(signed, pdf)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 300 300 re f"))
    writer.update_container(page)
    changed = io.BytesIO()
    writer.write(changed)
    assert not pades.same(changed.getvalue(), pdf)
    assert not pades.same(pades.sign(changed.getvalue(), path, "word", WHEN), pdf)
    assert not pades.same(pdf, pdf)
    assert not pades.same(pdf + b"more", pdf)


def test_a_wrong_password_is_told(papers, identity):
    with pytest.raises(UsageError, match="this password"):
        pades.sign(papers[0], identity[0], "other", WHEN)


@pytest.fixture(scope="module")
def sealed(papers, tmp_path_factory):
    """The OFD signed with SM2, and its public key."""
    made = generate(tmp_path_factory.mktemp("sm2") / "unit", sm2=True)
    private, public = (next(each for each in made if each.name.endswith(end)) for end in ("sm2.pem", "sm2.pub.pem"))
    return ofd.sign(papers[1], private, "", WHEN), private, public


def test_openssl_verifies_an_ofd_and_every_file_in_it_is_covered(sealed, peer, tmp_path):
    signed, _, public = sealed
    archive = zipfile.ZipFile(io.BytesIO(signed))
    for name in ("Signature.xml", "SignedValue.dat"):
        (tmp_path / name).write_bytes(archive.read(f"Doc_0/Signs/Sign_0/{name}"))
    command = [peer("openssl"), "dgst", "-sm3", "-verify", public, "-sigopt", "distid:1234567812345678",
               "-signature", "SignedValue.dat", "Signature.xml"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verified OK" in done.stdout, done.stderr
    listed = parse((tmp_path / "Signature.xml").read_bytes()).iterfind(".//ofd:Reference", SPACE)
    checked = {each.get("FileRef").lstrip("/"): each.findtext("ofd:CheckValue", namespaces=SPACE) for each in listed}
    for name, value in checked.items():
        assert base64.b64decode(value) == hashlib.new("sm3", archive.read(name)).digest()
    assert set(archive.namelist()) - set(checked) == {
        "Doc_0/Signs/Signatures.xml",
        "Doc_0/Signs/Sign_0/Signature.xml",
        "Doc_0/Signs/Sign_0/SignedValue.dat",
    }


def test_a_signed_ofd_is_read_as_before_and_known_as_the_bundles(papers, sealed):
    signed = sealed[0]
    assert ofdkit.extract_text(signed) == ofdkit.extract_text(papers[1])
    assert ofd.same(signed, papers[1])
    assert not ofd.same(papers[1], papers[1])
    files = {
        name: zipfile.ZipFile(io.BytesIO(signed)).read(name) for name in zipfile.ZipFile(io.BytesIO(signed)).namelist()
    }
    page = "Doc_0/Pages/Page_0/Content.xml"
    for changed in ({**files, page: files[page].replace("通过".encode(), "通  ".encode())}, {**files, "more.xml": b""}):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in changed.items():
                archive.writestr(name, content)
        assert not ofd.same(out.getvalue(), papers[1])


def test_only_an_sm2_key_signs_an_ofd_and_only_once(papers, sealed, tmp_path):
    other = next(each for each in generate(tmp_path / "other") if ".pub." not in each.name)
    with pytest.raises(UsageError, match="no SM2 key"):
        ofd.sign(papers[1], other, "", WHEN)
    with pytest.raises(UsageError, match="signed already"):
        ofd.sign(sealed[0], sealed[1], "", WHEN)
