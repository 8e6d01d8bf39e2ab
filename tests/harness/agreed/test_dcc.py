# SPDX-License-Identifier: Apache-2.0
"""Digital calibration certificates are read as far as a test needs them; what is not understood gives no calibration line."""

import sys
import warnings
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.calibration import InstrumentInUse
from harness.agreed import instruments
from harness.agreed.dcc import looks_like, read_dcc
from harness.errors import EvidenceError
from harness.quantity import Quantity
from harness.spec.instruments import CertificateSpec, InstrumentSpec
from tests.harness.agreed.certificates import dcc, good_practice


def test_a_certificate_says_who_what_when_and_how_well() -> None:
    found = read_dcc(dcc(), "dcc.xml")
    assert (found.number, found.laboratories) == ("LC-2026-0815", ("某计量院",))
    assert found.serials == ("SN-42", "资产-7")
    assert (found.calibrated, found.due) == (date(2026, 1, 5), date(2027, 1, 4))
    assert [(each.low, each.high, each.unit) for each in found.lines] == [(10, 100, "W"), (100, 500, "W")]


def test_between_two_points_the_worse_of_both_holds() -> None:
    line = read_dcc(dcc(), "dcc.xml").lines[1]
    assert (line.error, line.expanded, line.k, line.standard) == (Fraction("0.2"), Fraction("0.3"), 2, Fraction("0.15"))


def test_a_statistic_finds_the_line_for_its_quantity_and_none_outside() -> None:
    meter = InstrumentInUse(
        "m", "power-meter", "SN-42", "LC", "APPLICABLE", read_dcc(dcc(unit=r"\milli\watt"), "x").lines
    )
    assert meter.calibration(Quantity.parse("0.05 W")).high == 100
    assert meter.calibration(Quantity.parse("0.6 W")) is None
    assert meter.calibration(Quantity.parse("5 s")) is None


@pytest.mark.parametrize(
    "other",
    [
        {"unit": r"\furlong"},
        {"unit": r"\metre\per\second"},
        {"unit": "W"},
        {"unit": ""},
        {"errors": "0.01 0.02"},
        {"expanded": "0.1 0.2"},
        {"expanded": "-0.1 0.2 0.3"},
        {"expanded": "NaN 0.2 0.3"},
        {"expanded": "1e99999999 1 1"},
        {"k": "0.5"},
        {"k": "zwei"},
        {"k": ""},
        {"points": "10 100"},
        {"points": ""},
        {"points": "1/0 2 3"},
    ],
)
def test_what_is_not_understood_gives_no_line(other: dict[str, str]) -> None:
    assert read_dcc(dcc(**other), "dcc.xml").lines == ()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc">&b;</dcc:digitalCalibrationCertificate>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc">&a;</dcc:digitalCalibrationCertificate>"""


@pytest.mark.parametrize(
    "content",
    [BOMB, OUTSIDE, b"", b"<", b"<a/>", dcc()[:900], dcc().replace(b"https://ptb.de/dcc", b"https://ptb.de/ddc")],
)
def test_hostile_damaged_and_other_xml_is_refused(content: bytes) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_dcc(content, "dcc.xml")
    assert caught.value.code == "instruments.no-dcc"


@given(st.binary(max_size=300))
def test_noise_is_refused_and_never_raises_anything_else(noise: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_dcc(b"<digitalCalibrationCertificate " + noise, "x")
    looks_like(noise)


@pytest.fixture
def pydcc(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The oracle without the two parts of it that need a network: chains of certificates, and schemas to be downloaded."""
    chains = ModuleType("certvalidator")
    chains.CertificateValidator = chains.ValidationContext = chains.errors = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "certvalidator", chains)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import dcc.dcc as module
    monkeypatch.setattr(module, "DCCXMLValidator", object)
    return module


def test_pydcc_reads_the_same(pydcc: ModuleType) -> None:
    other = pydcc.DCC(byte_array=dcc())
    mine = read_dcc(dcc(), "dcc.xml")
    assert (other.uid(), other.calibration_laboratory_name()) == (mine.number, mine.laboratories[0])
    assert other.calibration_date().date() == mine.calibrated
    found = other.get_calibration_results("xmlList")
    text = str(found)
    assert all(f"{float(each.high):g}" in text and f"{float(each.expanded)}" in text for each in mine.lines)


