# SPDX-License-Identifier: Apache-2.0
"""What each kind of journal event holds (docs/reference/bundle.md), checked when it is written and whenever it is read.

The kinds without a dot are the engine's. A domain's own are called ``domain.kind`` and hold, beside who recorded, what they like.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    field_validator,
)

from harness.evidence.bundle import is_safe_name, is_safe_path
from harness.evidence.defects import JournalBodyError, UnsafePathError
from harness.printable import printable

TRACES = "data/traces/"
DOCUMENTS = "data/documents/"
NOTES = "data/notes/"


def _name(text: str) -> str:
    if not is_safe_name(text):
        raise ValueError("no portable name")
    return text


Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Nanoseconds = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Name = Annotated[str, AfterValidator(_name)]
Count = Annotated[int, Field(ge=0)]
Number = Annotated[int, Field(ge=1)]


class Body(BaseModel):
    """Base of every body: strict, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def places(self) -> Mapping[str, str]:
        """Path -> the folder it has to lie in, for every path the body names."""
        return {}


class ChallengeHeld(Body):
    """The number that an office gave out for one attempt, and what else it said."""

    nonce: Digest
    office: str
    issued_ns: Nanoseconds
    note: str = ""


class CampaignStarted(Body):
    """What the campaign began with."""

    scenario_sha256: Digest
    profile_sha256: Digest
    campaign_sha256: Digest
    plan_sha256: Digest | None = None
    challenge: ChallengeHeld | None = None
    instruments: dict[str, Digest] = Field(default_factory=dict)
    papers: dict[str, Digest] = Field(default_factory=dict)


class Clock(Body):
    """Both clocks, and what the kernel says of its own."""

    wall_ns: Nanoseconds
    monotonic_ns: Nanoseconds
    synchronised: bool | None
    max_error_us: Count | None


class AttemptEnded(Body):
    """The end of an attempt."""

    attempt: Number
    clock: Clock


class AttemptStarted(AttemptEnded):
    """The start of an attempt, and how many were planned."""

    planned: Number
    inputs: dict[str, Digest] = Field(default_factory=dict)
    sequence: Number | None = None
    previous: Digest | None = None
    challenge: ChallengeHeld | None = None


class CorrectiveAction(Body):
    """What was changed after a proven violation, before the next attempt; ``after``: the attempt it answers."""

    after: Number
    text: Annotated[str, StringConstraints(min_length=8, max_length=4000)]
    by: str


class TimeStamped(Body):
    """A token of a time-stamping authority over the journal so far: over the ``hash`` of the event before this one."""

    attempt: Number
    path: Annotated[str, StringConstraints(pattern=r"^data/stamps/[0-9]{4}[.]tsr$")]
    sha256: Digest
    over: Digest


class NotStamped(Body):
    """The authority gave no token: who says so, and why; the stamp may be added later."""

    attempt: Number
    moment: Literal["start", "seal"]
    authority: str
    problem: str


class Recorded(Body):
    """Base of what one source says: whose evidence it is."""

    indicator: Name
    source: Name
    attempt: Number


class SourceStarted(Recorded):
    """A source began: its probe and settings, and whether its peers are simulated."""

    probe: str
    config: dict[str, JsonValue]
    simulated: bool


class SourceEnded(Recorded):
    """A source ended, as planned or not."""

    reason: Literal["done", "failed"]
    problem: str


class Checkpoint(Recorded):
    """What a resumed run needs to go on."""

    state: dict[str, JsonValue]


class SegmentOpened(Recorded):
    """A segment is about to be written, or (``segment_dropped``) never was."""

    path: str

    def places(self) -> Mapping[str, str]:
        """Below the source's own folder."""
        return {self.path: f"{TRACES}{self.indicator}/{self.source}/"}


class TornTail(SegmentOpened):
    """Bytes of a torn record were cut."""

    dropped: Count


class SegmentClosed(SegmentOpened):
    """The digest of a whole segment."""

    sha256: Digest
    bytes: Count


class SegmentSettled(Body):
    """A segment that nobody closed, closed by the seal, or dropped where nothing was ever written."""

    path: str
    by: Literal["seal"]

    def places(self) -> Mapping[str, str]:
        """Below the traces."""
        return {self.path: TRACES}


class SegmentClosedBySeal(SegmentSettled):
    """The digest of such a segment."""

    sha256: Digest
    bytes: Count


class Attached(Recorded):
    """A document that was kept, under the name that the evidence calls it by."""

    path: str
    sha256: Digest
    bytes: Count
    name: str

    def places(self) -> Mapping[str, str]:
        """Below the documents of its indicator."""
        return {self.path: f"{DOCUMENTS}{self.indicator}/"}


