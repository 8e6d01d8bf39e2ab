# SPDX-License-Identifier: Apache-2.0
"""results.json as frozen records that write and read it (``yanshou.results/2``, docs/reference/results.md).

Every text is there in both languages, so that a report has words for what a plug-in measured. The published JSON Schema
(``yanshou schema results``) is made from these records.
"""

from __future__ import annotations

import json
from typing import Any, Literal, Self

from pydantic import Field, JsonValue, ValidationError, model_validator

from harness.account.entries import AgreedEntry, Entry, ReasonEntry, TextEntry, malformed
from harness.errors import EvidenceError
from harness.evidence.canonical import parse
from harness.evidence.defects import NotJsonError

SCHEMA = "yanshou.results/2"
LARGEST = 2**53
"""Below it every whole number is a double of its own (RFC 8785)."""
Number = int | float
VerdictWord = Literal["PASS", "FAIL", "INCONCLUSIVE", "INVALID", "NOT_TESTED"]


class NeedEntry(Entry):
    """What would decide an open verdict."""

    text: TextEntry = Field(description="the sentence.")
    towards: Literal["pass", "fail", ""] = Field(description="the verdict it leads to; empty where that is open.")
    counted: str = Field(description="what n counts: trials, packets, epochs, items; empty where nothing is counted.")
    n: Number | None = Field(description="the total wanted; null where no number helps.")
    n_if_clean: Number | None = Field(description="the total wanted if nothing more goes wrong; null where not known.")
    seconds: Number | None = Field(description="the time wanted, in seconds; null where not known.")


class SoftwareEntry(Entry):
    """A distribution and its version."""

    name: str = Field(description="name of the distribution.")
    version: str = Field(description="its version.")


class OrganisationEntry(Entry):
    """An organisation by name and code."""

    name: str = Field(description="name as registered.")
    uscc: str = Field(description="unified social credit code; empty where none was given.")


class PeriodEntry(Entry):
    """The first and the last day of the project."""

    start: str = Field(description="first day, ISO 8601.")
    end: str = Field(description="last day, ISO 8601.")


class TestingEntry(Entry):
    """Who tested, and under which circumstances."""

    kind: Literal["self-check", "on-site", "third-party"] = Field(description="on whose behalf.")
    organisation: str = Field(description="who tested.")
    operator: str = Field(description="the person.")
    environment: JsonValue = Field(description="circumstances as the profile states them.")


class AttemptsEntry(Entry):
    """How many attempts share the risk of a false PASS."""

    made: int = Field(description="attempts made so far.")
    planned: int = Field(description="attempts planned in the profile.")


class AttemptVerdictEntry(Entry):
    """What a former attempt said of one indicator."""

    id: str = Field(description="name of the indicator.")
    verdict: VerdictWord = Field(description="its verdict then.")
    codes: tuple[str, ...] = Field(description="codes of the reasons.")


class AttemptEntry(Entry):
    """A former attempt: it counts once a byte of evidence was recorded."""

    number: int = Field(description="from 1.")
    verdict: VerdictWord | None = Field(description="of the scenario; null where it never got that far.")
    results_sha256: str = Field(description="digest of its results; empty where there are none.")
    evidence_sha256: str = Field(description="digest over the digests of its evidence.")
    indicators: tuple[AttemptVerdictEntry, ...] = Field(description="its verdicts.")


class CampaignEntry(Entry):
    """The project and the test."""

    id: str = Field(description="from the digests of scenario and profile.")
    project: str = Field(description="name of the project.")
    applicant: OrganisationEntry = Field(description="who applies.")
    members: tuple[OrganisationEntry, ...] = Field((), description="the other members of the consortium.")
    site: str = Field(description="where it was tested.")
    period: PeriodEntry = Field(description="the period of the project.")
    test: TestingEntry = Field(description="the test.")
    attempts: AttemptsEntry = Field(description="attempts made and planned.")
    former: tuple[AttemptEntry, ...] = Field(description="the attempts before this one, each with its verdicts.")
    practice: bool = Field(description="true for a rehearsal: the rule about the path was waived.")
    clock_synchronised: bool | None = Field(description="what the kernel said; null where it could not tell.")
    agreed: AgreedEntry = Field(description="plan, challenges, corrective actions, instruments.")
    simulated: tuple[str, ...] = Field(description="sources whose peers were simulators, as indicator/source.")


