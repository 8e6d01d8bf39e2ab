# SPDX-License-Identifier: Apache-2.0
"""Write the folder: profile, registers, letters, keys, and a README that says what to bring and what to type next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import installed
from harness.console.beginning.sheet import plain, workbook
from harness.console.beginning.templates import SourceTemplate, Templates, templates
from harness.console.language import language, one, pick
from harness.errors import UsageError
from harness.evidence.keys import generate
from harness.evidence.storage import written
from harness.model import Indicator, Scenario, Text

KEYS = "keys"


@dataclass(slots=True)
class _Plan:
    """What the folder will hold, gathered indicator by indicator."""

    scenario: Scenario
    known: Templates
    sources: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    registers: dict[str, str] = field(default_factory=dict)
    letters: dict[str, None] = field(default_factory=dict)
    devices: dict[Text, None] = field(default_factory=dict)
    people: dict[Text, None] = field(default_factory=dict)
    steps: dict[Text, None] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    """Indicator -> its measurand, of those that record evidence of their own."""


def begin(scenario: Scenario, reference: str, folder: Path, answers: Mapping[str, str]) -> list[Path]:
    """Write everything into ``folder``, which is new or empty; the files in the order a person opens them."""
    refuse_full(folder)
    plan = _Plan(scenario, templates())
    for indicator in scenario.indicators:
        _bind(plan, indicator)
    written = [_write(folder / f"{scenario.id}.yaml", _profile(plan, reference, answers).encode())]
    for file, key in plan.registers.items():
        write = plain if file.endswith(".csv") else workbook
        written.append(_write(folder / file, write(plan.known.registers[key])))
    for key in plan.letters:
        letter = plan.known.letters[key]
        content = f"# {letter.title.get(language())}\n\n{letter.text.get(language()).strip()}\n"
        written.append(_write(folder / "letters" / f"{key}.md", content.encode()))
    (folder / "documents").mkdir(exist_ok=True)
    (folder / KEYS).mkdir(exist_ok=True)
    generate(folder / KEYS / "site", sm2=True)
    _write(folder / ".gitignore", b"keys/*.pem\n!keys/*.pub.pem\n")
    return [_write(folder / "README.md", _readme(plan, written, folder).encode()), *written]


def refuse_full(folder: Path) -> None:
    """UsageError where something is there already: nothing of a person's is ever overwritten."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            msg = f"{folder} is not empty."
            raise UsageError(msg, cure="name a new folder; nothing that is there is overwritten.")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{folder} cannot be made: {error.strerror}."
        raise UsageError(msg, cure="name a folder you may write.") from None


def _write(path: Path, content: bytes) -> Path:
    return written(path, content, cure="name a folder you may write.")


def _bind(plan: _Plan, indicator: Indicator) -> None:
    """One indicator's lines in the profile: its own source, evidence it borrows, or why there is none."""
    measurand = indicator.default_reading.measurand
    template = plan.known.sources.get(indicator.id) or plan.known.sources.get(measurand)
    title = f"{indicator.title.get(language())}{one('（必验） / (mandatory)') if indicator.mandatory else ''}"
    if installed.measurand(measurand) is None:
        told = pick(f"还没有能测它的领域（{measurand}）", f"no installed domain measures it ({measurand})")
        plan.sources.append(f"  # {indicator.id}: {title}: {told}")
        return
    if template is None:
        told = pick("请照 docs/reference/settings 填写", "fill in after docs/reference/settings")
        plan.sources.append(f"  # {indicator.id}: {title}: {told}")
        return
    lender = _lender(plan, indicator, measurand, template)
    plan.sources.append(f"  # {title}")
    if lender is None:
        lines = [f"{indicator.id}:", *(f"  {each}" for each in _lines(plan, indicator, template, template.text))]
        plan.sources += [f"  # {line}" if template.optional else f"  {line}" for line in lines]
        if template.optional:
            return
        plan.bound[indicator.id] = measurand
        _take(plan, template)
    else:
        plan.sources.append(f"  {indicator.id}: {{evidence: [{lender}]}}")
    if template.declared:
        declared = _lines(plan, indicator, template, template.declared)
        plan.declared += [f"  {indicator.id}:", *(f"    {line}" for line in declared)]


def _lender(plan: _Plan, indicator: Indicator, measurand: str, template: SourceTemplate) -> str | None:
    """Whose evidence will do: an indicator this one is a part of, or one whose measurand the template names."""
    whole = [each for each in plan.bound if indicator.id.startswith(f"{each}.") and plan.bound[each] == measurand]
    if whole:
        return whole[0]
    return next((each for wanted in template.borrow for each, of in plan.bound.items() if of == wanted), None)


