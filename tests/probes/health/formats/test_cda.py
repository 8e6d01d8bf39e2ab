# SPDX-License-Identifier: Apache-2.0
"""CDA: equal after canonicalisation by lxml as well, hostile XML refused, folders listed."""

import io

import pytest
from lxml import etree

from harness.kit.unreadable import UnreadableError
from probes.health.formats import cda
from tests.probes.health.made import body


def canonical(document: bytes) -> bytes:
    out = io.BytesIO()
    etree.parse(io.BytesIO(document)).write_c14n(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b'code="C0004" codeSystem="2.16.156.10011.2.4"', b"codeSystem=\"2.16.156.10011.2.4\"   code='C0004'", True),
        (b'<realmCode code="CN"/>', b'<realmCode code="CN"></realmCode>', True),
        (b'code="C0004"', b'code="C0005"', False),
        ("脉率".encode(), "脉牽".encode(), False),
        (b"  <realmCode", b"<realmCode", False),
        (b"<title>", b"<title> ", False),
    ],
)
def test_documents_are_equal_when_another_canonicaliser_says_so(one: bytes, other: bytes, same: bool) -> None:
    first = body("cda", 4)
    second = first.replace(one, other)
    assert second != first
    assert (canonical(first) == canonical(second)) == same
    assert (cda.record(first).digest == cda.record(second).digest) == same


def test_the_encoding_does_not_matter() -> None:
    text = body("cda", 4).decode()
    for name in ("GB18030", "UTF-16"):
        other = text.replace("UTF-8", name).encode(name)
        assert cda.record(other).digest == cda.record(text.encode()).digest


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{}",
        b"<a/>",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><ClinicalDocument xmlns="urn:hl7-org:v3">&x;</ClinicalDocument>',
        b'<?xml version="1.0" encoding="klingon"?><a/>',
    ],
)
def test_what_is_no_document_is_refused(bad: bytes) -> None:
    with pytest.raises(UnreadableError):
        cda.record(bad)


def test_a_folder_lists_its_documents_and_no_folders() -> None:
    row = "<response><href>{}</href><propstat><prop><resourcetype>{}</resourcetype></prop></propstat></response>"
    rows = row.format("/d/", "<collection/>") + row.format("/d/1.xml", "")
    page = cda.page(f'<multistatus xmlns="DAV:">{rows}</multistatus>'.encode())
    assert [each.handle for each in page.entries] == ["/d/1.xml"]
    with pytest.raises(UnreadableError):
        cda.page(b'<multistatus xmlns="DAV:"><response/></multistatus>')


def test_what_is_nested_without_end_is_refused_and_many_siblings_are_read() -> None:
    head = b'<ClinicalDocument xmlns="urn:hl7-org:v3">'
    with pytest.raises(UnreadableError):
        cda.record(head + b"<a>" * 5000 + b"</a>" * 5000 + b"</ClinicalDocument>")
    many = cda.record(head + b"<a b='1'/>" * 20_000 + b"</ClinicalDocument>")
    assert len(many.fields) == 20_001
