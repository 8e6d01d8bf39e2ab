# SPDX-License-Identifier: Apache-2.0
"""The probes ``health.hl7``, ``health.fhir``, ``health.dicom`` and ``health.cda``: a run of test records over one carrier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DecodeError, UsageError
from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, late
from harness.kit.unreadable import UnreadableError, UnusableError
from harness.plugins import Asked, Chunk, Seen, Simulator, Source
from probes.health.formats.words import WORDS

if TYPE_CHECKING:
    from harness.spec.profile import Project
    from probes.health.digests.exchange import Ledger
    from probes.health.live.transport import Transport
    from probes.health.plans.settings import CdaSettings, DicomSettings, ExchangeSettings, FhirSettings, Hl7Settings

FORMAT = "yanshou.health/1"
_PLANS = "probes.health.plans.settings"


class ExchangeProbe(Probe["Ledger", Any]):
    """A line an event. A session that does not say what it is counts as unreadable."""

    extension, form = "jsonl", Lines(FORMAT)
    summary = "probes.health.digests.exchange:Ledger"
    transport: str

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """A hospital that takes HL7 v2, FHIR and CDA, with stated shares of faults and an outage."""
        from probes.health.simulators.hospital import hospital

        return {"hospital": hospital}

    def source(self, settings: ExchangeSettings, folder: Path) -> Source:
        """The sender."""
        from probes.health.live.source import ExchangeSource, Side

        def patients() -> Mapping[str, str]:
            return test_patients(settings, folder)

        side = Side(self.transport, lambda: self._connect(settings, folder), self._compose(), patients)
        return ExchangeSource(side, settings)

    def preview(self, settings: ExchangeSettings, folder: Path, project: Project | None) -> Iterable[Seen]:  # noqa: ARG002 - as every probe
        """How many test patients there are."""
        yield Seen(WORDS.text("seen-patients", count=len(test_patients(settings, folder))))

    def summarise(self, chunk: Chunk, asked: Asked) -> Ledger:  # noqa: ARG002 - the interface of every probe
        """Both lists of the session."""
        from probes.health.digests.decoding import exchange
        from probes.health.digests.exchange import Ledger

        try:
            return Ledger((exchange(read(chunk, FORMAT)),))
        except DecodeError:
            return Ledger(unreadable=1)

    def _connect(self, settings: Any, folder: Path) -> Transport:
        raise NotImplementedError

    def _compose(self) -> Any:
        from probes.health.formats import content

        return getattr(content, self.transport)


class Hl7Probe(ExchangeProbe):
    """Messages and their acknowledgements."""

    name, transport, settings = "health.hl7", "hl7", late(f"{_PLANS}:Hl7Settings")
    title = WORDS.text("title-hl7")

    def _connect(self, settings: Hl7Settings, folder: Path) -> Transport:
        from probes.health.live.mllp import MllpTransport

        return MllpTransport(settings, folder)


class FhirProbe(ExchangeProbe):
    """Resources, created and searched."""

    name, transport, settings = "health.fhir", "fhir", late(f"{_PLANS}:FhirSettings")
    title = WORDS.text("title-fhir")

    def _connect(self, settings: FhirSettings, folder: Path) -> Transport:
        from probes.health.live.fhir import FhirTransport

        return FhirTransport(settings, folder)


class CdaProbe(ExchangeProbe):
    """Shared documents."""

    name, transport, settings = "health.cda", "cda", late(f"{_PLANS}:CdaSettings")
    title = WORDS.text("title-cda")

    def _connect(self, settings: CdaSettings, folder: Path) -> Transport:
        from probes.health.live.cda import CdaTransport

        return CdaTransport(settings, folder)


class DicomProbe(ExchangeProbe):
    """ECG waveforms and images; needs the extra ``dicom``."""

    name, transport, settings = "health.dicom", "dicom", late(f"{_PLANS}:DicomSettings")
    title = WORDS.text("title-dicom")

    def _connect(self, settings: DicomSettings, folder: Path) -> Transport:
        from probes.health.live.dicom import DicomTransport

        return DicomTransport(settings, folder)

    def _compose(self) -> Any:
        from probes.health.formats.objects import dicom

        return dicom


def test_patients(settings: ExchangeSettings, folder: Path) -> dict[str, str]:
    """Identifier to name of those in the list that the settings name; UsageError or UnusableError with the line."""
    from probes.health.formats import people

    try:
        data = (folder / settings.patients).read_bytes()
    except OSError as error:
        msg = f"{settings.patients} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path and its rights.") from None
    try:
        return people.listed(data, settings.patients)
    except UnreadableError as error:
        raise UnusableError(error.text, cure=error.cure, where=error.where) from None


HL7, FHIR, DICOM, CDA = Hl7Probe(), FhirProbe(), DicomProbe(), CdaProbe()