def test_a_whole_certificate_that_others_wrote_is_read_as_the_oracle_reads_it(
    pydcc: ModuleType, peer_file: Callable[[str], Path]
) -> None:
    """The example of a calibrated thermometer that PTB's dcclib tests itself with (schema 3.3, hybrid units, five points)."""
    content = peer_file("valid.xml").read_bytes()
    assert looks_like(content)
    found, other = read_dcc(content, "valid.xml"), pydcc.DCC(byte_array=content)
    assert (found.number, other.uid()) == ("1234", "1234")
    assert found.laboratories == (other.calibration_laboratory_name(),) == ("Kalibrierfirma GmbH",)
    assert found.calibrated == other.calibration_date().date() == date(1957, 8, 13)
    assert (found.due, found.conformity) == (date(1959, 10, 22), ("pass", "pass"))
    assert found.serials == tuple(f"string-{who}-item" for who in ("manufacturer", "customer", "calibrationLaboratory"))
    assert [(each.low, each.high, each.error) for each in found.lines] == [
        (Fraction("306.248"), Fraction("373.121"), Fraction("0.089")),
        (Fraction("373.121"), Fraction("448.253"), Fraction("0.107")),
        (Fraction("448.253"), Fraction("523.319"), Fraction("0.107")),
        (Fraction("523.319"), Fraction("593.154"), Fraction("-0.084")),
    ]
    assert {(each.unit, each.expanded, each.k) for each in found.lines} == {("K", Fraction("0.061"), 2)}
    results = str(other.get_calibration_results("xmlList"))
    assert all(f"{float(each.low):g}" in results for each in found.lines)


def test_the_form_of_the_good_practice_examples_is_read_as_the_oracle_reads_it(pydcc: ModuleType) -> None:
    found, other = read_dcc(good_practice(), "gp.xml"), pydcc.DCC(byte_array=good_practice())
    assert (found.number, found.serials, found.conformity) == ("GP-7", ("SN-7",), ("pass", "pass"))
    assert found.laboratories == ("某计量院", "Some institute")
    assert (other.uid(), other.calibration_date().date()) == (found.number, found.calibrated)
    assert {each.unit for each in found.lines} == {"1"}
    meter = InstrumentInUse("m", "hygrometer", "SN-7", "GP-7", "APPLICABLE", found.lines)
    line = meter.calibration(Quantity.parse("50 %"))
    assert line is not None
    assert (line.expanded, line.k) == (
        Fraction(1, 100),
        2,
    )  # of all lines that touch 50 %, the one of the largest uncertainty
    assert meter.calibration(Quantity.parse("90 %")) is None


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, []),
        ({"conformity": "fail"}, ["MISMATCH"]),
        ({"conformity": "noPass"}, ["MISMATCH"]),
        ({"conformity": "conditionalPass"}, ["UNCERTAIN"]),
        ({"points": "pass pass fail pass pass"}, ["MISMATCH"]),
    ],
)
def test_a_certificate_that_says_its_item_failed_is_none_to_rely_on(said: dict[str, str], state: list[str]) -> None:
    certificate = CertificateSpec(
        "GP-7", "some institute", date(2026, 1, 5), date(2027, 1, 4), "", None, Fraction(2), None
    )
    spec = InstrumentSpec("m", "hygrometer", "", "H-1", "SN-7", None, "", certificate, (), None)
    days = (date(2026, 2, 1), date(2026, 2, 1))
    (one,) = instruments.states(
        [spec], {"data/instruments/m/c.xml": good_practice(**said)}, days, seen=False, checks={}
    )
    found = [one.state for each in one.reasons if each.code == "instruments.not-conforming"]
    assert found == state
    assert (one.state == "APPLICABLE") == (not state)


@pytest.mark.parametrize("before", [b"", b" " * 5000, b"<!--" + b" " * 9000 + b"-->"])
def test_a_certificate_is_one_whatever_stands_before_it_and_whatever_the_file_is_called(before: bytes) -> None:
    content = before + good_practice("fail").partition(b"?>")[2]
    assert looks_like(content)
    certificate = CertificateSpec("GP-7", "某计量院", date(2026, 1, 5), date(2027, 1, 4), "", None, Fraction(2), None)
    spec = InstrumentSpec("m", "hygrometer", "", "H-1", "SN-7", None, "", certificate, (), None)
    days = (date(2026, 2, 1), date(2026, 2, 1))
    (one,) = instruments.states([spec], {"data/instruments/m/c.txt": content}, days, seen=True, checks={})
    assert one.state == "MISMATCH"
