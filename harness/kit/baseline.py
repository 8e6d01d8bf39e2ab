# SPDX-License-Identifier: Apache-2.0
"""Before and after: files of two periods as one trace, those before by choice out of the sealed bundle of an earlier campaign.

A baseline is verified while it is recorded, copied in, and checked again at every replay: its segments come along, and the
seal (journal, manifest, signatures) as documents, so that the later bundle proves by itself what was there before and when
that was sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from harness.errors import EvidenceError, UsageError
from harness.kit.periods import Period, PeriodText
from harness.kit.settings import Criterial, FileName, InFile, Settings, Several, wrong
from harness.kit.words import Catalogue
from harness.model import Reason, Text
from harness.plugins import Chunk, Sink, Trace

if TYPE_CHECKING:
    from harness.kit.files import FileSource

WORDS = Catalogue("harness", "baseline")
SIDES = ("before", "after")
_FOLDER = "baseline"
_JOURNAL, _MANIFEST = f"{_FOLDER}/journal.jsonl", f"{_FOLDER}/manifest-sha256.txt"
_SEAL = ("manifest-sha256.txt", "bag-info.txt", "bagit.txt", "attestation.dsse.json")


@dataclass(frozen=True, slots=True)
class InFileOrBundle(InFile):
    """Marks a text that names a file or the folder of a sealed bundle."""

    @staticmethod
    def there(path: Path) -> bool:
        """Whether it exists."""
        return path.exists()


class SidesSettings(Settings):
    """Base of settings with files of two periods."""

    before: Several[Annotated[str, Field(min_length=1), InFileOrBundle()]] = Field(
        min_length=1,
        title="前期：一个或多个文件，或已封存的基线测试的证据包。",
        description="the earlier period: one or several files, or the sealed bundle of a baseline campaign.",
    )
    after: Several[FileName] = Field(
        (),
        title="后期：一个或多个文件；封存基线时不写。",
        description="the later period: one or several files; left out where a baseline is sealed.",
    )
    before_period: Annotated[PeriodText | None, Criterial()] = Field(
        None, title="约定的前期，如 2022-01/2022-12。", description="the agreed earlier period, like 2022-01/2022-12."
    )
    after_period: Annotated[PeriodText | None, Criterial()] = Field(
        None, title="约定的后期，如 2023-07/2024-06。", description="the agreed later period, like 2023-07/2024-06."
    )
    baseline_of: Annotated[str, Criterial()] = Field(
        "",
        title="记录基线的指标；其证据包含有多个时须写。",
        description="the indicator that recorded the baseline, where its bundle has several.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """The later period begins after the earlier one."""
        before, after = self.before_period, self.after_period
        if before is not None and after is not None and before.last >= after.first:
            problem = f"the later period begins on {after.first}, before the earlier one ends on {before.last}."
            raise wrong(problem, "let the two periods not overlap.", "after_period")
        return self

    @property
    def months(self) -> tuple[str, ...]:
        """The months of both agreed periods, as far as they are agreed."""
        agreed = (each for each in (self.before_period, self.after_period) if each is not None)
        return tuple(month for period in agreed for month in period.months)

    def period(self, side: str) -> Period | None:
        """The agreed period of ``before`` or ``after``."""
        return self.before_period if side == SIDES[0] else self.after_period


class Seal(NamedTuple):
    """When a baseline was sealed, in ns since 1970 UTC, and the SHA-256 of everything under that seal."""

    time_ns: int
    digests: frozenset[str]


@dataclass(frozen=True, slots=True)
class SidesSource:
    """Records the files before, then those after, a file a segment, and the seal of a baseline beside them.

    ``check`` reads (bytes, name, side) and raises for a file that is not what it should be; ``probe`` is who records.
    """

    settings: SidesSettings
    folder: Path
    probe: str
    noun: Text
    check: Callable[[bytes, str, str], object]
    appendable = True

    @property
    def extension(self) -> str:
        """Of the segments: xlsx where all files are workbooks."""
        names = [each for each in (*self.settings.before, *self.settings.after) if Path(each).suffix != ".bundle"]
        return "xlsx" if all(each.lower().endswith(".xlsx") for each in names) else "csv"

    def preflight(self) -> None:
        """Every file can be read, and a baseline is sealed and sound; UsageError, EvidenceError or InstrumentError."""
        baseline = self._baseline()
        self._files(baseline).preflight()

    def record(self, sink: Sink) -> None:
        """Copy what is not in the trace yet; the journal keeps which baseline it was and when it was sealed."""
        baseline = self._baseline()
        if baseline is not None and sink.position == 0:
            sink.event("baseline.opened", baseline.told)
        self._files(baseline).record(sink)

    def _baseline(self) -> _Baseline | None:
        path = self.folder / self.settings.before[0]
        if not path.is_dir():
            return None
        baseline = _opened(path, self.probe, self.settings.baseline_of)
        period = baseline.trace.settings.before_period
        if self.settings.before_period != period:
            msg = f"The baseline {path.name} was sealed for the period {period or 'of its rows'}."
            cure = f"write before_period: {period}." if period else "leave before_period: out."
            raise UsageError(msg, cure=cure)
        return baseline

    def _files(self, baseline: _Baseline | None) -> FileSource:
        from harness.kit.files import FileSource

        old = baseline.trace.segments if baseline else tuple(self.folder / each for each in self.settings.before)
        new = tuple(self.folder / each for each in self.settings.after)
        attach = baseline.documents if baseline else {}

        def check(path: Path) -> None:
            self.check(path.read_bytes(), path.name, SIDES[path in new])

        return FileSource((*old, *new), self.noun, attach=attach, check=check)


def pieces(trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
    """A file a chunk, with ``side``, ``name`` and, where it comes out of a baseline, the ``seal``."""
    settings, seal = trace.settings, _seal_of(trace.documents)
    later = max(0, len(trace.segments) - len(settings.after))
    names = [*(settings.before if seal is None else settings.before[:1] * later), *settings.after]
    for at in range(0 if done is None else trace.segments.index(done.path) + 1, len(trace.segments)):
        side = SIDES[at >= later]
        detail = {"side": side, "name": Path(names[at]).name, "seal": seal if side == SIDES[0] else None}
        yield Chunk(trace.segments[at], detail=detail)


def sealed_bytes(chunk: Chunk) -> bytes:
    """The bytes of a piece; EvidenceError where it is none of the files under the baseline's seal."""
    data, seal = chunk.path.read_bytes(), chunk.detail["seal"]
    if seal is not None and hashlib.sha256(data).hexdigest() not in seal.digests:
        msg = f"{chunk.path.name} is not among the files of the sealed baseline."
        raise EvidenceError(msg, cure="name the sealed bundle itself under before: and run the campaign again.")
    return data


