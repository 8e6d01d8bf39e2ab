# SPDX-License-Identifier: Apache-2.0
"""What campaign.json and the crate hold is checked even where every digest and signature agrees with what is there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.evidence.bundle import Bundle
from harness.evidence.verify import verify
from tests.harness.evidence.forging import agreeing, digest, reseal

Change = Callable[[dict[str, Any]], object]
CAMPAIGN: dict[str, Change] = {
    "no schema": lambda it: it.pop("schema"),
    "another schema": lambda it: it.update(schema="yanshou.campaign/9"),
    "no id": lambda it: it.pop("id"),
    "an empty id": lambda it: it.update(id=""),
    "a number for an id": lambda it: it.update(id=7),
    "no scenario": lambda it: it.pop("scenario"),
    "no software": lambda it: it.pop("software"),
    "software in words": lambda it: it.update(software="yanshou 1.0"),
    "a version that is a number": lambda it: it["software"].update(version=1),
    "a probe in words": lambda it: it["software"].update(probes={"network.stamp": "1"}),
    "a machine in a list": lambda it: it.update(machine=[]),
    "cores in words": lambda it: it.update(machine={"cores": "four"}),
    "a key that nobody knows": lambda it: it.update(verdict="PASS"),
}
CRATE: dict[str, Change] = {
    "no context": lambda it: it.pop("@context"),
    "a context of somebody else": lambda it: it.update({"@context": "https://example.org/context"}),
    "no graph": lambda it: it.pop("@graph"),
    "an empty graph": lambda it: it.update({"@graph": []}),
    "a graph of words": lambda it: it.update({"@graph": ["./"]}),
    "an entity without a name": lambda it: it["@graph"][0].pop("@id"),
}
CHANGES = [("data/campaign.json", each) for each in CAMPAIGN] + [
    ("data/ro-crate-metadata.json", each) for each in CRATE
]


@pytest.mark.parametrize(("path", "change"), CHANGES)
def test_a_document_in_another_form_is_a_defect_whoever_sealed_it(
    sealed: Bundle, pairs: dict[str, Any], path: str, change: str
) -> None:
    document = json.loads((sealed.root / path).read_bytes())
    (CAMPAIGN if "campaign" in path else CRATE)[change](document)
    (sealed.root / path).write_text(json.dumps(document), "utf-8")
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: agreeing(sealed.root, events))
    assert {(each.code, each.path) for each in verify(sealed.root, any_signer=True).defects} == {
        ("evidence.document-form", path)
    }


@pytest.mark.parametrize("path", ["data/campaign.json", "data/ro-crate-metadata.json"])
@pytest.mark.parametrize("content", [b"[]", b"7", b'"x"', b"null"])
def test_what_is_no_object_is_in_no_form(sealed: Bundle, pairs: dict[str, Any], path: str, content: bytes) -> None:
    (sealed.root / path).write_bytes(content)
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: _as_it_is(sealed, events))
    codes = {each.code for each in verify(sealed.root, any_signer=True).defects}
    assert "evidence.document-form" in codes


def _as_it_is(sealed: Bundle, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for each in events:
        if each["kind"] == "campaign_started":
            each["body"]["campaign_sha256"] = digest(sealed.root / "data/campaign.json")
    return events


def test_another_version_may_tell_more_of_software_and_machine(sealed: Bundle, pairs: dict[str, Any]) -> None:
    document = json.loads(sealed.campaign_path.read_bytes())
    document["software"]["flavour"] = "offline"
    document["machine"] = {"system": "Linux", "cores": 4, "memory_bytes": 1 << 34}
    sealed.campaign_path.write_text(json.dumps(document), "utf-8")
    reseal(sealed.root, [pairs["stranger.ed25519"]], lambda events: agreeing(sealed.root, events))
    assert not verify(sealed.root, any_signer=True).defects
