# SPDX-License-Identifier: Apache-2.0
"""What an analyser found, as a person reads it: units that fit the numbers, one line a thing, events counted and capped.

A domain names its keys in the ``labels.toml`` of its package, ``rtt = ["往返时延", "round trip"]``, without the unit that ends
the key; a key without a name is shown as it is written in the JSON.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from harness.console.language import has_han, language, pick
from harness.errors import YanshouError
from harness.kit.words import rooms

SHOWN = 10
"""Events that are shown one by one."""
_SENTENCES = frozenset({"text", "texts"})
"""Keys under which domains tell something in words."""
_FACT = re.compile(r"\{(\w+)\}")
_MOMENT_NS = 10**17
"""From here on nanoseconds are a moment, not a length of time."""
_NOTHING_M = 1e-9
_UNITS = ("ns", "us", "ms", "s", "m", "deg", "hz", "bytes", "percent", "mm", "w", "wh", "v", "a", "c", "db", "dbm")
_PRINTED = {"hz": "Hz", "deg": "°", "bytes": "B", "percent": "%", "w": "W", "wh": "Wh", "v": "V", "a": "A", "c": "°C"}


def lines(found: Mapping[str, Any], package: str) -> Iterator[str]:
    """Every line, in the language of the run."""
    say = Labels(package)
    found = spoken(found, say)
    rest = {key: value for key, value in found.items() if key not in {"kind", "files"}}
    for file in found.get("files", ()):
        yield str(file.get("path", ""))
        yield from _block({key: value for key, value in file.items() if key not in {"path", "events"}}, say, 1)
        yield from _events(file.get("events", ()), say)
    yield from _block(rest, say, 0)


def spoken(found: Any, say: Labels, key: str = "") -> Any:
    """The same with every sentence of the domain in the language of the run; names and values stay as they are."""
    if isinstance(found, Mapping):
        return {name: spoken(each, say, name) for name, each in found.items()}
    if isinstance(found, (list, tuple)):
        return [spoken(each, say, key) for each in found]
    return say.sentence(found) if key in _SENTENCES and isinstance(found, str) else found


def listed(values: Sequence[str]) -> str:
    """Values in a row; sentences need nothing between them but a blank."""
    if values and all(each.endswith(("。", ".")) for each in values):
        return pick("", " ").join(values)
    return pick("、", ", ").join(values)


class Labels:
    """Names of keys in one domain's words, in the language of the run."""

    def __init__(self, package: str) -> None:
        """Of ``probes.gnss`` and its like; a package without names has none."""
        self._package = package
        try:
            self._names = tomllib.loads(resources.files(package).joinpath("labels.toml").read_text("utf-8"))
        except (OSError, ModuleNotFoundError):
            self._names = {}

    def __call__(self, key: str) -> str:
        """What a key is called, without its unit."""
        found = self._names.get(key) or self._names.get(stem(key)[0])
        return pick(*found) if found is not None else stem(key)[0].replace("_", " ")

    def sentence(self, text: str) -> str:
        """A sentence of the domain's own words in the language of the run; any other text as it is."""
        lang = language()
        if has_han(text) == (lang == "zh"):
            return text
        for pattern, told in _sentences(self._package, lang):
            found = pattern.fullmatch(text)
            if found is not None:
                return told.format(**found.groupdict())
        return text

    def event(self, name: str) -> str:
        """The name of a kind of event, which has no unit."""
        found = self._names.get(name)
        return pick(*found) if found is not None else name.replace("_", " ")


