# SPDX-License-Identifier: Apache-2.0
"""Small campaigns of files on disk, one a domain: an indicator with evidence of its own, and others that borrow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.campaign import Campaign, run
from probes.gnss.simulators.receiver import Receiver, nmea, simulate
from tests.conformance.examples.network import delays
from tests.harness.conftest import CODES, register
from tests.projects import head


@dataclass(frozen=True)
class Site:
    """A scenario with limits and constants (``bounds``), whose evidence, by which other indicators, and the files."""

    scenario: str
    bounds: str
    owner: str
    evidence: str
    borrowers: tuple[str, ...]

    def run(self, folder: Path, *, lent: bool) -> Campaign:
        """The campaign in ``folder``, with the borrowers or without them."""
        folder.mkdir()
        write(folder)
        others = "".join(f"  {each}: {{evidence: [{self.owner}]}}\n" for each in self.borrowers) if lent else ""
        profile = folder / "site.yaml"
        sources = f"sources:\n  {self.owner}: {self.evidence}\n{others}"
        profile.write_text(head(self.scenario, end="2027-05-18") + self.bounds + sources, encoding="utf-8")
        return run(profile, folder / "out")


def write(folder: Path) -> None:
    """Every file that a site may name."""
    device = Receiver(duration=900, noise_tau=3)
    (folder / "receiver.nmea").write_bytes(nmea(device, simulate(device)))
    (folder / "drive.csv").write_bytes(delays(1000))
    (folder / "adopters.csv").write_text(register(folder, CODES), encoding="utf-8")


_TRUTH = (
    "positions: {frame: CGCS2000, epoch: 2000.0}, truth: {lat: 30.5, lon: 114.3, height: 45.0, frame: CGCS2000, "
    "epoch: 2000.0, u_horizontal: 0.5 mm, u_vertical: 1 mm}"
)
SITES: Mapping[str, Site] = MappingProxyType(
    {
        "network": Site(
            "s02",
            'limits: {s02.mobility.latency: "<= 5 ms", s02.mobility.loss: "<= 4 %"}\n',
            "s02.mobility.latency",
            "{probe: network.log, file: drive.csv, units: {time: ms}}",
            ("s02.mobility.interruption", "s02.mobility.loss", "s02.ipv6"),
        ),
        "gnss": Site(
            "s08",
            "",
            "s08.static.h",
            f"{{probe: gnss.nmea, file: receiver.nmea, mode: static, {_TRUTH}}}",
            ("s08.static.v", "s08.fix-rate", "s08.ttff", "s08.gaps", "s08.availability"),
        ),
        "register": Site(
            "s03",
            "",
            "s03.adopters",
            "{register: adopters.csv, documents: documents}",
            ("s03.adopters.wuhan",),
        ),
    }
)