class ScenarioEntry(Entry):
    """The scenario that was accepted."""

    id: str = Field(description="its id.")
    title: TextEntry = Field(description="its title.")
    sha256: str = Field(description="digest of the file it was read from.")
    published_by: SoftwareEntry | None = Field(
        description="the installed distribution that holds it byte for byte; null: not the published scenario."
    )


class ClauseEntry(Entry):
    """The quoted sentence and where it stands."""

    text: str = Field(description="the sentence, verbatim.")
    document: str = Field(description="title of the document.")
    issuer: str = Field(description="who issued it.")
    annex: str = Field(description="annex; empty where there is none.")
    row: str = Field(description="row of the table; empty where there is none.")


class MeasurandEntry(Entry):
    """The quantity, and the plug-in whose estimator spoke."""

    name: str = Field(description="domain.noun, like network.rtt.")
    title: TextEntry | None = Field(description="what it is called; null where no plug-in offers it.")
    offered_by: SoftwareEntry | None = Field(description="the distribution; null where no plug-in offers it.")


class ReadingEntry(Entry):
    """The interpretation of the clause that was judged."""

    name: str = Field(description="its name in the scenario.")
    title: TextEntry = Field(description="what it is called.")
    why: TextEntry = Field(description="why it is the default; empty where it is not.")
    measurand: MeasurandEntry = Field(description="what is measured.")
    statistic: str = Field(description="what is computed from it.")
    parameters: dict[str, JsonValue] = Field(description="settings of the statistic.")
    default: bool = Field(description="true for the strict reading that holds unless a profile names another.")
    about: Literal["window", "process"] = Field(description="what its verdict speaks of.")


class WindowEntry(Entry):
    """First and last moment that a verdict speaks of."""

    start: str = Field(description="UTC, ISO 8601.")
    end: str = Field(description="UTC, ISO 8601.")


class EffortEntry(Entry):
    """One effort that PASS takes, beside the one that the evidence amounts to."""

    name: str = Field(description="for machines, like duration or sessions.")
    title: TextEntry = Field(description="for people.")
    asked: str | None = Field(description="the least that PASS takes; null where nothing is asked.")
    found: str | None = Field(description="what there is; null where the evidence does not state it.")
    enough: bool = Field(description="whether PASS is open as far as this effort goes.")


class ConstantEntry(Entry):
    """A constant as it held: tightened by the profile, or as the scenario has it."""

    name: str = Field(description="its name.")
    value: JsonValue = Field(description="as it held; null where it counts as undeclared.")
    default: JsonValue = Field(description="as the scenario or the reading states it; null where neither does.")
    stricter: Literal["longer", "shorter", "higher", "lower", "none"] = Field(description="which way is stricter.")
    declared: bool = Field(description="whether the profile declares it.")


class SettingEntry(Entry):
    """A setting of a source that takes part in the verdict."""

    source: str = Field(description="indicator/source.")
    key: str = Field(description="its name in the profile.")
    value: JsonValue = Field(description="as it held.")


class CriterionEntry(Entry):
    """Tolerance limit and decision rule."""

    op: Literal["<=", "<", ">=", ">", "=="] | None = Field(description="operator; null where there is no limit.")
    limit: Number | None = Field(description="the limit; null where there is none.")
    unit: str | None = Field(description="its unit; null where there is none.")
    rule: Literal["simple", "guarded", "stringent"] = Field(description="decision rule.")
    confidence: Number = Field(description="of each bound, 0…1.")
    agreed_by: str = Field(description="who agreed it beforehand; empty where nobody but the tester did.")


