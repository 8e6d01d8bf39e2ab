# SPDX-License-Identifier: Apache-2.0
"""What can be estimated of an exchange, by lazy references: nothing heavy is imported to list it."""

from __future__ import annotations

from harness.plugins import Constant, Measurand
from probes.health.formats.words import WORDS

_ROOM = "probes.health.measurands"
_LEDGER = "probes.health.digests.exchange:Ledger"
_CONSTANTS = (
    Constant("transports", "", WORDS.text("constant-transports")),
    Constant("settle_time", "s", WORDS.text("constant-settle-time")),
)
EXCHANGE = Measurand(
    name="health.exchange",
    title=WORDS.text("title-exchange"),
    unit="条",
    recorder="health.fhir",
    accepts=(_LEDGER,),
    constants=_CONSTANTS,
    view=f"{_ROOM}.ledger:view",
    statistics={"lost-count": f"{_ROOM}.exchange:lost_count", "share-whole": f"{_ROOM}.exchange:share_whole"},
    show=f"{_ROOM}.exchange:show",
    live=f"{_ROOM}.now:lines",
)
DELAY = Measurand(
    name="health.delay",
    title=WORDS.text("title-delay"),
    unit="ms",
    recorder="health.fhir",
    accepts=(_LEDGER,),
    constants=_CONSTANTS,
    view=f"{_ROOM}.ledger:view",
    statistics={"quantile": f"{_ROOM}.exchange:quantile"},
    show=f"{_ROOM}.exchange:show",
    live=f"{_ROOM}.now:lines",
)
