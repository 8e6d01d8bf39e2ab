# SPDX-License-Identifier: Apache-2.0
"""plant.terminals: how many terminals of a register (vehicles, stations) are in service, as their own messages prove it.

A terminal counts in a window when it is networked there (:mod:`probes.plant.measurands.networked`) and its messages bear the
number of the register, in the payload or as a part of the topic: an address alone does not say whose it is. The window in
which the fewest count decides; of a sample drawn in public the finite-population bounds do.
"""

from __future__ import annotations

from dataclasses import replace

from harness.kit.parts import every
from harness.model import Outcome
from harness.plugins import Request
from probes.plant.measurands import census
from probes.plant.measurands.networked import View, lacks, states_of, told, worst_window
from probes.plant.measurands.presence import Joined
from probes.plant.traces.terms import fold
from probes.plant.traces.words import WORDS


def count(seen: View, request: Request) -> Outcome:
    """The terminals of the register that are in service in the worst window."""
    if not seen.register.assets:
        return census.without_register()
    looked_at = census.drawn(seen.register, seen.register.assets)
    borne = _borne(states_of(seen, request).joined)
    networked, when = worst_window(seen, looked_at.assets, request)
    part = census.number(networked & borne, looked_at, request, lacks(seen))
    nameless = [each.label for each in looked_at.assets if each.number in networked - borne]
    remarks = (WORDS.reason("nameless", count=len(nameless), names=nameless),) if nameless else ()
    unit = request.limit.quantity.unit if request.limit is not None else "个"
    outcome = every(
        [replace(part, remarks=(*when, *remarks))], request, unit, WORDS.text("method-terminals"), high_is_worse=False
    )
    return told(seen, outcome, request, looked_at.remark)


def _borne(joined: Joined) -> set[str]:
    """The terminals of which a message bears the number, in its payload or as a part of its topic."""
    return {
        who for source, who in joined.owners.items() if who in map(fold, (source.identity, *source.place.split("/")))
    }
