# SPDX-License-Identifier: Apache-2.0
"""What the chain domain can estimate: one record a measurand, with references to what does it. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Constant, Measurand
from probes.chain.formats.words import WORDS

_HERE = "probes.chain.measurands"
_LEDGER = ("probes.chain.digests.ledger:Ledger",)


def _constant(name: str, unit: str) -> Constant:
    return Constant(name, unit, WORDS.text(f"constant-{name.replace('_', '-')}"))


def _measurand(
    name: str,
    unit: str,
    view: str,
    statistics: dict[str, str],
    *,
    show: str = "",
    live: str = "",
    constants: tuple[Constant, ...] = (),
) -> Measurand:
    return Measurand(
        name=f"chain.{name}",
        title=WORDS.text(f"title-{name}"),
        unit=unit,
        recorder="chain.nodes",
        accepts=_LEDGER,
        view=f"{_HERE}.{view}",
        statistics={key: f"{_HERE}.{function}" for key, function in statistics.items()},
        show=f"{_HERE}.{show}" if show else "",
        live=f"{_HERE}.{live}" if live else "",
        constants=constants,
    )


NODES = _measurand(
    "nodes",
    "个",
    "nodes:nodes",
    {"distinct": "nodes:distinct"},
    show="nodes:show",
    live="now:lines",
    constants=(_constant("common_heights", "1"),),
)
RECORDS = _measurand(
    "records",
    "条",
    "records:records",
    {"distinct": "records:distinct", "count": "records:counted"},
    show="records:show",
    live="now:recorded",
    constants=(_constant("sample_size", "1"),),
)
SM = _measurand("sm", "1", "sm:national", {"share": "sm:share"}, live="now:hashed")
OFFCHAIN = _measurand(
    "offchain",
    "1",
    "records:records",
    {"share": "originals:share"},
    live="now:recorded",
    constants=(_constant("sample_size", "1"),),
)
FINALITY = _measurand("finality", "s", "liveness:markers", {"quantile": "liveness:delay"}, live="now:marked")
FAULT = _measurand("fault", "个", "liveness:heights", {"count": "liveness:blocks_while_down"}, live="now:lines")
