# SPDX-License-Identifier: Apache-2.0
"""FHIR R4: what a server may add, what it may not, outcomes behind a 200, pages; our records by another project's models."""

import json
from typing import Any

import pytest

from harness.kit.unreadable import UnreadableError
from probes.health.formats import fhir
from probes.health.formats.forms import Answer
from tests.probes.health.made import body


def test_our_records_are_valid_by_models_that_are_not_ours() -> None:
    from fhir.resources.R4B.observation import Observation

    found = Observation.model_validate_json(body("fhir", 3))
    assert found.subject.identifier.value in fhir.record(body("fhir", 3)).patients


def changed(**more: Any) -> bytes:
    return json.dumps({**json.loads(body("fhir", 3)), **more}).encode()


def test_what_a_server_adds_by_the_standard_changes_nothing() -> None:
    meta = {
        **json.loads(body("fhir", 3))["meta"],
        "versionId": "1",
        "lastUpdated": "2026-01-01T00:00:00Z",
        "source": "#x",
    }
    ours, theirs = fhir.record(body("fhir", 3)), fhir.record(changed(id="77", meta=meta))
    assert ours.fields == theirs.fields


@pytest.mark.parametrize(
    "more",
    [
        {"status": "preliminary"},
        {"language": "zh"},
        {"meta": {}},
        {"meta": {"tag": [{"system": "urn:yanshou:run", "code": "482910375512"}], "profile": ["x"]}},
        {"text": {"status": "generated", "div": "<div/>"}},
        {"note": [{"text": "测试记录，非真实患者 TEST RECORD"}, {"text": ""}]},
    ],
)
def test_whatever_else_differs_is_a_changed_field(more: dict[str, Any]) -> None:
    assert fhir.record(changed(**more)).digest != fhir.record(body("fhir", 3)).digest


def test_the_precision_of_a_decimal_counts() -> None:
    whole = body("fhir", 10)
    assert b'"value": 95.0' in whole
    assert fhir.record(whole.replace(b"95.0", b"95")).digest != fhir.record(whole).digest


def outcome(severity: str, code: str = "processing") -> bytes:
    issue = [{"severity": severity, "code": code}]
    return json.dumps({"resourceType": "OperationOutcome", "issue": issue}).encode()


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [
        (201, b"", "accepted"),
        (200, b"", "accepted"),
        (201, outcome("information"), "accepted"),
        (200, outcome("error"), "refused"),
        (201, outcome("fatal"), "refused"),
        (200, outcome("error", "transient"), "again"),
        (200, outcome("whatever"), "refused"),
        (422, outcome("error"), "refused"),
        (503, b"", "again"),
        (429, b"", "again"),
        (301, b"", "refused"),
    ],
)
def test_a_status_counts_as_far_as_its_outcome_lets_it(status: int, answer: bytes, state: str) -> None:
    assert fhir.receipt(Answer(status, answer), "1").state == state


def test_everybody_who_is_named_is_found() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "9", "identifier": [{"value": "P-1"}, {"value": "P-2"}]}},
            {"resource": {"resourceType": "Patient", "id": "9"}},
            {"resource": {"resourceType": "Encounter", "subject": {"reference": "Patient/4"}}},
            {"resource": {"resourceType": "Account", "subject": [{"display": "somebody"}]}},
        ],
    }
    assert set(fhir.patients(json.dumps(bundle).encode())) == {"P-1", "P-2", "Patient/9", "Patient/4", "somebody"}


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b"<html>", b'{"a":1}', b'{"resourceType":"X","resourceType":"Y"}', b'{"resourceType":NaN}']
)
def test_what_is_no_resource_is_refused(bad: bytes) -> None:
    with pytest.raises(UnreadableError):
        fhir.parsed(bad)


def test_what_is_no_list_is_refused() -> None:
    for bad in (outcome("error"), b'{"resourceType":"Bundle","type":"searchset","total":"many"}', body("fhir", 1)):
        with pytest.raises(UnreadableError):
            fhir.page(bad)


def test_an_entry_that_nobody_could_tell_from_another_is_refused() -> None:
    resource = json.loads(body("fhir", 1))
    for more, ids in (({}, None), ({}, "7"), ({"fullUrl": "http://a/Observation/7"}, None)):
        entry = {"resource": {**resource, **({"id": ids} if ids else {})}, **more}
        bundle = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": [entry, entry]}).encode()
        if not ids and not more:
            with pytest.raises(UnreadableError):
                fhir.page(bundle)
        else:
            assert len({each.handle for each in fhir.page(bundle).entries}) == 1


def test_a_name_with_a_point_is_no_path() -> None:
    one = b'{"resourceType":"X","a":{"b":"1"}}'
    assert fhir.record(one).digest != fhir.record(b'{"resourceType":"X","a.b":"1"}').digest


def test_what_is_nested_without_end_is_refused() -> None:
    for deep in (
        b'{"resourceType":"X","a":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"resourceType":"X","a":' + b"[" * 10**5,
    ):
        with pytest.raises(UnreadableError):
            fhir.record(deep)
