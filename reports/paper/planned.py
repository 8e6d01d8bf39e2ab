# SPDX-License-Identifier: Apache-2.0
"""What a sealed plan says in its own short forms, put into words: efforts, constants, sources with their settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.effort import WORDS as EFFORT
from harness.quantity import unit_word
from reports.listing import text_of
from reports.names import name, value
from reports.names import source as source_named
from reports.words import Words


def risks(each: Mapping[str, Any]) -> str:
    """The risks of a false pass and of a false fail."""
    return " / ".join(f"{100 * float(each[f'risk_of_false_{one}']):.3g} %" for one in ("pass", "fail"))


def minimum(found: Mapping[str, Any], say: Words, lang: str) -> str:
    """The least effort of a reading, each by what the engine calls it."""
    known = EFFORT.entries
    told = ((known[key].get(lang) if key in known else name(key, lang), value(one, lang)) for key, one in found.items())
    return say("semicolon").join(f"{title} ≥ {least}" for title, least in told)


def constant(one: Mapping[str, Any], say: Words, lang: str) -> str:
    """A constant with its value, or that it has none."""
    held = say("none") if one["value"] is None else value(one["value"], lang)
    return f"{name(one['name'], lang)} = {held}"


def sources(held: Mapping[str, Any], titles: Mapping[str, str], say: Words, lang: str) -> Iterator[str]:
    """Each source with the probe that reads it, as a profile names it, and its settings; then those borrowed from others."""
    for own, source in held["sources"].items():
        yield own + (say("bracket", text=say("plan.probe", probe=source["probe"])) if source["probe"] else "")
        yield from (
            f"  {name(key, lang)}{say('colon')}{_plain(one, say, lang)}" for key, one in source["settings"].items()
        )
    yield from (say("plan.borrowed", source=source_named(each, titles, lang)) for each in held["borrowed"])


def _plain(value: Any, say: Words, lang: str) -> str:
    """A setting as the profile has it: what its author wrote is not translated."""
    if isinstance(value, Mapping):
        return say("semicolon").join(f"{name(str(key), lang)} {_plain(one, say, lang)}" for key, one in value.items())
    return ", ".join(_plain(each, say, lang) for each in value) if isinstance(value, list) else text_of(value, lang)


def need(each: Mapping[str, Any], lang: str) -> str:
    """What the indicator takes and lacks; a plan that was sealed before both languages were says it in Chinese."""
    said = each["need"]
    return said if isinstance(said, str) else str(said[lang])


def limit(held: Mapping[str, Any], lang: str) -> str:
    """The limit as people of the language write it: ``≥ 50 sets``."""
    op, _, rest = str(held["limit"]).replace(">=", "≥").replace("<=", "≤").partition(" ")
    number, _, unit = rest.partition(" ")
    return " ".join(part for part in (op, number, unit_word(unit, lang)) if part)
