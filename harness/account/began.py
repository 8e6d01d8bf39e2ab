# SPDX-License-Identifier: Apache-2.0
"""What campaign.json says of the software and the machine that a campaign began with."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from harness.account.entries import malformed
from harness.evidence.canonical import parse


class _Began(BaseModel):
    """Base of the parts of campaign.json: strict; an older or newer version may say less or more."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class BeganWith(_Began):
    """The software that a campaign began with; empty where it is not told."""

    name: str = ""
    version: str = ""
    sha256: str = ""
    probes: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)


class BeganOn(_Began):
    """The machine that a campaign began on; empty where it is not told."""

    system: str = ""
    kernel: str = ""
    processor: str = ""
    python: str = ""
    packages: list[str] = Field(default_factory=list)
    packages_sha256: str = ""
    image: str = ""


class Beginning(_Began):
    """What campaign.json says of software and machine."""

    software: BeganWith = Field(default_factory=BeganWith)
    machine: BeganOn = Field(default_factory=BeganOn)


def read_beginning(path: Path) -> Beginning:
    """What the campaign.json at ``path`` says, nothing where there is none; EvidenceError where it is not of its form."""
    if not path.is_file():
        return Beginning()
    try:
        return Beginning.model_validate(parse(path.read_bytes(), where=path.name))
    except ValidationError as error:
        raise malformed("yanshou.campaign/1", error, path.name) from None
