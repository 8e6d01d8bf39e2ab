# SPDX-License-Identifier: Apache-2.0
"""The probes ``gnss.observations`` and ``gnss.solution``: raw observations as they came, and positions computed from them by RTKLIB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.gnss.digests.solution import Solution
    from probes.gnss.formats.observed.columns import Observations
    from probes.gnss.truth.observed import ObservationSettings, SolutionSettings


def _bytes(chunk: Chunk) -> bytes:
    with chunk.path.open("rb") as file:
        file.seek(chunk.start)
        return file.read() if chunk.stop < 0 else file.read(chunk.stop - chunk.start)


class ObservationsProbe(Probe["Observations", "ObservationSettings"]):
    """RINEX, RTCM 3 MSM, UBX-RXM-RAWX, OBSVM: kept byte for byte, so that anybody can compute the positions again."""

    name, extension = "gnss.observations", "obs"
    title = Text("原始观测（RINEX、RTCM MSM、RXM-RAWX、OBSVM）", "Raw observations (RINEX, RTCM MSM, RXM-RAWX, OBSVM)")
    summary, settings = (
        "probes.gnss.formats.observed.columns:Observations",
        late("probes.gnss.truth.observed:ObservationSettings"),
    )

    def source(self, settings: ObservationSettings, folder: Path) -> Source:
        """The receiver, or a recorded file."""
        from probes.gnss.live.open import open_source

        return open_source(settings, folder, noun="raw-file")

    def summarise(self, chunk: Chunk, asked: Asked) -> Observations:
        """The observations in it."""
        from probes.gnss.formats.observed.reading import read_observations

        settings: ObservationSettings = asked.settings
        return read_observations(_bytes(chunk), settings.date)


class SolutionProbe(Probe["Solution", "SolutionSettings"]):
    """What rnx2rtkp computes from the raw observations of rover and base; the raw files are kept beside it."""

    name, extension, form = "gnss.solution", "pos", Lines()
    title = Text("独立解算（RTKLIB rnx2rtkp）", "Independent solution (RTKLIB rnx2rtkp)")
    summary, settings = "probes.gnss.digests.solution:Solution", late("probes.gnss.truth.observed:SolutionSettings")

    def source(self, settings: SolutionSettings, folder: Path) -> Source:
        """RTKLIB over these files."""
        from probes.gnss.live.solve import SolutionSource

        return SolutionSource(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Solution:
        """The positions in it, or why there are none."""
        from probes.gnss.digests.solution import Solution
        from probes.gnss.formats.observed.solution import read_solution

        del asked
        return Solution(*read_solution(_bytes(chunk)))


OBSERVATIONS = ObservationsProbe()
SOLUTION = SolutionProbe()