def when_sealed(sealed_ns: int | None, begins: str) -> Reason:
    """When the earlier period was sealed, or that it was not; ``begins``: the later one's first month, empty where unknown."""
    if sealed_ns is None:
        return WORDS.reason("unsealed")
    sealed = datetime.fromtimestamp(sealed_ns // 10**9, UTC)
    key = "sealed-late" if f"{sealed:%Y-%m}" > begins > "" else "sealed"
    return WORDS.reason(key, when=f"{sealed:%Y-%m-%d %H:%M:%S} UTC")


@dataclass(frozen=True, slots=True)
class _Baseline:
    """A trace of a sealed bundle, the documents that prove the seal, and what the journal is to say of it."""

    trace: Trace
    documents: Mapping[str, Path]
    told: Mapping[str, object]


def _opened(path: Path, probe: str, indicator: str) -> _Baseline:
    """EvidenceError for a bundle that is not sound, UsageError where it is not sealed or does not hold one such trace."""
    from harness.evidence.bundle import Bundle
    from harness.evidence.journal import read_journal
    from harness.evidence.verify import verify
    from harness.records import record_of

    bundle = Bundle.open(path)
    if not bundle.sealed:
        msg = f"The baseline {path.name} is not sealed."
        raise UsageError(msg, cure="end its campaign with yanshou run --resume; a baseline counts once it is sealed.")
    found = verify(path)
    found.require()
    events = read_journal(bundle.journal_path)
    traces = [each for each in record_of(bundle, events).traces if each.probe == probe]
    fitting = [each for each in traces if indicator in {"", each.indicator}]
    if len(fitting) != 1:
        msg = f"The baseline {path.name} holds {len(fitting)} traces of {probe}, one is needed."
        known = " or ".join(each.indicator for each in traces)
        cure = f"write baseline_of: {known}." if known else f"name a campaign that recorded one by {probe}."
        raise UsageError(msg, cure=cure)
    if fitting[0].settings.after:
        msg = f"The campaign in {path.name} compared two periods already."
        raise UsageError(msg, cure="name a baseline, whose profile has before: and no after:.")
    seal = {f"{_FOLDER}/{name}": path / name for name in _SEAL if (path / name).is_file()}
    told = {
        "baseline": path.name,
        "manifest_sha256": hashlib.sha256((path / _SEAL[0]).read_bytes()).hexdigest(),
        "sealed_ns": str(events[-1].time_ns),
        "signatures": [each.keyid for each in found.signatures if each.valid],
        "segments": [bundle.relative(each) for each in fitting[0].segments],
    }
    return _Baseline(fitting[0], {_JOURNAL: bundle.journal_path, **seal}, told)


def _seal_of(documents: Mapping[str, Path]) -> Seal | None:
    """The seal among the documents of a trace; None where there is none, EvidenceError where its parts contradict each other."""
    from harness.evidence.journal import read_journal

    if _MANIFEST not in documents or _JOURNAL not in documents:
        return None
    lines = documents[_MANIFEST].read_text(encoding="utf-8").splitlines()
    digests = frozenset(line.partition(" ")[0] for line in lines)
    last = read_journal(documents[_JOURNAL])[-1]
    journal = hashlib.sha256(documents[_JOURNAL].read_bytes()).hexdigest()
    if journal not in digests or last.kind != "sealed":
        msg = "The journal of the baseline is not the one under its seal."
        raise EvidenceError(msg, cure="name the sealed bundle itself under before: and run the campaign again.")
    return Seal(last.time_ns, digests)
