# SPDX-License-Identifier: Apache-2.0
"""What a bundle's own JSON documents hold, checked whenever a bundle is verified, whoever signed it.

The journal has its own rules (:mod:`harness.evidence.bodies`), and so have the attestation and the plan. Results and chart
data are checked against their records by whoever knows those (:mod:`harness.console.verified`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from harness.evidence.bodies import Digest
from harness.evidence.canonical import parse
from harness.evidence.contents import Contents
from harness.evidence.defects import DefectError, NotJsonError
from harness.model import Text


class MisshapenError(DefectError):
    """A document that does not hold what one of its name holds."""

    code = "evidence.document-form"
    sentence = Text("文件的内容不是它应有的内容。", "The document does not hold what it should.")


class _Strict(BaseModel):
    """No unknown keys, no value of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Told(BaseModel):
    """Facts about software and machine, which no verdict rests on: another version may tell more of them or fewer."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Probe(_Told):
    version: str
    sha256: str


class _Software(_Told):
    name: str
    version: str
    sha256: str = ""
    probes: dict[str, _Probe] = Field(default_factory=dict)


class _Machine(_Told):
    system: str = ""
    kernel: str = ""
    processor: str = ""
    cores: int = 0
    python: str = ""
    packages: list[str] = Field(default_factory=list)
    packages_sha256: str = ""
    image: str = ""


class Campaign(_Strict):
    """campaign.json: which campaign, by which scenario and profile, begun with which software on which machine."""

    form: Literal["yanshou.campaign/1"] = Field(alias="schema")
    id: Annotated[str, Field(min_length=1)]
    profile: str
    scenario: Annotated[str, Field(min_length=1)]
    scenario_sha256: Digest
    profile_sha256: Digest
    software: _Software
    machine: _Machine = Field(default_factory=_Machine)


class Crate(_Strict):
    """ro-crate-metadata.json: JSON-LD for other tools."""

    context: Literal["https://w3id.org/ro/crate/1.1/context"] = Field(alias="@context")
    graph: Annotated[list[_Entity], Field(alias="@graph", min_length=1)]


class _Entity(BaseModel):
    """One thing that a crate describes."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, JsonValue] = Field(init=False)

    id: str = Field(alias="@id")
    kind: str = Field(alias="@type")


Crate.model_rebuild()
_FORMS: dict[str, type[BaseModel]] = {"data/campaign.json": Campaign, "data/ro-crate-metadata.json": Crate}


def check_forms(contents: Contents) -> Iterator[DefectError]:
    """A defect for each document of a known name that is there and does not hold what it should."""
    for path, form in _FORMS.items():
        if path not in contents:
            continue
        try:
            form.model_validate(parse(contents.read(path), where=path))
        except NotJsonError as error:
            yield error
        except ValidationError as error:
            yield misshapen(error, path)


def misshapen(error: ValidationError, path: str) -> MisshapenError:
    """The first thing that is wrong, with its place in the document at ``path``."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return MisshapenError(f"{place[:80]}: {first['msg'][:80]}", where=path)
