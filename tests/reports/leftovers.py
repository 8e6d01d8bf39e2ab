# SPDX-License-Identifier: Apache-2.0
"""What of the other language is left over in a report: prose, not the names, units, codes and quotations of the evidence."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib

from probes.network.digests.node import CONDITIONS

_DATA_FILES = {".csv", ".json", ".jsonl", ".txt", ".yaml", ".md"}
_VERBATIM_TAGS = {"code", "pre", "style", "blockquote"}
_VERBATIM_CLASSES = {"mono", "hash"}
_HAN = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff0-9A-Za-z ]*")
_PROSE = re.compile(r"\b[A-Za-z]{2,}(?:[ ,-]+[A-Za-z]{2,}){2,}")
_NAMES = {
    "Clopper-Pearson", "Fay-Feuer", "Wilson", "Fieller", "Student", "Poisson", "STAMP", "MQTT", "HMAC", "NMEA", "GNSS", "BeiDou", "GPS",
    "IPv4", "IPv6", "SHA-256", "IEC", "ISO", "JCGM", "RFC", "TS", "GPP", "GB", "Wuhan", "bit", "kbit", "Mbit", "dB", "Hz", "CPE", "IMEI",
    "MAC", "TCP", "UDP", "ICMP", "NTP", "PTP", "RTK", "GGA", "GSA", "GSV", "RMC", "RTCM", "NAT64", "PREF64", "DHCPv6", "yanshou",
    "BagIt", "DSSE", "Ed25519", "SM2", "UTC", "CSV", "XLSX", "JSON", "CRC",
}  # fmt: skip
"""Proper names, units and abbreviations that are the same in both languages."""
_WORDS_OF_NAMES = {word for name in _NAMES for word in re.findall("[A-Za-z]{2,}", name)}


def leftovers(page: bytes, lang: str, bundle: Path) -> list[str]:
    """Every piece of prose in the other language, with what stands around it; empty where there is none."""
    corpus = _corpus(bundle)
    root = html5lib.parse(page.decode(), namespaceHTMLElements=False)
    return sorted({found for text in _texts(root.find("body")) for found in _foreign(text, lang, corpus)})


MARK = "「模拟数据」"
"""The mark of simulated data, which a report in any language carries; so do labels of terminals, idle and under load."""


def _foreign(text: str, lang: str, corpus: str) -> Iterator[str]:
    """Chinese in an English text; in a Chinese one three Latin words in a row, or a text that is one small word."""
    for mark in (MARK, *CONDITIONS.values()):
        text = text.replace(mark, "")
    if lang == "en":
        runs = [match.group().strip() for match in _HAN.finditer(text)]
    else:
        runs = [match.group() for match in _PROSE.finditer(text) if not _names_only(match.group())]
        runs += [text.strip()] if re.fullmatch(r"\s*[a-z]{4,}(?:[ _-][a-z]+)*\s*", text) else []
    quoted = [run for run in runs if run in corpus or (lang == "en" and all(word in corpus for word in run.split()))]
    yield from (f"{run!r} in {text.strip()[:160]!r}" for run in runs if run not in quoted)


def _names_only(run: str) -> bool:
    return all(word in _WORDS_OF_NAMES or word.isupper() for word in re.findall("[A-Za-z]{2,}", run))


def _texts(element: Any) -> Iterator[str]:
    """The texts of an element and of all below it that speak for the report itself."""
    tag = element.tag if isinstance(element.tag, str) else "style"
    if tag.rpartition("}")[2] not in _VERBATIM_TAGS and not set(element.get("class", "").split()) & _VERBATIM_CLASSES:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _corpus(bundle: Path) -> str:
    """What the report may quote: the profile, the clauses with their documents, and every text file of the evidence."""
    results = json.loads((bundle / "data/results.json").read_bytes())
    parts = [text for each in results["indicators"] for text in each["clause"].values()]
    parts += [each["office"] for each in results["campaign"]["agreed"]["challenges"]]
    parts.append((bundle / "data/profile.yaml").read_text("utf-8"))
    files = (path for path in sorted((bundle / "data").rglob("*")) if path.suffix in _DATA_FILES)
    parts += [path.read_bytes().decode("utf-8", "ignore") for path in files if path.parent.name != "data"]
    return "\n".join(parts)