def _lines(plan: _Plan, indicator: Indicator, template: SourceTemplate, text: str) -> Iterator[str]:
    """The template's text with its registers' file names filled in and its comments in one language."""
    name = indicator.id.partition(".")[2].replace(".", "-")
    for key in template.registers:
        file = plan.known.registers[key].file.replace("{name}", name)
        plan.registers.setdefault(file, key)
        text = text.replace(f"{{{key.rpartition(':')[2]}}}", file)
    for each in reversed(plan.scenario.indicators):
        text = text.replace(f"{{of:{each.default_reading.measurand}}}", each.id)
    for line in text.strip().splitlines():
        code, sign, comment = line.partition("# ")
        yield f"{code}# {one(comment)}" if sign else line


def _take(plan: _Plan, template: SourceTemplate) -> None:
    plan.letters.update(dict.fromkeys(template.letters))
    plan.devices.update(dict.fromkeys(template.devices))
    plan.people.update(dict.fromkeys(template.people))
    plan.steps.update(dict.fromkeys(template.steps))


def _profile(plan: _Plan, reference: str, answers: Mapping[str, str]) -> str:
    say = {key: json.dumps(value, ensure_ascii=False) for key, value in answers.items()}
    title = plan.scenario.title.get(language())
    head = pick(
        f"# {title}：测试方案。缩进用空格；冒号用半角 : ，其后留一个空格。",
        f"# {title}: the profile. Indent with blanks; a blank behind each colon.",
    )
    kind = pick("self-check 自测，on-site 现场，third-party 第三方", "self-check, on-site or third-party")
    lines = [
        head,
        "schema: yanshou.profile/1",
        f"scenario: {reference}",
        "project:",
        f"  name: {say['project']}",
        f"  applicant: {{name: {say['applicant']}, uscc: {say['code']}}}",
        f"  period: {{start: {answers['start']}, end: {answers['end']}}}",
        f"  site: {say['site']}",
        "test:",
        f"  kind: self-check          # {kind}",
        f"  organisation: {say['organisation']}",
        f"  operator: {say['operator']}",
    ]
    if plan.declared:
        lines += ["declared:", *plan.declared]
    if plan.bound:
        lines += ["sources:", *plan.sources]
    else:
        lines += plan.sources
    return "\n".join([*lines, f"signing: {{ed25519: {KEYS}/site.ed25519.pem, sm2: {KEYS}/site.sm2.pem}}", ""])


def _readme(plan: _Plan, written: Sequence[Path], folder: Path) -> str:
    """What is here, what to bring, whom to ask, what to type."""
    lang, scenario = language(), plan.scenario
    parts = [f"# {scenario.title.get(lang)}", "", *_commands(scenario)]
    parts += ["", pick("## 这里有什么", "## What is here"), ""]
    parts += [f"- `{path.relative_to(folder).as_posix()}`{_note(plan, path)}" for path in written]
    parts.append(
        pick(
            "- `keys/`：签名密钥。`.pub.pem` 交给验收方，其余只留在本单位。",
            "- `keys/`: signing keys. Hand the `.pub.pem` files over, keep the others.",
        )
    )
    parts.append(
        pick(
            "- `documents/`：合同与证明文件，登记表里写它们的文件名。",
            "- `documents/`: the documents that registers name.",
        )
    )
    for told, heading in (
        (plan.devices, pick("## 要带的设备", "## Devices to bring")),
        (plan.people, pick("## 要到场的人", "## People to be there")),
        (plan.steps, pick("## 开始之前", "## Before you start")),
    ):
        if told:
            parts += ["", heading, "", *(f"- [ ] {each.get(lang)}" for each in told)]
    if plan.letters:
        parts += ["", pick("## 要发的函", "## Letters to send"), ""]
        parts += [f"- [ ] [{plan.known.letters[key].title.get(lang)}](letters/{key}.md)" for key in plan.letters]
    return "\n".join([*parts, ""])


def _note(plan: _Plan, path: Path) -> str:
    key = plan.registers.get(path.name)
    note = "" if key is None else plan.known.registers[key].note.get(language())
    return f"{pick('：', ': ')}{note}" if note else ""


def _commands(scenario: Scenario) -> list[str]:
    profile, bundle = f"{scenario.id}.yaml", f"results/{scenario.id}.bundle"
    steps = (
        (f"yanshou plan {profile}", pick("看每条指标还缺什么", "see what each indicator still lacks")),
        (f"yanshou run {profile} --out results", pick("执行测试并封存证据", "measure and seal the evidence")),
        (f"yanshou report {bundle}", pick("出具报告", "write the report")),
        (
            f"yanshou verify {bundle} --key keys/site.ed25519.pub.pem",
            pick("验证证据包", "verify the bundle"),
        ),
    )
    return ["```sh", *(f"{command:<58} # {told}" for command, told in steps), "```"]
