# SPDX-License-Identifier: Apache-2.0
"""Whether a printed page belongs to a bundle: its code is looked for on every page that the bundle gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import installed
from harness.console.language import LANGUAGES, pick
from harness.errors import UsageError, YanshouError
from harness.evidence.pack import unpacked

_GROUP = "yanshou.pages"
_LENGTH = 12
_SAME = str.maketrans("OIL", "011")
_SHOWN, _WIDE = 60, 120


@dataclass(frozen=True, slots=True)
class Found:
    """A code beside its bundle: which page it is and what that page says; ``format`` is None where it is on none."""

    code: str
    format: str | None = None
    lang: str = ""
    layout: str = ""
    number: int = 0
    total: int = 0
    texts: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def belongs(self) -> bool:
        """Whether the bundle gives this page."""
        return self.format is not None

    def lines(self) -> Iterator[str]:
        """Which page it is, then what has to stand on it."""
        if not self.belongs:
            yield pick(
                f"校验码 {self.code}：本证据包给出的任何一页都不是它",
                f"code {self.code}: NO PAGE that this bundle gives has it",
            )
            for each in self.unread:
                yield pick(f"未能核对的格式：{each}", f"a format that could not be looked at: {each}")
            return
        yield pick(
            f"校验码 {self.code}：属于本证据包；{self.format}，版式 {self.layout}（{self.lang}），第 {self.number} 页（部分），共 {self.total}",
            f"code {self.code}: belongs to this bundle; {self.format}, layout {self.layout} ({self.lang}), page or part {self.number} of {self.total}",
        )
        yield pick("这一页上应当写着：", "that page has to say:")
        shown = [line for text in self.texts for line in text.split("\n") if line.strip()]
        yield from (f"  {line[:_WIDE]}" for line in shown[:_SHOWN])
        if len(shown) > _SHOWN:
            yield pick(f"  ……另有 {len(shown) - _SHOWN} 行", f"  … and {len(shown) - _SHOWN} more lines")

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {**asdict(self), "texts": list(self.texts), "unread": list(self.unread), "belongs": self.belongs}


def find(bundle: Path, code: str) -> Found:
    """The page with ``code``, typed as it stands or without its dashes; UsageError for what cannot be a code."""
    typed = "".join(each for each in code.upper() if each.isalnum()).translate(_SAME)
    if len(typed) != _LENGTH:
        msg = pick(f"{code!r} 不是页面校验码。", f"{code!r} is no code of a page.")
        raise UsageError(
            msg, cure=pick("照页脚抄写十二个字符。", "type the twelve characters at the foot of the page.")
        )
    wanted = "-".join(typed[at : at + 4] for at in range(0, _LENGTH, 4))
    unread = []
    with unpacked(bundle) as root:
        for kind in sorted(installed.names(_GROUP), key=lambda each: (each != "pdf", each)):
            try:
                for lang in LANGUAGES:
                    for each in installed.load(_GROUP, kind)(root, lang):
                        if each.code == wanted:
                            place = {"layout": each.layout, "number": each.number, "total": each.total}
                            return Found(wanted, kind, lang, texts=each.texts, **place)
            except YanshouError as problem:  # a font or a library that this machine has not
                unread.append(f"{kind}: {problem}")
    return Found(wanted, unread=tuple(unread))