class EstimateEntry(Entry):
    """A value with one-sided bounds, each at its confidence."""

    value: Number | None = Field(description="the point estimate; null where it is not finite.")
    unit: str = Field(description="unit of value, bounds and allowance.")
    n: int = Field(description="how many were observed.")
    n_eff: Number | None = Field(description="how many independent ones they are worth; null where not finite.")
    lower: Number | None = Field(description="one-sided lower bound; null where nothing can be said.")
    upper: Number | None = Field(description="one-sided upper bound; null where nothing can be said.")
    confidence: Number = Field(description="of each bound on its own.")
    method: TextEntry = Field(description="how it was computed.")
    allowance: Number | None = Field(
        description="the instrument's hard bound, added linearly by the decision; null where not finite."
    )
    diagnostics: dict[str, JsonValue] = Field(description="numbers about the method, for specialists.")


class BudgetEntry(Entry):
    """One component of the uncertainty budget (GUM)."""

    component: TextEntry = Field(description="what it is.")
    type: Literal["A", "B", "bound"] = Field(description="A: from the data; B: from other knowledge; bound: hard.")
    value: Number | None = Field(description="standard uncertainty, or the hard bound; null where not finite.")
    unit: str = Field(description="its unit.")


class VariantEntry(Entry):
    """The same reading judged with something left out or taken otherwise."""

    name: str = Field(description="its name.")
    title: TextEntry = Field(description="what it is called.")
    estimate: EstimateEntry | None = Field(description="its estimate; null where there is none.")
    verdict: VerdictWord = Field(description="what the verdict would be.")
    reasons: tuple[ReasonEntry, ...] = Field(description="why.")


class OtherReadingEntry(Entry):
    """What the verdict would have been under another reading."""

    reading: str = Field(description="its name in the scenario.")
    title: TextEntry = Field(description="what it is called.")
    about: Literal["window", "process"] = Field(description="what its verdict would speak of.")
    criterion: CriterionEntry = Field(description="its limit and rule.")
    estimate: EstimateEntry | None = Field(description="its estimate; null where there is none.")
    verdict: VerdictWord = Field(description="what the verdict would be.")
    reasons: tuple[ReasonEntry, ...] = Field(description="why.")


class ColumnEntry(Entry):
    """One column of a list."""

    key: str = Field(description="for machines.")
    title: TextEntry = Field(description="for people.")
    unit: str = Field(description="of its numbers; empty where there is none.")


