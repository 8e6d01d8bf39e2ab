# SPDX-License-Identifier: Apache-2.0
"""Pages and schemas that are made from what is installed: settings of probes, measurands, sentences, the profile's schema.

``python -m harness.reference`` in the root of the repository writes them; tests/harness/test_reference.py compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from harness import documents, installed, pictures, spec
from harness.kit.settings import In, InFile, InFolder, Secret, Settings
from harness.kit.values import UTC_TIME
from harness.kit.words import RESOURCE, Catalogue, rooms
from harness.model import Text
from harness.plugins import Measurand
from harness.quantity import unit_of
from harness.spec.documents import inner_model
from harness.spec.strict import Document

OWN = "yanshou"
"""The distribution whose plug-ins the repository's own pages describe."""
_SCHEMA_FOLDERS = ("scenarios", "profiles", "docs/reference", "docs/reference")
_MADE = "<!-- Made by `python -m harness.reference`; tests/harness/test_reference.py compares. -->"
_DIMENSIONS = {
    "time": Text("时长，如 `30 s`", "a time, like `30 s`"),
    "rate": Text("频率，如 `10/s`", "a rate, like `10/s`"),
    "information": Text("字节数，如 `64 B`", "a size, like `64 B`"),
    "length": Text("长度，如 `1.5 m`", "a length, like `1.5 m`"),
    "bitrate": Text("比特率，如 `20 Mbit/s`", "a bit rate, like `20 Mbit/s`"),
    "ratio": Text("比例或数，如 `95 %`", "a share or a number, like `95 %`"),
}
_PLAIN = {
    bool: Text("`true` 或 `false`", "`true` or `false`"),
    int: Text("整数", "a whole number"),
    float: Text("数", "a number"),
    str: Text("文字", "text"),
    Secret: Text("`env:变量名`", "`env:NAME`"),
}


def settings_of_probes(distribution: str = "") -> dict[str, type[Settings]]:
    """The settings of every probe that is installed, or that ``distribution`` brings, by the probe's name."""
    return {
        each.name: installed.load(each.group, each.name).settings for each in _entries(installed.PROBES, distribution)
    }


def pages(distribution: str = OWN) -> dict[str, str]:
    """Every generated page and schema of the repository by its path."""
    probes = settings_of_probes(distribution)
    found = {f"docs/reference/settings/{name}.md": _settings(name, form) for name, form in probes.items()}
    found |= {
        f"{folder}/{name}.schema.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for (name, schema), folder in zip(published(distribution).items(), _SCHEMA_FOLDERS, strict=True)
    }
    return found | {
        "docs/reference/measurands.md": _measurands(distribution),
        "docs/reference/reasons.md": _reasons(distribution),
    }


def published(distribution: str = "") -> dict[str, dict[str, Any]]:
    """The JSON Schemas of what people write (scenario, profile) and of what a bundle's verdicts are read from."""
    return {
        **spec.schemas(settings_of_probes(distribution)),
        "results": _of_records(documents.Results, documents.SCHEMA),
        "figures": _of_records(pictures.Pictures, pictures.SCHEMA),
    }


def _of_records(model: type[BaseModel], name: str) -> dict[str, Any]:
    made = _without_titles(model.model_json_schema(mode="serialization"))
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:{name.replace('.', ':').replace('/', ':')}",
        **made,
    }


def _without_titles(schema: Any) -> Any:
    """A schema without the titles that only repeat a key's name."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: each for key, each in schema.items() if not (key == "title" and isinstance(each, str))}
    return {key: _without_titles(each) for key, each in kept.items()}


def write(root: Path) -> None:
    """Write every page under ``root``, and remove pages of settings whose probe is gone."""
    made = pages()
    for path in (root / "docs/reference/settings").glob("*.md"):
        if path.relative_to(root).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _entries(group: str, distribution: str) -> list[EntryPoint]:
    found = entry_points(group=group)
    own = [each for each in found if not distribution or (each.dist is not None and each.dist.name == distribution)]
    return sorted(own, key=lambda each: each.name)


def _settings(name: str, form: type[Settings]) -> str:
    title = installed.probe(name).title
    defaults = form.defaults()
    rows = [
        f"| `{key}` | {_both(_form(field))} | {_default(field, default)} | {_meaning(field)} |"
        for key, field, default in _fields(form, defaults)
    ]
    return "\n".join(
        [
            f"# {name}：{title.zh} / {title.en}",
            "",
            _MADE,
            "",
            f"测试方案 `sources:` 中 `probe: {name}` 的设置；值也可写成 `@模拟器名.键`，取自同一方案的模拟设备。",
            "",
            f"Settings of `probe: {name}` under `sources:` of a profile; a value may also be `@NAME.KEY`, what a simulator",
            "of the same profile gives.",
            "",
            "| 键 key | 写法 written as | 缺省 default | 含义 meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _fields(
    form: type[BaseModel], defaults: Mapping[str, Any], above: str = ""
) -> Iterator[tuple[str, FieldInfo, Any]]:
    """Every setting with what is written where it is left out; those of a group stand below it."""
    for name, field in form.model_fields.items():
        key = field.alias or name
        yield f"{above}{key}", field, defaults.get(key)
        inside = inner_model(field.annotation)
        if inside is not None:
            yield from _fields(inside, _defaults(inside), f"{above}{key}.")


def _meaning(field: FieldInfo) -> str:
    """The description; its Chinese is the field's title, where there is one."""
    english = field.description or ""
    return _both(Text(field.title or english, english))


