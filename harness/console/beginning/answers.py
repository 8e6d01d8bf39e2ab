# SPDX-License-Identifier: Apache-2.0
"""The few questions whose answers a new profile needs; what nobody answers is written as still to be filled in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from harness.console.language import pick
from harness.errors import UsageError
from harness.spec import Profile

OPEN = ("（待填", "(to fill in")
"""How an answer that is still owing begins, in either language."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its key in the profile's text, the words, and what stands there until it is answered."""

    key: str
    zh: str
    en: str
    default_zh: str
    default_en: str
    sound: Callable[[str], bool] = lambda _text: True

    @property
    def default(self) -> str:
        """The answer of somebody who does not know yet."""
        return pick(self.default_zh, self.default_en)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_code(text: str) -> bool:
    return len(text) == 18 and text.isascii() and text.isalnum() and text == text.upper()


NO_CODE = "000000000000000000"
"""Stands for a 统一社会信用代码 that is still owing: no organisation has it."""

QUESTIONS: tuple[Question, ...] = (
    Question("project", "项目名称", "name of the project", "（待填）项目名称", "(to fill in) name of the project"),
    Question("applicant", "申报单位全称", "the applicant's full name", "（待填）申报单位", "(to fill in) applicant"),
    Question(
        "code", "申报单位统一社会信用代码（18 位）", "its 统一社会信用代码 (18 characters)", NO_CODE, NO_CODE, _is_code
    ),
    Question("start", "项目开始日期（YYYY-MM-DD）", "first day of the project", "2023-01-01", "2023-01-01", _is_day),
    Question("end", "项目结束日期（YYYY-MM-DD）", "last day of the project", "2024-12-31", "2024-12-31", _is_day),
    Question("site", "测试地点", "where it is tested", "（待填）测试地点", "(to fill in) place of the tests"),
    Question("organisation", "测试单位", "who tests", "（待填）测试单位", "(to fill in) testing organisation"),
    Question("operator", "测试人员", "the person who tests", "（待填）测试人员", "(to fill in) operator"),
)


def asked(*, ask: bool) -> Mapping[str, str]:
    """Key -> answer: from the keyboard where ``ask``, else what stands there until somebody fills it in."""
    if not ask:
        return {each.key: each.default for each in QUESTIONS}
    print(  # noqa: T201 - a conversation
        pick("直接按回车表示以后再填。", "Press Enter for what you will fill in later."), file=sys.stderr
    )
    return {each.key: _answer(each) for each in QUESTIONS}


def _answer(question: Question) -> str:
    """What was typed; asked again while it has another form; the default at the end of the input."""
    while True:
        sys.stderr.write(f"{pick(question.zh, question.en)}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        given = line.strip()
        if not line:
            sys.stderr.write("\n")
        if not given:
            return question.default
        if question.sound(given):
            return given
        sys.stderr.write(pick("格式不对，请重写。\n", "that has another form, once more please.\n"))


def owed(profile: Profile) -> list[str]:
    """The keys of a profile that are still to be filled in, as a person finds them there."""
    project, test = profile.project, profile.test
    values = {
        "project.name": project.name,
        "project.applicant.name": project.applicant.name,
        "project.applicant.uscc": project.applicant.uscc,
        "project.site": project.site,
        "test.organisation": test.organisation,
        "test.operator": test.operator,
    }
    return [key for key, value in values.items() if value.startswith(OPEN) or value == NO_CODE]


def require_filled(profile: Profile) -> None:
    """UsageError where something is still to be filled in: a campaign is never somebody's without a name."""
    open_keys = owed(profile)
    if open_keys and not profile.practice:
        msg = f"The profile is not filled in: {', '.join(open_keys)}."
        raise UsageError(msg, cure="fill these in, or write practice: true for a rehearsal.")