class RowsEntry(Entry):
    """Base of what has columns and rows: every row is as wide as the head."""

    columns: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]

    @model_validator(mode="after")
    def _as_wide_as_the_head(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            msg = "a row is not as wide as the head"
            raise ValueError(msg)
        return self


class ListingEntry(RowsEntry):
    """A list found by name: rejected rows, silent nodes, outages."""

    key: str = Field(description="for machines.")
    title: TextEntry = Field(description="for people.")
    columns: tuple[ColumnEntry, ...] = Field(description="its columns.")
    rows: tuple[tuple[JsonValue, ...], ...] = Field(description="all rows, cells in the order of the columns.")


class FileEntry(Entry):
    """A file of the bundle behind an indicator."""

    path: str = Field(description="in the bundle.")
    sha256: str = Field(description="its digest.")
    bytes: int = Field(description="its size.")


class IndicatorEntry(Entry):
    """One requirement with its verdict and everything behind it."""

    id: str = Field(description="name of the indicator.")
    title: TextEntry = Field(description="what it is called.")
    clause: ClauseEntry = Field(description="what was required, quoted.")
    kind: Literal["measured", "audited", "attested"] = Field(description="how it is proven.")
    mandatory: bool = Field(description="whether the scenario's verdict depends on it.")
    reading: ReadingEntry = Field(description="the reading that was judged.")
    chosen: bool = Field(description="whether the profile chose it.")
    criterion: CriterionEntry = Field(description="limit and decision rule.")
    speaks: TextEntry = Field(description="what the verdict speaks of, as a sentence.")
    window: WindowEntry | None = Field(
        description="the time it speaks of; null where it is not about a window of time."
    )
    effort: tuple[EffortEntry, ...] = Field(description="the effort that PASS takes, and what there is.")
    constants: tuple[ConstantEntry, ...] = Field(description="the constants as they held.")
    settings: tuple[SettingEntry, ...] = Field(description="settings of the sources that take part in the verdict.")
    weaker: tuple[ReasonEntry, ...] = Field(description="what is asked less of than in the published scenario.")
    estimate: EstimateEntry | None = Field(description="null where nothing was measured.")
    budget: tuple[BudgetEntry, ...] = Field(description="uncertainty budget.")
    verdict: VerdictWord = Field(description="the verdict.")
    reasons: tuple[ReasonEntry, ...] = Field(description="why.")
    remarks: tuple[ReasonEntry, ...] = Field(description="told, without effect on the verdict.")
    need: NeedEntry | None = Field(description="what would decide; null where it is decided or nobody knows.")
    leaning: Literal["pass", "fail", ""] = Field(description="which side the point estimate is on.")
    variants: tuple[VariantEntry, ...] = Field(description="the same reading with something taken otherwise.")
    other_readings: tuple[OtherReadingEntry, ...] = Field(description="verdicts under the other readings.")
    listings: tuple[ListingEntry, ...] = Field(description="lists found by name.")
    evidence: tuple[FileEntry, ...] = Field(description="the files behind it.")
    attempts: int = Field(description="which attempt the evidence belongs to.")


class Results(Entry):
    """results.json: the single source of every report."""

    schema_: Literal["yanshou.results/2"] = Field(alias="schema", description="always yanshou.results/2.")
    software: SoftwareEntry = Field(description="what judged.")
    campaign: CampaignEntry = Field(description="the project and the test.")
    scenario: ScenarioEntry = Field(description="what was accepted.")
    verdict: VerdictWord = Field(description="over the mandatory indicators.")
    indicators: tuple[IndicatorEntry, ...] = Field(description="one entry an indicator, in the scenario's order.")

    def as_json(self) -> dict[str, Any]:
        """The records as JSON values; a whole number that no double holds exactly is a float, as it was before it was written."""
        values: dict[str, Any] = json.loads(self.model_dump_json(by_alias=True), parse_int=_whole)
        return values


def _whole(text: str) -> int | float:
    number = int(text)
    return number if abs(number) < LARGEST else float(number)


def read_results(content: bytes, where: str = "results.json") -> Results:
    """The records in a results.json; EvidenceError with the place and the cure where it is no results.json of this form."""
    refuse_other_schema(content, SCHEMA, where)
    try:
        return Results.model_validate_json(content)
    except ValidationError as error:
        raise malformed(SCHEMA, error, where) from None


def refuse_other_schema(content: bytes, schema: str, where: str) -> None:
    """EvidenceError in one sentence for a document in another form, such as that of an older version, and for no document."""
    try:
        document = parse(content)
    except NotJsonError:
        document = None
    if not isinstance(document, dict):
        msg = f"{where} is no JSON object."
        raise EvidenceError(msg, cure="run yanshou verify on the bundle, then yanshou replay.")
    if document.get("schema") != schema:
        made_by = document.get("software")
        version = made_by.get("version") if isinstance(made_by, dict) else None
        name = f"yanshou {version}" if version else "the version that wrote it"
        msg = f"{where} is in the form {document.get('schema')!r}, this version reads {schema!r}."
        raise EvidenceError(msg, cure=f"replay and report it with {name}; yanshou verify checks it with any version.")
