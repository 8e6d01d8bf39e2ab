# SPDX-License-Identifier: Apache-2.0
"""The shape of scenario and profile files: strict pydantic models, every key described, unknown keys refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Discriminator, Field, JsonValue, Tag, model_validator
from pydantic.fields import FieldInfo

from harness.spec.instrument_documents import InstrumentDoc
from harness.spec.papers import PaperDoc, PaperName
from harness.spec.strict import Document, OpenDocument
from harness.spec.written import (
    Amount,
    Confidence,
    ConstantName,
    CreditCode,
    Day,
    DottedName,
    IndicatorId,
    KeyPlace,
    LimitText,
    Line,
    ReadingName,
    ScenarioId,
    Word,
    wrong,
)

RuleWord = Literal["simple", "guarded", "stringent"]
StricterWord = Literal["longer", "shorter", "higher", "lower", "none"]


class TextDoc(Document):
    """One sentence in Chinese and in English."""

    zh: Line = Field(description="the sentence in Chinese.")
    en: Line = Field(description="the sentence in English.")


class DocumentDoc(Document):
    """The government document that clauses are quoted from."""

    seed: Line = Field(description='file number of the document, in quotes, like "000".')
    name: Line = Field(description="title of the document.")
    issuer: Line = Field(description="who issued the document.")
    annex: Line | None = Field(None, description="annex in which the clause stands, like 附件 1.")
    row: Line | None = Field(None, description='row of the table, in quotes, like "1".')


class DocumentChangesDoc(Document):
    """What differs from the scenario's document for one clause."""

    seed: Line | None = Field(None, description="file number of another document, in quotes.")
    name: Line | None = Field(None, description="title of that document.")
    issuer: Line | None = Field(None, description="who issued that document.")
    annex: Line | None = Field(None, description="annex in which this clause stands.")
    row: Line | None = Field(None, description="row of the table, in quotes.")


class ReadingDoc(Document):
    """One defensible interpretation of a clause: measurand + statistic + parameters."""

    name: ReadingName = Field(
        description="name that profiles choose this reading by: lower-case words joined by hyphens, like rtt-p99."
    )
    title: TextDoc = Field(description="what the reading is called in reports: {zh: …, en: …}.")
    why: TextDoc | None = Field(None, description="why this reading is the default: {zh: …, en: …}.")
    measurand: DottedName = Field(
        description="the quantity that is measured: domain.noun in lower case, like network.rtt."
    )
    statistic: Word = Field(description="what is computed from it: one lower-case word, like quantile, ratio or mean.")
    parameters: dict[str, JsonValue] = Field(
        default_factory=dict, description="settings of the statistic, like {q: 99 %, lost: over-limit}."
    )
    about: Literal["window", "process"] = Field(
        description="what its verdict speaks of: window (the agreed time itself) or process (the system that made it)."
    )
    minimum: dict[Word, Amount] = Field(
        default_factory=dict,
        description="least effort without which nothing passes, like {duration: 8 h, sessions: 6, coverage: 99 %}.",
    )
    tighten: dict[ConstantName, Literal["longer", "shorter", "higher", "lower"]] = Field(
        default_factory=dict, description="parameters a profile may tighten, and which way: {min_fix_rate: higher}."
    )
    limit: LimitText | None = Field(
        None, description='own limit, where this reading asks in another unit than the clause, like ">= 99.9 %".'
    )
    default: bool = Field(False, description="true for the strict reading that holds unless a profile names another.")


class ConstantDoc(Document):
    """A constant of the measurement: its strict default, which way a profile may move it, and how far."""

    default: JsonValue = Field(None, description="the strict value that holds unless a profile tightens it, like 10 s.")
    stricter: StricterWord = Field(
        description="which way is stricter: longer, shorter, higher, lower; none where neither is."
    )
    range: Annotated[list[Amount], Field(min_length=2, max_length=2)] | None = Field(
        None, description="least and most that a profile may declare, like [1 s, 60 s]."
    )
    why: TextDoc | None = Field(None, description="why this default and this direction: {zh: …, en: …}.")


class NoInstrumentDoc(Document):
    """That a clause needs no calibrated instrument; nobody has to guess it from silence."""

    none: TextDoc = Field(description="why none is needed: {zh: …, en: …}.")