@cache
def _sentences(package: str, lang: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The other language of a package's ``words.toml`` as patterns, and what is said in ``lang``, its facts in braces."""
    try:
        entries = [each for room in rooms(package).values() for each in room.values()]
    except (YanshouError, OSError, ModuleNotFoundError):
        return ()
    other = "en" if lang == "zh" else "zh"
    return tuple((re.compile(_pattern(each.get(other)), re.DOTALL), each.get(lang)) for each in entries)


def _pattern(template: str) -> str:
    """Facts are whatever stands in their place; one that is said twice reads the same twice."""
    found, seen = "", set[str]()
    for at, piece in enumerate(_FACT.split(template)):
        if at % 2 == 0:
            found += re.escape(piece)
        else:
            found += f"(?P={piece})" if piece in seen else f"(?P<{piece}>.*?)"
            seen.add(piece)
    return found


def stem(key: str) -> tuple[str, str]:
    """A key without its unit, and the unit: ``rtt_ns`` is rtt in ns."""
    stem, sign, unit = key.rpartition("_")
    return (stem, unit) if sign and unit in _UNITS else (key, "")


def _block(values: Mapping[str, Any], say: Labels, depth: int, unit: str = "", name: str = "") -> Iterator[str]:
    """What is plain on one line, behind ``name``; then each thing that has parts of its own."""
    pad = "  " * depth
    inner = said(values)
    plain = {key: each for key, each in inner.items() if isinstance(each, (str, int, float))}
    told = [f"{say(key)} {value_of(key, each, stem(key)[1] or unit)}" for key, each in plain.items()]
    if told or name:
        yield f"{pad}{name}{pick('：', ': ') if name and told else ''}{pick('，', ', ').join(told)}"
    deeper = depth + 1 if name or told else depth
    for key, each in inner.items():
        own = stem(key)[1] or unit
        if isinstance(each, Mapping):
            yield from _block(each, say, deeper, own, say(key))
        elif key not in plain:
            yield from _sequence(say(key), each, say, deeper, own)


def said(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What says something, in one language: neither nothing nor a heading over nothing."""
    return in_one_language({key: each for key, each in values.items() if not _is_empty(each)})


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    return value is None or value in ([], (), "")


def in_one_language(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A sentence in both languages becomes the one of this run, wherever it stands."""
    found = {key: each[language()] if is_text(each) else each for key, each in values.items()}
    if is_text({key: each for key, each in values.items() if key in {"zh", "en"}}):
        other = "en" if language() == "zh" else "zh"
        found.pop(other)
    return found


def is_text(value: Any) -> bool:
    """Whether a value is a sentence in both languages."""
    return isinstance(value, Mapping) and value.keys() == {"zh", "en"}


def _sequence(name: str, value: Sequence[Any], say: Labels, depth: int, unit: str) -> Iterator[str]:
    pad = "  " * depth
    if not isinstance(value[0], Mapping):
        shown = [value_of("", each, unit) for each in value[:SHOWN]]
        more = pick(f" 等 {len(value)} 个", f" and {len(value) - SHOWN} more") if len(value) > SHOWN else ""
        yield f"{pad}{name}{pick('：', ': ')}{listed(shown)}{more}"
        return
    yield f"{pad}{name}{pick(f'（{len(value)}）：', f' ({len(value)}):')}"
    for number, each in enumerate(value[:SHOWN], 1):
        yield from _block(each, say, depth + 1, unit, f"[{number}]")
    if len(value) > SHOWN:
        yield pad + pick(
            f"  另有 {len(value) - SHOWN} 项（--json 列出全部）", f"  {len(value) - SHOWN} more (--json has all)"
        )


def _events(events: Sequence[Mapping[str, Any]], say: Labels) -> Iterator[str]:
    """How many of each kind there are, then the first few."""
    if not events:
        return
    kinds = Counter(str(each.get("event", each.get("kind", "?"))) for each in events)
    told = pick("、", ", ").join(f"{say.event(kind)} {count}" for kind, count in kinds.most_common())
    yield pick(f"  事件 {len(events)} 条：{told}", f"  {len(events)} events: {told}")
    seen: Counter[str] = Counter()
    shown = 0
    for each in reversed(events):  # what ends a file says most about it
        kind = str(each.get("event", each.get("kind", "?")))
        seen[kind] += 1
        if shown < SHOWN and seen[kind] <= max(1, SHOWN // len(kinds)):
            shown += 1
            rest = {key: value for key, value in each.items() if key not in {"event", "kind"}}
            facts = pick("，", ", ").join(
                f"{say(key)} {value_of(key, value, stem(key)[1])}" for key, value in rest.items()
            )
            yield f"    {say.event(kind)}{pick('：', ': ')}{facts}"
    if len(events) > shown:
        yield pick(
            f"    另有 {len(events) - shown} 条（--json 列出全部）", f"    {len(events) - shown} more (--json has all)"
        )


def value_of(key: str, value: Any, unit: str) -> str:
    """A value with its unit: nanoseconds as ms or as a moment, shares in percent, four digits where it was measured."""
    if isinstance(value, bool):
        return pick("是" if value else "否", "yes" if value else "no")
    if not isinstance(value, (int, float)):
        return str(value)
    if key == "n" or key.endswith("_n"):
        return str(value)
    if unit == "ns":
        return _time(value)
    if _is_share(key) and isinstance(value, float):
        return f"{value * 100:.6g} %"
    if unit == "m" and isinstance(value, float) and abs(value) < 1:
        return _length(value)
    number = str(value) if isinstance(value, int) else f"{value:.6g}"
    return f"{number} {_PRINTED.get(unit, unit)}".rstrip()


def _is_share(key: str) -> bool:
    return key.endswith(("share", "ratio", "_of_expected", "_of_received")) or key.startswith(("share", "fix_rate"))


def _length(value: float) -> str:
    """Millimetres with four digits; what is less than a nanometre is the rounding of a computer."""
    return f"{value * 1000:.4g} mm" if abs(value) >= _NOTHING_M else "0 mm"


def _time(value: float) -> str:
    if abs(value) >= _MOMENT_NS:
        moment = datetime.fromtimestamp(value / 10**9, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    size, unit = next(
        ((size, unit) for size, unit in ((10**9, "s"), (10**6, "ms"), (10**3, "µs")) if abs(value) >= size), (1, "ns")
    )
    return f"{value / size:.6g} {unit}"
