# SPDX-License-Identifier: Apache-2.0
"""The argument parser of the command line: help and refusals in the language of the run.

Help is written ``中文 / English`` where it is given, by us and by every domain; one half of it is shown.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from harness.console.language import one, pick

_REFUSALS: tuple[tuple[str, str, str], ...] = (
    (r"the following arguments are required: (.*)", "缺少参数：{0}。", "these arguments are required: {0}."),
    (r"unrecogni[sz]ed arguments: (.*)", "不认识的参数：{0}。", "unrecognised arguments: {0}."),
    (
        r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)",
        "{0} 不能是 {1}；可用：{2}。",
        "{0} cannot be {1}; use one of: {2}.",
    ),
    (r"argument (.*?): invalid (?:.*?) value: (.*)", "{0} 不能是 {1}。", "{0} cannot be {1}."),
    (r"argument (.*?): expected one argument", "{0} 后面要有一个值。", "{0} wants a value."),
    (r"argument (.*?): expected at least one argument", "{0} 后面至少要有一个值。", "{0} wants a value or more."),
    (r"argument (.*?): expected (\d+) arguments", "{0} 后面要有 {1} 个值。", "{0} wants {1} values."),
    (r"argument (.*?): not allowed with argument (.*)", "{0} 不能与 {1} 同用。", "{0} does not go with {1}."),
    (r"argument (.*?): ignored explicit argument (.*)", "{0} 不带值（{1}）。", "{0} takes no value ({1})."),
    (r"ambiguous option: (.*?) could match (.*)", "{0} 有歧义，可能是 {1}。", "{0} may mean {1}."),
    (r"one of the arguments (.*?) is required", "{0} 中须给出一个。", "one of {0} is required."),
)
"""What argparse says, and how it is said here."""


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks one language and names the nearest word where one was mistyped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what argparse takes; ``help``, ``description`` and ``epilog`` may be ``中文 / English``."""
        for key in ("description", "epilog"):
            if kwargs.get(key):
                kwargs[key] = one(kwargs[key])
        asks = kwargs.pop("add_help", True)
        super().__init__(*args, **{"formatter_class": _Formatter, "add_help": False, "allow_abbrev": False, **kwargs})
        self._positionals.title = pick("参数", "arguments")
        self._optionals.title = pick("选项", "options")
        if asks:
            self.add_argument("-h", "--help", action="help", help="显示本说明 / show this help and leave")

    def error(self, message: str) -> NoReturn:
        """Say in one sentence what was mistyped and in another what to type; exit code 2."""
        problem = _refused(message)
        near = self._meant(message)
        cure = pick(f"查看 {self.prog} --help。", f"see {self.prog} --help.")
        if near:
            cure = pick(f"想输入的是 {near} 吗？", f"did you mean {near}? ") + cure
        sign = pick("处理：", "Cure: ")
        self.exit(2, f"yanshou: {problem} {sign}{cure}\n")

    def _meant(self, message: str) -> str:
        """The choice nearest to a word that is none."""
        from difflib import get_close_matches

        found = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if found is None:
            return ""
        near = get_close_matches(found[1], re.findall(r"[\w.-]+", found[2]), 1, 0.6)
        return near[0] if near else ""


def _refused(message: str) -> str:
    for pattern, zh, en in _REFUSALS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return pick(zh, en).format(*found.groups())
    return message


class _Formatter(argparse.HelpFormatter):
    """Help in one language."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, prefix if prefix is not None else pick("用法：", "usage: "))

    def _expand_help(self, action: argparse.Action) -> str:
        return one(super()._expand_help(action))