class IndicatorDoc(Document):
    """One clause's requirement on one quantity."""

    id: IndicatorId = Field(description="name of the indicator: id of the scenario, dot, word, like s01.latency.")
    title: TextDoc = Field(description="what the indicator is called in reports: {zh: …, en: …}.")
    clause: Line = Field(description="the sentence of the document, quoted verbatim.")
    document: DocumentChangesDoc | None = Field(
        None, description="what differs from the scenario's document for this clause."
    )
    kind: Literal["measured", "audited", "attested"] = Field(
        description="how it is proven: measured by a probe, audited in a register, attested by a signature."
    )
    mandatory: bool = Field(description="true when the scenario's verdict depends on it, false when it only informs.")
    mandatory_if_limited: bool = Field(
        False, description="true when it becomes mandatory as soon as a profile sets a limit."
    )
    applies_if: Word | None = Field(
        None, description="mandatory only where the profile's applies: names this word, like timing."
    )
    limit: LimitText | None = Field(None, description='the limit of the clause, like "<= 2 ms" or ">= 50 台套".')
    limits_from: Literal["profile"] | None = Field(
        None, description="profile: the clause gives no number, the profile sets it."
    )
    confidence: Confidence | None = Field(
        None, description='level of confidence of each bound, like "95 %" (the default).'
    )
    rule: RuleWord = Field("guarded", description="decision rule: simple, guarded (the default) or stringent.")
    evidence: list[TextDoc] = Field(min_length=1, description="what evidence it needs: a list of {zh: …, en: …}.")
    constants: dict[ConstantName, ConstantDoc] = Field(
        default_factory=dict,
        description="constants a profile may tighten: {silent_after: {default: 10 s, stricter: none, range: [1 s, 60 s]}}.",
    )
    note: TextDoc | None = Field(None, description="remark for reports: {zh: …, en: …}.")
    instruments: NoInstrumentDoc | None = Field(
        None,
        description="{none: {zh: …, en: …}}: the clause needs no calibrated instrument, whatever its measurand says, and why.",
    )
    readings: list[ReadingDoc] = Field(
        min_length=1, description="the readings of the clause, exactly one with default: true."
    )


class ScenarioDoc(Document):
    """A scenario file: one row of the list, or one policy pack, with its indicators."""

    schema_: Literal["yanshou.scenario/1"] = Field(alias="schema", description="always yanshou.scenario/1.")
    id: ScenarioId = Field(description="name of the scenario: a lower-case word, like s01.")
    title: TextDoc = Field(description="title of the scenario: {zh: …, en: …}.")
    field: TextDoc = Field(description="field of the scenario: {zh: …, en: …}.")
    document: DocumentDoc = Field(description="the document that the clauses are quoted from.")
    indicators: list[IndicatorDoc] = Field(min_length=1, description="the indicators, in the order of the document.")


class OrganisationDoc(Document):
    """An organisation by name and 统一社会信用代码 (GB 32100)."""

    name: Line = Field(description="full registered name.")
    uscc: CreditCode = Field(description="统一社会信用代码, 18 digits and capital letters, in quotes.")


