# SPDX-License-Identifier: Apache-2.0
"""What the register domain can estimate: one record a measurand, with references to what does it. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Measurand
from probes.register.traces.words import WORDS

_HERE = "probes.register.measurands"


def _measurand(name: str, view: str = "settled:settled", **statistics: str) -> Measurand:
    return Measurand(
        name=f"register.{name}",
        title=WORDS.text(f"title-{name}"),
        unit="个",
        recorder="register.organisations",
        accepts=("probes.register.digests.audit:Audit",),
        view=f"{_HERE}.{view}",
        statistics={each: f"{_HERE}.{place}" for each, place in statistics.items()},
        show=f"{_HERE}.accepted:show",
    )


ACCEPTED = _measurand("accepted", count="accepted:count")
ATTESTED = _measurand("attested", count="accepted:industries")
COVER = _measurand("cover", count="counting:cover")
MECHANISMS = _measurand("mechanisms", "counting:mechanisms", count="counting:count")
POINTS = _measurand("points", "counting:points", count="counting:count")
TERMINALS = _measurand("terminals", "counting:terminals", count="counting:count")
COMPONENTS = _measurand("components", "counting:components", count="counting:count")
CATALOGUE = _measurand("catalogue", "counting:catalogue", distinct="counting:distinct")
