# SPDX-License-Identifier: Apache-2.0
"""What the register domain can estimate: one record a measurand, with references to what does it. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Measurand
from probes.register.traces.words import WORDS

_HERE = "probes.register.measurands"


def _measurand(name: str, count: str) -> Measurand:
    return Measurand(
        name=f"register.{name}",
        title=WORDS.text(f"title-{name}"),
        unit="个",
        recorder="register.organisations",
        accepts=("probes.register.digests.audit:Audit",),
        view=f"{_HERE}.settled:settled",
        statistics={"count": f"{_HERE}.accepted:{count}"},
        show=f"{_HERE}.accepted:show",
    )


ACCEPTED = _measurand("accepted", "count")
ATTESTED = _measurand("attested", "industries")
