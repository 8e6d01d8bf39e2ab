# SPDX-License-Identifier: Apache-2.0
"""Examples of the exchange of records."""

from __future__ import annotations

from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import of, traced
from tests.probes.health import made as exchanges


@of("health.hl7")
def _health_hl7(folder: Path) -> Trace:
    return _exchanged(folder, "hl7")


@of("health.fhir")
def _health_fhir(folder: Path) -> Trace:
    return _exchanged(folder, "fhir")


@of("health.cda")
def _health_cda(folder: Path) -> Trace:
    return _exchanged(folder, "cda")


@of("health.dicom")
def _health_dicom(folder: Path) -> Trace:
    return _exchanged(folder, "dicom")


def _exchanged(folder: Path, transport: str) -> Trace:
    """Two sessions of one run, and another run."""
    first = exchanges.Exchanged(transport, 4, lost=frozenset({2})).data
    second = exchanges.Exchanged(transport, 3, run="100000000001").data
    return traced(f"health.{transport}", folder, first + first + second, exchanges.SETTINGS[transport])