def _defaults(form: type[BaseModel]) -> Mapping[str, Any]:
    return form.defaults() if issubclass(form, Document) else {}


def _default(field: FieldInfo, default: Any) -> str:
    if field.is_required():
        return "必填 required"
    if default in (None, "", [], {}):
        return "—"
    return f"`{_plain(default)}`"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _form(field: FieldInfo) -> Text:
    return _written(field.annotation, tuple(field.metadata))


def _written(annotation: Any, marks: tuple[Any, ...] = ()) -> Text:
    """How a value of this type is written in a profile."""
    if hasattr(annotation, "__metadata__"):
        return _written(get_args(annotation)[0], (*annotation.__metadata__, *marks))
    for mark in reversed(marks):
        if isinstance(mark, In):
            return _DIMENSIONS.get(unit_of(mark.unit)[0], Text(f"量，单位如 {mark.unit}", f"a quantity in {mark.unit}"))
        if mark == UTC_TIME:
            return Text("时刻，如 `2026-11-21T08:00:00Z`", "a time, like `2026-11-21T08:00:00Z`")
        if isinstance(mark, InFile):
            folder = isinstance(mark, InFolder)
            return Text("文件夹名", "the name of a folder") if folder else Text("文件名", "the name of a file")
    return _structure(annotation)


def _structure(annotation: Any) -> Text:
    origin, parts = get_origin(annotation), [each for each in get_args(annotation) if each is not type(None)]
    if origin is Literal:
        words = " · ".join(f"`{each}`" for each in parts)
        return Text(words, words)
    if origin in (tuple, list) and parts:
        inside = _written(parts[0])
        return Text(f"一个或多个：{inside.zh}", f"one or several: {inside.en}")
    if origin is dict:
        return Text("键值对", "pairs of key and value")
    if inner_model(annotation) is not None:
        return Text("一组键，见下", "a group of keys, see below")
    if origin is not None and parts:
        return _written(parts[0])
    return _PLAIN.get(annotation, _PLAIN[str])


def _measurands(distribution: str) -> str:
    lines = [
        "# 被测量 / Measurands",
        "",
        _MADE,
        "",
        "场景文件的读法引用这些名称。一个被测量只接受列出的探针的数据；测试方案绑定了别的数据，载入时即被拒绝。",
        "",
        "Readings of scenario files name these. A measurand takes evidence of the probes listed and of no other; a profile",
        "that binds something else is refused when it loads.",
        "",
    ]
    probes = {each.name: installed.load(each.group, each.name).summary for each in _entries(installed.PROBES, "")}
    for each in _entries(installed.MEASURANDS, distribution):
        lines += _measurand(installed.load(each.group, each.name), probes)
    return "\n".join(lines)


def _measurand(each: Measurand, probes: Mapping[str, str]) -> list[str]:
    takes = ", ".join(f"`{name}`" for name, summary in probes.items() if summary in each.accepts)
    statistics = ", ".join(f"`{name}`{' ◷' if name in each.watchable else ''}" for name in each.statistics)
    rows = [
        f"| 单位 unit | {each.unit} |",
        f"| 缺省探针 usual probe | `{each.recorder}` |",
        f"| 接受 takes | {takes} |",
        f"| 统计量 statistics | {statistics} |",
        *(
            f"| 可声明 constant `{one.name}`{f' ({one.unit})' if one.unit else ''} | {_both(one.help)} |"
            for one in each.constants
        ),
    ]
    if each.watchable:
        rows.append("| ◷ | 采集过程中即可给出界限<br>bounds hold at every look while recording |")
    return [f"## {each.name} {each.title.zh} {each.title.en}", "", "| | |", "|---|---|", *rows, ""]


def _reasons(distribution: str) -> str:
    lines = [
        "# 报告中的句子 / Sentences of reports",
        "",
        _MADE,
        "",
        "results.json 的 `reasons` 以代码注明每句话；花括号内为事实，另以数据保存。",
        "",
        "Every sentence that the engine and the domains say, by its code; what stands in braces is a fact and kept as data beside it.",
        "",
    ]
    packages = [*(["harness"] if distribution == OWN else []), *_packages(distribution)]
    for catalogue in (Catalogue(package, room) for package in packages for room in sorted(rooms(package))):
        lines += [f"## {catalogue.domain}", "", "| 代码 code | 句子 sentence |", "|---|---|"]
        lines += [f"| `{catalogue.domain}.{key}` | {_both(text)} |" for key, text in sorted(catalogue.entries.items())]
        lines.append("")
    return "\n".join(lines)


def _packages(distribution: str) -> list[str]:
    """The packages of probes and measurands that bring words."""
    entries = [*_entries(installed.PROBES, distribution), *_entries(installed.MEASURANDS, distribution)]
    parts = {tuple(each.module.split(".")) for each in entries}
    packages = {".".join(each[:end]) for each in parts for end in range(1, len(each))}
    return sorted(each for each in packages if files(each).joinpath(RESOURCE).is_file())


def _both(text: Text) -> str:
    return _cell(text.zh) if text.zh == text.en else f"{_cell(text.zh)}<br>{_cell(text.en)}"


def _cell(text: str) -> str:
    """Text that stays inside a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    write(Path.cwd())
