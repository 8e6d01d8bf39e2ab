# SPDX-License-Identifier: Apache-2.0
"""What the service domain can estimate: one record a measurand, with references to what does it. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Constant, Measurand
from probes.service.formats.words import WORDS

_HERE = "probes.service.measurands"
_LOAD = ("probes.service.digests.load:Load",)


def _constant(name: str, unit: str) -> Constant:
    return Constant(name, unit, WORDS.text(f"constant-{name.replace('_', '-')}"))


_RATE, _PROMPTS, _TOKENS = _constant("arrival_rate", "/s"), _constant("prompt_set", "1"), _constant("max_tokens", "1")
_ANSWER, _TTFT, _TPOT = _constant("answer_within", "s"), _constant("slo_ttft", "s"), _constant("slo_tpot", "s")
_DECLARED = (_RATE, _PROMPTS, _TOKENS)


def _measurand(
    name: str, unit: str, statistics: dict[str, str], constants: tuple[Constant, ...] = _DECLARED
) -> Measurand:
    return Measurand(
        name=f"service.{name}",
        title=WORDS.text(f"title-{name}"),
        unit=unit,
        recorder="service.load",
        accepts=_LOAD,
        view=f"{_HERE}.view:gather",
        statistics={key: f"{_HERE}.{function}" for key, function in statistics.items()},
        show=f"{_HERE}.figures:show",
        live=f"{_HERE}.now:lines",
        constants=constants,
    )


TTFT = _measurand(
    "ttft", "ms", {"quantile": "latency:ttft", "share-within": "latency:ttft_within"}, (*_DECLARED, _ANSWER)
)
ITL = _measurand("itl", "ms", {"quantile": "latency:itl"})
TOKENS = _measurand("tokens", "/s", {"rate": "shares:tokens"})
ERRORS = _measurand("errors", "1", {"ratio": "shares:errors"}, (*_DECLARED, _ANSWER))
GOODPUT = _measurand("goodput", "1", {"share": "shares:goodput"}, (*_DECLARED, _TTFT, _TPOT))
AVAILABILITY = _measurand(
    "availability",
    "1",
    {"time-share": "outages:available"},
    (_constant("probe_interval", "s"), _constant("longest_credible_outage", "s"), _ANSWER),
)
LOAD = Measurand(
    name="service.capacity",
    title=WORDS.text("title-capacity"),
    unit="/s",
    recorder="service.search",
    accepts=("probes.service.digests.load:Search",),
    view=f"{_HERE}.view:gather",
    statistics={"largest": f"{_HERE}.capacity:largest"},
    show=f"{_HERE}.capacity:show",
    live=f"{_HERE}.now:searched",
    constants=(_PROMPTS, _TOKENS, _TTFT, _TPOT, _constant("slo_share", "1")),
)
CALLABLE = Measurand(
    name="service.callable",
    title=WORDS.text("title-callable"),
    unit="种",
    recorder="service.calls",
    accepts=("probes.service.digests.answers:Catalogue",),
    view=f"{_HERE}.entries:settled",
    statistics={"count": f"{_HERE}.entries:count"},
    show=f"{_HERE}.entries:show",
    live=f"{_HERE}.now:called",
    constants=(_ANSWER,),
)