class Repaired(Body):
    """A torn last line was dropped."""

    dropped: Count


class PreflightFailed(Body):
    """A preflight that failed before this campaign could begin or go on: no attempt, and not forgotten."""

    time_ns: Nanoseconds
    code: str
    problem: str


class LedgerSeen(Body):
    """What the ledger of the tester's machine said when an attempt began; ``elsewhere``: attempts of the same project."""

    problem: str
    whole: bool
    head: Digest
    elsewhere: tuple[dict[str, JsonValue], ...] = Field(strict=False)


class Photo(Body):
    """A photo kept with a note."""

    path: str
    sha256: Digest
    bytes: Count


class Operator(Body):
    """What a person noted, who and when by the clock of the machine that took it; ``about``: an indicator, or nothing."""

    text: Annotated[str, StringConstraints(max_length=4000)]
    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    by: Annotated[str, StringConstraints(max_length=100)] = ""
    sent_ns: Nanoseconds | None = None
    about: Name | None = None
    photo: Photo | None = None

    def places(self) -> Mapping[str, str]:
        """A photo lies below the notes."""
        return {} if self.photo is None else {self.photo.path: NOTES}


class Corrected(Body):
    """A name that was written wrongly: which field of the profile, as it stood, as it should read, why, and who says so."""

    field: Annotated[
        str,
        StringConstraints(
            pattern=r"^(?:project\.name|project\.applicant\.name|project\.members\.[1-9][0-9]{0,2}\.name|test\.organisation|test\.operator)$"
        ),
    ]
    was: str
    now: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(?:.*\S)?$")]
    reason: Annotated[str, StringConstraints(min_length=2, max_length=400)]
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)]

    @field_validator("now", "reason", "by")
    @classmethod
    def _seen(cls, value: str) -> str:
        if printable(value) != value:
            raise ValueError("characters that nobody sees")
        return value


class Evaluated(Body):
    """What was judged, and the digests of what came of it."""

    attempt: Number
    results_sha256: Digest
    figures_sha256: Digest
    summary: dict[str, JsonValue] = Field(default_factory=dict)


class Sealed(Body):
    """Who was to sign, and the verdicts in short."""

    signers: tuple[Digest, ...] = Field(strict=False)
    summary: dict[str, JsonValue]


class Unsealed(Body):
    """Where the former seal is kept."""

    folder: Annotated[str, StringConstraints(pattern=r"^data/attestations/[0-9]{4}$")]
    manifest_sha256: Digest


class FromDomain(Recorded):
    """A domain's own event."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


_KINDS: Mapping[str, type[Body]] = {
    "campaign_started": CampaignStarted,
    "attempt_started": AttemptStarted,
    "attempt_ended": AttemptEnded,
    "source_started": SourceStarted,
    "source_ended": SourceEnded,
    "checkpoint": Checkpoint,
    "segment_opened": SegmentOpened,
    "segment_closed": SegmentClosed,
    "segment_dropped": SegmentOpened,
    "torn_tail": TornTail,
    "attached": Attached,
    "journal_repaired": Repaired,
    "operator": Operator,
    "corrective_action": CorrectiveAction,
    "corrected": Corrected,
    "time_stamped": TimeStamped,
    "not_stamped": NotStamped,
    "preflight_failed": PreflightFailed,
    "resumed": AttemptEnded,
    "ledger_seen": LedgerSeen,
    "evaluated": Evaluated,
    "sealed": Sealed,
    "unsealed": Unsealed,
}
_BY_SEAL: Mapping[str, type[Body]] = {"segment_closed": SegmentClosedBySeal, "segment_dropped": SegmentSettled}


def check_body(kind: str, body: Mapping[str, Any], where: str = "") -> None:
    """JournalBodyError when ``body`` is not what ``kind`` holds, UnsafePathError for a path outside its folder."""
    form = (_BY_SEAL if "by" in body else _KINDS).get(kind, _KINDS.get(kind))
    if form is None and not _is_domains(kind):
        msg = f"kind {kind[:60]}"
        raise JournalBodyError(msg, where=where)
    try:
        held = (form or FromDomain).model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        msg = f"{kind}: {place[:60]}: {first['msg'][:80]}"
        raise JournalBodyError(msg, where=where) from None
    for path, folder in held.places().items():
        if not (path.startswith(folder) and is_safe_path(path)):
            msg = f"{kind}: {path[:120]}"
            raise UnsafePathError(msg, where=where)


def _is_domains(kind: str) -> bool:
    """True for ``domain.kind``, each a plain word."""
    words = kind.split(".")
    return len(words) > 1 and all(word.replace("-", "").replace("_", "").isalnum() for word in words)
