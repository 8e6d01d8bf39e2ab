# SPDX-License-Identifier: Apache-2.0
"""``analyse --html``: what an analyser found as one page that is handed on: tables, one language, for a screen, a telephone and A4.

The page needs nothing from elsewhere and runs nothing (its content security policy says so). What it says is what
:mod:`harness.console.findings` prints, in the same words and units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from harness.console.findings import SHOWN, Labels, in_one_language, is_text, listed, said, spoken, stem, value_of
from harness.console.language import language, pick
from harness.printable import printable

_WIDEST = 12
"""Columns of a table of like things; wider ones are told one by one."""
_MOST_ROWS = 60
_SHARED = 3
"""Names that two parts have in common at least to stand in one table."""
_LONG = 34
"""Letters of a value that a column of the grid does not hold."""
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5c6675;--line:#c9d0d9;--hair:#e6eaef;--back:#fff;--band:#f4f6f9;--mark:#0b5fa5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b4;--line:#3a4452;--hair:#2a323d;--back:#14181e;--band:#1c222b;--mark:#6db3f2}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.6rem 1.2rem 3rem;max-width:62rem;background:var(--back);color:var(--ink);
font:15px/1.6 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.12rem;margin:2rem 0 .5rem;padding-bottom:.25rem;border-bottom:2px solid var(--mark);overflow-wrap:anywhere}
h3{font-size:.98rem;margin:1.1rem 0 .3rem}h4,h5,h6{font-size:.9rem;margin:.8rem 0 .2rem;color:var(--soft)}
.note{color:var(--soft);margin:.2rem 0 0}.more{color:var(--soft);font-size:.88rem;margin:.25rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(14.5rem,1fr));gap:0 1.4rem;margin:.2rem 0}
dl>div{display:flex;justify-content:space-between;gap:.8rem;border-bottom:1px solid var(--hair);padding:.22rem 0}
dl>div.long{grid-column:1/-1}dl>div.long dd{text-align:left;flex:1}
dt{color:var(--soft);flex:none;max-width:60%}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th{background:var(--band);text-align:left;font-weight:600}thead th{white-space:nowrap}
th,td{border-bottom:1px solid var(--hair);padding:.28rem .55rem;vertical-align:top}thead th{border-bottom:1px solid var(--line)}
td.n{text-align:right;white-space:nowrap}
section.part{margin-left:.1rem;padding-left:.8rem;border-left:3px solid var(--hair)}
footer{margin-top:2.5rem;color:var(--soft);font-size:.85rem;border-top:1px solid var(--line);padding-top:.5rem}
@media(max-width:30rem){body{padding:1rem .8rem 2rem;font-size:14.5px}dl{grid-template-columns:1fr}section.part{padding-left:.5rem}}
@media print{@page{size:A4;margin:16mm 14mm}:root{--ink:#000;--soft:#444;--back:#fff;--band:#f0f0f0;--line:#999;--hair:#ddd;--mark:#000}
body{max-width:none;padding:0;font-size:9.5pt}h2,h3,h4{break-after:avoid}tr,dl>div{break-inside:avoid}.scroll{overflow:visible}table{font-size:8.5pt}}
"""


def page(found: Mapping[str, Any], package: str) -> str:
    """The page, in the language of the run."""
    kind = str(found.get("kind", ""))
    title = pick(f"分析结果：{kind}", f"Analysis: {kind}")
    say = Labels(package)
    found = spoken(found, say)
    rest = {key: value for key, value in found.items() if key not in {"kind", "files"}}
    parts = [*_files(found.get("files", ()), say), *_whole(rest, say)]
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    note = pick("只描述文件内容，不是判定。", "This describes what the files hold; it is no verdict.")
    end = pick(
        f"yanshou analyse {kind} 写出；同样的文件得到同样的内容。--json 给出全部数值。",
        f"Written by yanshou analyse {kind}; the same files give the same page. --json has every figure.",
    )
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if language() == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{_safe(title)}</title>'
        f'<style>{_STYLE}</style></head>\n<body><header><h1>{_safe(title)}</h1><p class="note">{_safe(note)}</p></header>\n'
        f"<main>\n{body}\n</main>\n<footer>{_safe(end)}</footer></body></html>\n"
    )


def _safe(text: object) -> str:
    return escape(printable(str(text)))


def _files(files: Sequence[Mapping[str, Any]], say: Labels) -> Iterator[str]:
    for file in files:
        yield f"<section><h2>{_safe(file.get('path', ''))}</h2>"
        yield from _block({key: each for key, each in file.items() if key not in {"path", "events"}}, say, 3)
        yield from _events(file.get("events", ()), say)
        yield "</section>"


def _whole(rest: Mapping[str, Any], say: Labels) -> Iterator[str]:
    """What concerns all files together."""
    told = list(_block(rest, say, 3))
    if told:
        yield from (f"<section><h2>{pick('各文件共同', 'for all files')}</h2>", *told, "</section>")


def _block(values: Mapping[str, Any], say: Labels, level: int, unit: str = "") -> Iterator[str]:
    """Plain values side by side; what has parts of the same names in one table; the rest below headings of their own."""
    inner = said(values)
    plain = {key: told for key, each in inner.items() if (told := _plain(key, each, unit))}
    if plain:
        yield "<dl>"
        yield from (_pair(say(key), told) for key, told in plain.items())
        yield "</dl>"
    together = _alike_parts({key: each for key, each in inner.items() if key not in plain})
    if together:
        units = [stem(key)[1] or unit for key in together]
        yield from _table([*together.values()], say, units, [say(key) for key in together])
    for key, each in inner.items():
        if key not in plain and key not in together:
            yield from _part(say(key), each, say, level, stem(key)[1] or unit)


