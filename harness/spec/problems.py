# SPDX-License-Identifier: Apache-2.0
"""Everything wrong with one file, in file order: where, what, and the cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from harness.errors import SpecError
from harness.spec.documents import described
from harness.spec.written import Cure
from harness.spec.yaml_source import PLAIN_BLANKS, WIDE_BLANKS, Keys, Source

MAX_TOLD = 100
_KINDS = {
    "list_type": "a list is expected",
    "dict_type": "a mapping of key: value is expected",
    "model_type": "a mapping of key: value is expected",
    "model_attributes_type": "a mapping of key: value is expected",
    "bool_type": "true or false is expected",
    "int_type": "a whole number is expected",
    "float_type": "a number is expected",
    "tuple_type": "a list is expected",
    "string_type": "text is expected",
    "literal_error": "one of a few words is expected",
    "too_short": "at least one is needed",
    "too_long": "there are too many",
    "string_pattern_mismatch": "it has another form",
    "greater_than_equal": "it is too small",
    "greater_than": "it is too small",
    "less_than_equal": "it is too large",
    "less_than": "it is too large",
    "union_tag_not_found": "an indicator or a source is expected",
    "union_tag_invalid": "an indicator or a source is expected",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: the keys to it, the sentence, the cure; ``at_key`` points at the key, not at its value."""

    keys: Keys
    problem: str
    cure: str
    at_key: bool = False


def refuse(source: Source, findings: Iterable[Finding]) -> None:
    """Raise one SpecError with every finding in file order; return when there is none."""
    found = placed(source, findings)
    if found:
        raise joined(found, source.name)


def placed(source: Source, findings: Iterable[Finding]) -> list[SpecError]:
    """The findings, and what was wrong with the YAML itself, as errors with their places, in file order."""
    own = [(source.position(each.keys, at_key=each.at_key), _sentence(each)) for each in findings]
    own += [(mark, (problem, cure)) for mark, problem, cure in source.problems]
    ordered = sorted(set(own))
    if len(ordered) > MAX_TOLD:
        ordered[MAX_TOLD:] = [
            (ordered[MAX_TOLD][0], ("more problems follow from here on.", "put right what is told above first."))
        ]
    return [
        SpecError(problem, cure=cure, where=f"{source.name}:{line}:{column}")
        for (line, column), (problem, cure) in ordered
    ]


def unplaced(finding: Finding) -> SpecError:
    """The finding as an error without a place."""
    problem, cure = _sentence(finding)
    return SpecError(problem, cure=cure)


def joined(found: Sequence[SpecError], name: str) -> SpecError:
    """One error that holds all of ``found``; at least one."""
    msg = f"{len(found)} problems in {name}."
    return found[0] if len(found) == 1 else SpecError(msg, where=name, problems=tuple(found))


def nearest(word: str, known: Iterable[str]) -> str:
    """The cure for a name that nobody knows: the nearest known ones, or all of them."""
    names = sorted(known)
    close = get_close_matches(word, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    if not names:
        return "leave it out; there is nothing to name here."
    return f"use one of: {', '.join(names)}."


def from_pydantic(source: Source, model: type[BaseModel], errors: Sequence[Any], above: Keys = ()) -> list[Finding]:
    """Pydantic's errors in our words.

    ``errors``: what ``ValidationError.errors()`` of ``model`` gives; ``above``: keys of the part that was validated.
    """
    given = [each for each in errors if each["input"] is not None]  # read_yaml has reported missing values
    given.sort(key=lambda each: source.position(source.known_part((*above, *each["loc"]))))
    return [_translate(source, model, above, each) for each in given[: MAX_TOLD + 1]]


def path_text(keys: Keys) -> str:
    """A path of keys as people read it: ``indicators[1].limit``."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key[:60]}" for key in keys)
    return text.removeprefix(".")


_GATES = "thresholds are no settings of a source: tighten them under gates: {INDICATOR: {min_fix_rate: 99 %}}."


def _sentence(finding: Finding) -> tuple[str, str]:
    place = path_text(finding.keys)
    return (f"{place}: {finding.problem}" if place else finding.problem, finding.cure)


def _translate(source: Source, model: type[BaseModel], above: Keys, error: Any) -> Finding:
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    keys = source.known_part((*above, *error["loc"]))
    inside, field = described(model, error["loc"])
    description = (field and field.description) or "key: value pairs, schema: and id: or scenario: among them."
    own = next((each.text for each in (field.metadata if field else ()) if isinstance(each, Cure)), "")
    if kind == "missing":
        missing = str(error["loc"][-1])
        return Finding(keys, f"{missing!r} is missing.", own or f"add {missing}: {description}")
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in inside.model_fields.items()]
        key = str(keys[-1])
        cure = _GATES if above[:1] == ("sources",) and key.startswith(("min_", "max_")) and key not in known else ""
        cure = PLAIN_BLANKS if key[:1] in WIDE_BLANKS else cure
        return Finding(keys, f"unknown key {_shown(keys[-1])}.", cure or nearest(key, known), at_key=True)
    if kind == "written":
        inner = source.known_part((*keys, *context.get("keys", ())))
        return Finding(inner, context["problem"], context["cure"])
    if kind == "literal_error" and isinstance(given, str):
        allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return Finding(keys, f"{_shown(given)} is not possible here.", nearest(given, allowed))
    if kind == "string_type" and isinstance(given, (bool, int, float)):
        return Finding(
            keys,
            f"{_shown(given)} is read as a value, not as text.",
            own or f"put it in quotes; what belongs here: {description}",
        )
    if error["loc"] and error["loc"][-1] == "[key]":
        return Finding(keys, f"{_shown(given)} cannot be a key here.", f"what belongs here: {description}", at_key=True)
    return Finding(
        keys, f"{_shown(given)} does not fit: {_KINDS.get(kind, kind)}.", own or f"what belongs here: {description}"
    )


def _shown(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return ("a " if value else "an empty ") + ("list" if isinstance(value, list) else "mapping")
    if value == "":
        return "empty text"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
