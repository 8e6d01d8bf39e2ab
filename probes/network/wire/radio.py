# SPDX-License-Identifier: Apache-2.0
"""By which radio access a terminal is served, as modems, CPEs and people's tables say it. Pure.

What several answers claim is met: what none of them rules out stands, and of what is left open the least counts. A word that
nobody here knows is ``unknown``, which is no 5G.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

SA, NSA, LTE, OTHER, NONE, UNKNOWN = "NR-SA", "NR-NSA", "LTE", "other", "none", "unknown"
WORST_FIRST = (UNKNOWN, NONE, OTHER, LTE, NSA, SA)
ANY_NR = frozenset({SA, NSA})
NO_SA = frozenset({NSA, LTE, OTHER, NONE})
_WORDS = {
    SA: "nrsa sa 5gsa nr5gsa nr5gcsa nr5gc nr5gsamode 5gnrsa standalone 5gstandalone 独立组网 5g独立组网 sa独立组网 5gsa独立组网",
    NSA: "nrnsa nsa 5gnsa nr5gnsa endc ltenrendc ltenr ltenrdc nrdcendc 5gnrnsa nonstandalone 非独立组网 5g非独立组网 nsa非独立组网",
    LTE: "lte 4g ltea lteadvanced lte+ 4g+ 4glte ltefdd ltetdd fddlte tddlte eutran emtc catm nbiot nbs1 ltecatm1 ltecatnb1",
    OTHER: "wcdma umts hspa hspa+ hsdpa hsupa utran 3g tdscdma cdma cdma2000 evdo hdr 2g gsm gprs edge egprs wifi wlan wifi6 无线局域网"
    " ethernet lan cable wired 有线 以太网 网线 光纤 fibre fiber bluetooth satellite",
    NONE: "none noservice nosignal offline searching search limsrv limitedservice limited notregistered unregistered denied"
    " detached disconnected 无服务 无信号 离线 脱网 搜网 未注册 未驻网 限制服务",
}  # fmt: skip
_BY_WORD = {word: rat for rat, words in _WORDS.items() for word in words.split()}
_EMPTY = {"none", "limited", "-", "--", "lan", "cable", "hdr", "search"}
"""Words of access that mean other things where no heading says so."""
_INTERFACE = re.compile(r"(?:eth|en[opsx]|wl|wlan|wlp|wifi)\d\w*")
"""Names that systems give to cards of Ethernet and Wi-Fi."""
_BLANKS = re.compile(r"[\s_\-./()]+")


@dataclass(frozen=True, slots=True)
class Serving:
    """The serving cell as one answer tells it: what it may be (``rats``), ``word`` as it was said, the rest empty or None if unsaid."""

    rats: frozenset[str]
    word: str = ""
    plmn: str = ""
    cell: str = ""
    pci: str = ""
    band: str = ""
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None

    @property
    def rat(self) -> str:
        """The least of what it may be."""
        return least(self.rats)


def rat_of(word: str) -> str:
    """One of the access technologies for a word in any usual spelling; ``unknown`` for another, ``none`` for a blank.

    "5G" or "NR" alone says neither stand-alone nor not: that is ``unknown`` too.
    """
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", word)).casefold()
    return _BY_WORD.get(plain, UNKNOWN) if plain else NONE


def says_less(word: str) -> bool:
    """Whether a word under a heading that nobody reads says that a terminal is served by something else than stand-alone 5G."""
    said = word.strip().casefold()
    return bool(said) and said not in _EMPTY and (rat_of(word) in NO_SA or _INTERFACE.fullmatch(said) is not None)


def least(rats: Iterable[str]) -> str:
    """The one that helps an applicant least."""
    return min(rats, key=WORST_FIRST.index)


def met(claims: Iterable[Serving]) -> Serving:
    """What several answers of one moment say together; where they contradict one another, the worst of all is believed."""
    told = list(claims)
    if not told:
        return Serving(frozenset({UNKNOWN}), "no answer")
    left = frozenset.intersection(*(each.rats for each in told))
    said = frozenset[str]().union(*(each.rats for each in told))
    words = "/".join(dict.fromkeys(each.word for each in told if each.word))
    if UNKNOWN in said:
        unknown = "/".join(dict.fromkeys(each.word for each in told if UNKNOWN in each.rats))
        return replace(_richest(told), rats=frozenset({UNKNOWN}), word=unknown)
    if not left:
        return replace(_richest(told), rats=frozenset({least(said)}), word=words)
    return replace(_richest(told), rats=left, word=words)


def _richest(told: Iterable[Serving]) -> Serving:
    """Each fact from the first answer that has it."""
    first, *others = told
    for each in others:
        first = replace(
            first,
            plmn=first.plmn or each.plmn,
            cell=first.cell or each.cell,
            pci=first.pci or each.pci,
            band=first.band or each.band,
            rsrp=each.rsrp if first.rsrp is None else first.rsrp,
            rsrq=each.rsrq if first.rsrq is None else first.rsrq,
            sinr=each.sinr if first.sinr is None else first.sinr,
        )
    return first


def level(text: str, low: float, high: float) -> float | None:
    """A signal value within what is possible; None for a blank, for -32768 and their like."""
    match = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:dBm|dB)?\s*", text, re.IGNORECASE | re.ASCII)
    value = None if match is None else float(match[1])
    return value if value is not None and low <= value <= high else None


def rsrp_of(text: str) -> float | None:
    """RSRP in dBm (3GPP TS 38.133 §10.1.6 and 36.133 §9.1.4 report -156 to -31, -140 to -44)."""
    return level(text, -157, -20)


def rsrq_of(text: str) -> float | None:
    """RSRQ in dB."""
    return level(text, -44, 21)


def sinr_of(text: str) -> float | None:
    """SINR in dB."""
    return level(text, -30, 60)
