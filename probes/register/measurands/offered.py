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
        live=f"{_HERE}.now:lines",
    )


ACCEPTED = _measurand("accepted", count="accepted:count")
ATTESTED = _measurand("attested", count="accepted:industries")
COVER = _measurand("cover", count="counting:cover")
MECHANISMS = _measurand("mechanisms", "counting:mechanisms", count="counting:count")
POINTS = _measurand("points", "counting:points", count="counting:count")
TERMINALS = _measurand("terminals", "counting:terminals", count="counting:count")
COMPONENTS = _measurand("components", "counting:components", count="counting:count")
CATALOGUE = _measurand("catalogue", "counting:catalogue", distinct="counting:distinct")


def _share(name: str, **statistics: str) -> Measurand:
    return Measurand(
        name=f"register.{name}",
        title=WORDS.text(f"title-{name}"),
        unit="%",
        recorder="register.population",
        accepts=("probes.register.digests.population:Population",),
        view=f"{_HERE}.coverage:coverage",
        statistics={each.replace("_", "-"): f"{_HERE}.coverage:{place}" for each, place in statistics.items()},
        show=f"{_HERE}.coverage:show",
        live=f"{_HERE}.now:covered",
    )


def _exported(name: str, unit: str, recorder: str, **statistics: str) -> Measurand:
    return Measurand(
        name=name,
        title=WORDS.text(f"title-{name.partition('.')[2]}"),
        unit=unit,
        recorder=f"register.{recorder}",
        accepts=("probes.register.digests.node:Export",),
        view=f"{_HERE}.node:exports",
        statistics={each: f"{_HERE}.node:{place}" for each, place in statistics.items()},
        show=f"{_HERE}.node:show",
        live=f"{_HERE}.now:node",
    )


COVERAGE = _share("coverage", share="share", mean_share="mean_share", output_share="output_share")
CLOUD = _share("cloud", share="share", lesser_share="lesser_share")
IDENTIFIERS = _exported("register.identifiers", "个", "registrations", distinct="distinct")
RESOLUTIONS = _exported("register.resolutions", "/d", "resolutions-log", mean="mean")
RESOLVABLE = _exported("service.resolvable", "%", "registrations", share="share")