def _plain(key: str, value: Any, unit: str) -> str:
    """A value, or a few of them, as one text; empty for what has parts."""
    if isinstance(value, (str, int, float)):
        return value_of(key, value, stem(key)[1] or unit)
    if isinstance(value, (list, tuple)) and _is_cell(value) and len(value) <= SHOWN:
        return listed([value_of("", each, stem(key)[1] or unit) for each in value])
    return ""


def _alike_parts(parts: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Those parts that say the same things of different ones, as minimum, median and maximum of several delays."""
    flat = {key: each for key, each in parts.items() if isinstance(each, Mapping) and all(map(_is_cell, each.values()))}
    if not flat:
        return {}
    most = max(flat.values(), key=lambda each: sum(len(each.keys() & other.keys()) for other in flat.values()))
    found = {key: each for key, each in flat.items() if len(each.keys() & most.keys()) >= _SHARED}
    return found if len(found) > 1 and len({one for each in found.values() for one in each}) <= _WIDEST else {}


def _pair(name: str, value: str) -> str:
    long = ' class="long"' if len(value) > _LONG else ""
    return f"<div{long}><dt>{_safe(name)}</dt><dd>{_safe(value)}</dd></div>"


def _part(name: str, value: Any, say: Labels, level: int, unit: str) -> Iterator[str]:
    heading = f"h{min(level, 6)}"
    yield f'<section class="part"><{heading}>{_safe(name)}</{heading}>'
    if isinstance(value, Mapping):
        alike = _alike([*value.values()])
        if alike:
            yield from _table(alike, say, [unit] * len(alike), [say(str(key)) for key in value])
        else:
            yield from _block(value, say, level + 1, unit)
    else:
        yield from _sequence(value, say, level, unit)
    yield "</section>"


def _sequence(value: Sequence[Any], say: Labels, level: int, unit: str) -> Iterator[str]:
    if not any(isinstance(each, Mapping) for each in value):
        shown = listed([value_of("", each, unit) for each in value[:_MOST_ROWS]])
        yield f"<p>{_safe(shown)}</p>"
        yield from _more(len(value) - _MOST_ROWS)
        return
    alike = _alike(value)
    if alike:
        yield from _table(alike[:_MOST_ROWS], say, [unit] * len(alike))
        yield from _more(len(value) - _MOST_ROWS)
        return
    for number, each in enumerate(value[:SHOWN], 1):
        yield f'<section class="part"><h{min(level + 1, 6)}>[{number}]</h{min(level + 1, 6)}>'
        yield from _block(each, say, level + 2, unit)
        yield "</section>"
    yield from _more(len(value) - SHOWN)


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f'<p class="more">{_safe(pick(f"另有 {count} 项（--json 列出全部）", f"{count} more (--json has all)"))}</p>'


def _alike(values: Sequence[Any]) -> list[Mapping[str, Any]]:
    """The things as rows of one table; nothing where they have parts of their own or are one, or too wide."""
    rows = [in_one_language(each) for each in values if isinstance(each, Mapping)]
    keys = {key for row in rows for key in row}
    flat = all(_is_cell(each) for row in rows for each in row.values())
    return rows if len(rows) == len(values) > 1 and flat and 0 < len(keys) <= _WIDEST else []


def _is_cell(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(each is None or isinstance(each, (str, int, float)) for each in value)
    return value is None or isinstance(value, (str, int, float)) or is_text(value)


def _table(
    rows: Sequence[Mapping[str, Any]], say: Labels, units: Sequence[str], names: Sequence[str] = ()
) -> Iterator[str]:
    """Rows of cells; ``units``: of each row, for keys that name none."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    first = "<th></th>" if names else ""
    yield '<div class="scroll"><table><thead><tr>' + first
    yield "".join(f"<th>{_safe(say(key))}</th>" for key in keys) + "</tr></thead><tbody>"
    for number, row in enumerate(rows):
        head = f"<th>{_safe(names[number])}</th>" if names else ""
        yield f"<tr>{head}" + "".join(_cell(key, row.get(key), stem(key)[1] or units[number]) for key in keys) + "</tr>"
    yield "</tbody></table></div>"


def _cell(key: str, value: Any, unit: str) -> str:
    if value is None or value == "":
        return "<td>—</td>"
    if isinstance(value, (list, tuple)):
        return f"<td>{_safe(pick('、', ', ').join(value_of('', each, unit) for each in value[:SHOWN]))}</td>"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    kind = ' class="n"' if number else ""
    return f"<td{kind}>{_safe(value_of(key, value, unit))}</td>"


def _events(events: Sequence[Mapping[str, Any]], say: Labels) -> Iterator[str]:
    """How many of each kind there are, then the last of each."""
    if not events:
        return
    kinds = Counter(str(each.get("event", each.get("kind", "?"))) for each in events)
    yield f'<section class="part"><h3>{_safe(pick(f"事件（{len(events)}）", f"Events ({len(events)})"))}</h3><div class="scroll"><table>'
    yield f"<thead><tr><th>{pick('事件', 'event')}</th><th>{pick('次数', 'count')}</th><th>{pick('最后一次', 'the last')}</th></tr></thead><tbody>"
    last = {str(each.get("event", each.get("kind", "?"))): each for each in events}
    for kind, count in kinds.most_common(_MOST_ROWS):
        facts = in_one_language({key: each for key, each in last[kind].items() if key not in {"event", "kind"}})
        told = pick("，", ", ").join(f"{say(key)} {value_of(key, each, stem(key)[1])}" for key, each in facts.items())
        yield f'<tr><td>{_safe(say.event(kind))}</td><td class="n">{count}</td><td>{_safe(told)}</td></tr>'
    yield "</tbody></table></div>"
    yield from _more(len(events) - len(kinds))
    yield "</section>"