class PeriodDoc(Document):
    """First and last day of the project."""

    start: Day = Field(description="first day, YYYY-MM-DD.")
    end: Day = Field(description="last day, YYYY-MM-DD.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start > self.end:
            problem = f"the project ends on {self.end}, before it starts on {self.start}."
            raise wrong(problem, "swap the two days, or correct one.")
        return self


class ProjectDoc(Document):
    """The project that is accepted."""

    name: Line = Field(description="name of the project.")
    applicant: OrganisationDoc = Field(description="the applicant: {name: …, uscc: …}.")
    members: list[OrganisationDoc] = Field(default_factory=list, description="other members of the consortium.")
    period: PeriodDoc = Field(description="period of the project: {start: …, end: …}.")
    site: Line = Field(description="where the acceptance takes place.")


class TestingDoc(Document):
    """The test: who, and under which circumstances."""

    kind: Literal["self-check", "on-site", "third-party", "自测", "现场测试", "第三方测试"] = Field(
        description="self-check (自测), on-site (现场测试) or third-party (第三方测试)."
    )
    organisation: Line = Field(description="who tests.")
    operator: Line = Field(description="the person who carries out the test.")
    environment: dict[str, JsonValue] = Field(
        default_factory=dict, description="circumstances, free keys: load, weather, versions."
    )


class MoreSourceDoc(OpenDocument):
    """A further source of one indicator; other keys are settings of the probe."""

    probe: DottedName = Field(description="the probe: domain.name, like plant.mqtt.")
    name: Word | None = Field(None, description="name of the source, where the probe's name is not enough.")


def _branch(value: Any) -> str | None:
    if isinstance(value, str):
        return "borrowed"
    return "source" if isinstance(value, (dict, MoreSourceDoc)) else None


Evidence = Annotated[
    Annotated[IndicatorId, Tag("borrowed")] | Annotated[MoreSourceDoc, Tag("source")], Discriminator(_branch)
]


class SourceDoc(OpenDocument):
    """Where the evidence of one indicator comes from; other keys are settings of the probe."""

    probe: DottedName | None = Field(
        None, description="the probe, like network.stamp; without it the one that measures the indicator."
    )
    name: Word | None = Field(None, description="name of the source, where the probe's name is not enough.")
    evidence: list[Evidence] = Field(
        default_factory=list,
        description="further evidence: ids of indicators whose traces are borrowed, or sources {probe: …}.",
    )


class SimulatorDoc(OpenDocument):
    """A simulated peer that the profile starts; other keys are its settings."""

    probe: DottedName = Field(description="the probe that brings the simulator, like network.stamp.")
    simulator: Word = Field(description="name of the simulator in that probe, like reflectors.")


class SigningDoc(Document):
    """Keys that sign the bundle."""

    ed25519: KeyPlace | None = Field(None, description="Ed25519 key: env:NAME or a path.")
    sm2: KeyPlace | None = Field(None, description="SM2 key (国密): env:NAME or a path.")


class ProfileDoc(Document):
    """A profile: the site, who tests, chosen readings, tightened limits, sources."""

    schema_: Literal["yanshou.profile/1"] = Field(alias="schema", description="always yanshou.profile/1.")
    scenario: Line = Field(description="id of an installed scenario, like s01, or a path, like ./my.scenario.yaml.")
    project: ProjectDoc = Field(description="the project that is accepted.")
    test: TestingDoc = Field(description="who tests, and under which circumstances.")
    readings: dict[IndicatorId, ReadingName] = Field(
        default_factory=dict, description="chosen readings: {s01.latency: rtt-p99}."
    )
    limits: dict[IndicatorId, LimitText] = Field(
        default_factory=dict, description='tightened limits: {s01.latency: "<= 1.5 ms"}; never relaxed.'
    )
    confidence: dict[IndicatorId, Confidence] = Field(
        default_factory=dict, description="raised levels of confidence: {s01.latency: 99 %}; never lowered."
    )
    rules: dict[IndicatorId, RuleWord] = Field(
        default_factory=dict, description="stricter decision rules: {s01.latency: stringent}; never weaker."
    )
    minimum: dict[IndicatorId, dict[Word, Amount]] = Field(
        default_factory=dict, description="raised least efforts: {s01.latency: {duration: 24 h}}; never lowered."
    )
    gates: dict[IndicatorId, dict[ConstantName, JsonValue]] = Field(
        default_factory=dict,
        description="tightened parameters of the chosen reading: {s08.static.h: {min_fix_rate: 99 %}}; never relaxed.",
    )
    practice: bool = Field(
        False,
        description="true: a rehearsal; loopback and cables are allowed, effort and statistics as ever, marked everywhere.",
    )
    applies: list[Word] = Field(
        default_factory=list, description="conditions of the scenario that hold here, like [timing]."
    )
    baseline: bool = Field(
        False,
        description="true: measure and seal, judge nothing; a later profile names the bundle under before: of a source.",
    )
    attempts: int = Field(1, ge=1, description="planned number of attempts; the risk is shared among them.")
    declared: dict[IndicatorId, dict[ConstantName, JsonValue]] = Field(
        default_factory=dict, description="declared constants, tightened only: {s01.loss: {waiting_time: 3 s}}."
    )
    sources: dict[IndicatorId, SourceDoc] = Field(
        default_factory=dict, description="where the evidence of each indicator comes from."
    )
    simulators: dict[Word, SimulatorDoc] = Field(
        default_factory=dict,
        description="simulated peers this profile starts, by name; what is measured against them is labelled so.",
    )
    instruments: dict[Word, InstrumentDoc] = Field(
        default_factory=dict, description="measuring instruments by name, each with its certificate."
    )
    papers: dict[PaperName, PaperDoc] = Field(
        default_factory=dict, description="attested papers that this acceptance asks for (p00), by name."
    )
    time_stamps: Line | None = Field(
        None, description="address of a time-stamping authority (RFC 3161) that is asked at start and seal, https://…."
    )
    signing: SigningDoc = Field(
        default_factory=lambda: SigningDoc(ed25519=None, sm2=None), description="keys that sign the bundle."
    )


def described(model: type[BaseModel], keys: tuple[str | int, ...]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The innermost model on the way along ``keys`` and the last field on it."""
    last = None
    for key in keys:
        for name, field in model.model_fields.items():
            if key == (field.alias or name):
                last = field
                model = inner_model(field.annotation) or model
                break
    return model, last


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """The model inside ``list[…]``, ``dict[…, …]`` or ``… | None``; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (inner_model(each) for each in get_args(annotation))
    return next((each for each in found if each is not None), None)
