# SPDX-License-Identifier: Apache-2.0
"""What results.json says of what was agreed beforehand; and the base records that it shares with the rest."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from harness.errors import EvidenceError


class Entry(BaseModel):
    """Base of every part: strict, frozen, no unknown keys, and no key may be absent."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TextEntry(Entry):
    """The same words in Chinese and in English."""

    zh: str = Field(description="in Chinese.")
    en: str = Field(description="in English.")

    def get(self, lang: str) -> str:
        """The words in ``lang`` (``zh`` or ``en``)."""
        return self.zh if lang == "zh" else self.en


class ReasonEntry(Entry):
    """Why: a stable code, the facts as data, and the sentence that says them."""

    code: str = Field(description="stable code, domain.what, as docs/reference/reasons.md lists them.")
    facts: dict[str, JsonValue] = Field(description="what the sentence says, as data; a list is whole.")
    text: TextEntry = Field(description="the sentence.")


class PlanEntry(Entry):
    """The sealed plan that the campaign was run by."""

    sha256: str = Field(description="of what was signed.")
    makers: tuple[str, ...] = Field(description="keys of the party that sealed it.")
    counter_signers: tuple[str, ...] = Field(
        description="keys of the other parties; whose they are, a trust list says."
    )
    deviations: tuple[ReasonEntry, ...] = Field(description="what differs from the plan, a sentence each.")


class ChallengeEntry(Entry):
    """The number of an office with which an attempt began."""

    attempt: int = Field(description="which attempt.")
    nonce: str = Field(description="the number, 64 hex digits.")
    office: str = Field(description="who gave it out, as the file says.")
    issued: str = Field(description="when, UTC, as the file says.")


class CorrectiveEntry(Entry):
    """What was changed after an attempt."""

    after: int = Field(description="the attempt it answers.")
    text: str = Field(description="what was changed.")
    by: str = Field(description="who says so.")


class CheckEntry(Entry):
    """A reference object that was measured before and after."""

    reference: str = Field(description="what it is.")
    expected: str = Field(description="its known value.")
    tolerance: str = Field(description="how far a reading may be off.")
    before: str | None = Field(description="the reading before; null where there is none.")
    after: str | None = Field(description="the reading after; null where there is none.")
    within: bool = Field(description="whether both are there and in the window.")


class InstrumentEntry(Entry):
    """An instrument on the day of the test."""

    name: str = Field(description="its name in the profile.")
    kind: str = Field(description="its kind.")
    manufacturer: str = Field(description="who made it; empty where not said.")
    model: str = Field(description="its model.")
    serial: str = Field(description="its serial number.")
    range: str = Field(description="range of measurement; empty where not said.")
    accuracy: str = Field(description="accuracy class; empty where not said.")
    certificate: str = Field(description="number of its certificate; empty where there is none.")
    laboratory: str = Field(description="who issued it.")
    calibrated: str = Field(description="day of the calibration.")
    due: str = Field(description="last day on which it holds; empty where not said.")
    file: str = Field(description="the certificate in the bundle; empty where none was handed over.")
    state: Literal["APPLICABLE", "UNCERTAIN", "EXPIRED", "MISMATCH"] = Field(description="its state that day.")
    reasons: tuple[ReasonEntry, ...] = Field(description="why.")
    indicators: tuple[str, ...] = Field(description="the indicators it measured for.")
    check: CheckEntry | None = Field(description="check against a reference; null where none was planned.")


class NoInstrumentEntry(Entry):
    """An indicator that the scenario says needs no calibrated instrument."""

    indicator: str = Field(description="id of the indicator.")
    why: TextEntry = Field(description="why, as the scenario says.")


class PaperEntry(Entry):
    """An attested paper that the acceptance asks for (p00)."""

    name: str = Field(description="which paper, by p00's name.")
    title: TextEntry = Field(description="what it is called.")
    file: str = Field(description="the paper in the bundle; empty where it is missing.")
    number: str = Field(description="its number; empty where not said.")
    issuer: str = Field(description="who issued it; empty where not said.")
    issued: str = Field(description="day of issue; empty where not said.")
    until: str = Field(description="last day on which it holds; empty where it has none.")
    state: Literal["PRESENT", "MISSING", "EXPIRED", "LATE"] = Field(description="its state on the day of the test.")


class AgreedEntry(Entry):
    """Everything that was fixed beforehand, and what became of it."""

    plan: PlanEntry | None = Field(description="null: there was no plan agreed beforehand.")
    challenges: tuple[ChallengeEntry, ...] = Field(description="one for each attempt that began with one.")
    corrective: tuple[CorrectiveEntry, ...] = Field(description="what was changed between attempts.")
    instruments: tuple[InstrumentEntry, ...] = Field(description="the instruments.")
    uninstrumented: tuple[NoInstrumentEntry, ...] = Field(
        (), description="the indicators that need no instrument by the scenario, and why."
    )
    papers: tuple[PaperEntry, ...] = Field(description="the attested papers that the acceptance asks for.")
    authority: str = Field(description="the authority that the profile names; empty where it names none.")


def malformed(schema: str, error: ValidationError, where: str) -> EvidenceError:
    """What is wrong first in a document that is not of its form."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    msg = f"{where} is not in the form {schema} ({place}: {first['msg']})."
    return EvidenceError(msg, cure="run yanshou verify on the bundle, then yanshou replay.")
