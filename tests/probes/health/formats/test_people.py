# SPDX-License-Identifier: Apache-2.0
"""The gate: a list of test patients and nobody else."""

import pytest

from harness.kit.unreadable import UnreadableError
from probes.health.formats import people
from probes.health.formats.forms import form_of
from tests.probes.health.made import PATIENTS, body

REAL = "11010519491231002X"
"""The example of GB 11643 itself."""


def listed(*rows: str, head: str = "患者标识,姓名") -> dict[str, str]:
    return people.listed("\n".join([head, *rows, ""]).encode(), "patients.csv")


def test_a_list_is_read_in_both_languages() -> None:
    assert listed("T-1,测试患者甲", "T-2,TEST B") == {"T-1": "测试患者甲", "T-2": "TEST B"}
    assert listed("T-1,test", head="patient id,name") == {"T-1": "test"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("T-1,张三", "does not say"),
        (f"{REAL},测试患者", "resident identity"),
        ("T 1,测试患者", "other signs"),
        (",测试患者", "other signs"),
        ("T-0,测试患者", "twice"),
        ("t-0,测试患者", "twice"),
        ("T-1,Contest Winner", "does not say"),
        ("T-1,Maria Testa", "does not say"),
        ("T-1,非测试患者", "does not say"),
        ("T-1,not a test patient", "does not say"),
    ],
)
def test_whoever_is_no_test_patient_is_refused_with_the_line(row: str, code: str) -> None:
    with pytest.raises(UnreadableError, match=code) as told:
        listed("T-0,测试患者", row)
    assert told.value.where == "patients.csv:3"


def test_a_column_that_nobody_reads_may_give_a_real_patient_away() -> None:
    with pytest.raises(UnreadableError, match="does not say"):
        listed("T-1,测试患者,是", head="患者标识,姓名,是否真实患者")
    with pytest.raises(UnreadableError, match="resident identity"):
        listed(f"T-1,测试患者,{REAL}", head="患者标识,姓名,身份证号")
    assert listed("T-1,测试患者,否", "T-2,TESTPATIENT 02,否", head="患者标识,姓名,是否真实患者")


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(UnreadableError):
        listed()


@pytest.mark.parametrize("transport", ["hl7", "fhir", "cda", "dicom"])
def test_a_stranger_is_kept_out(transport: str) -> None:
    form, ours = form_of(transport), body(transport, 2)
    assert people.look(form, ours, PATIENTS).clean
    assert people.look(form, ours, {"TEST-0002": ""}).foreign == 1
    assert not people.look(form, b"\x00\x01 nothing that is readable", PATIENTS).clean


@pytest.mark.parametrize("transport", ["hl7", "fhir", "cda"])
def test_a_real_identity_number_anywhere_is_kept_out(transport: str) -> None:
    spoilt = body(transport, 2).replace(b"TEST RECORD", REAL.encode())
    assert not people.look(form_of(transport), spoilt, PATIENTS).clean
    harmless = body(transport, 2).replace(b"TEST RECORD", b"110105194912310021")
    assert people.look(form_of(transport), harmless, PATIENTS).clean
