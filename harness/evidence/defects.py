# SPDX-License-Identifier: Apache-2.0
"""Every way evidence can be broken, each with its own code, sentence and cure in both languages.

A reader of evidence raises a :class:`DefectError`; ``verify`` collects them as :class:`Defect` records.
The codes are stable: other tools and docs/reference/bundle.md build on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.errors import EvidenceError
from harness.model import Text


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a bundle: stable code, the sentence and its cure, the path inside the bundle."""

    code: str
    text: Text
    cure: Text
    path: str = ""
    detail: str = ""

    def line(self, lang: str) -> str:
        """One line in ``lang``: ``path: sentence (detail)``."""
        where = f"{self.path}: " if self.path else ""
        brackets = ("（", "）") if lang == "zh" else (" (", ")")
        detail = f"{brackets[0]}{self.detail}{brackets[1]}" if self.detail else ""
        return f"{where}{self.text.get(lang)}{detail}"


class DefectError(EvidenceError):
    """Broken evidence as an exception; each subclass is one kind of defect.

    ``where`` is the path (with ``:line`` where there are lines), ``detail`` holds facts that need no
    translation: digests, counts, names.
    """

    code = "evidence.defect"
    sentence: ClassVar[Text] = Text("证据有缺陷。", "The evidence is broken.")
    remedy: ClassVar[Text] = Text(
        "请向提供方索取原始证据包，不要修补。", "get the original bundle from whoever made it; do not repair it."
    )

    def __init__(self, detail: str = "", *, where: str = "") -> None:
        """Keep the facts and the place; sentence and cure come from the class."""
        bracket = f" ({detail})" if detail else ""
        super().__init__(f"{self.sentence.en}{bracket}", cure=self.remedy.en, where=where)
        self.detail = detail

    @property
    def defect(self) -> Defect:
        """The same as a record."""
        return Defect(self.code, self.sentence, self.remedy, self.where, self.detail)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process with every field."""
        return (_rebuild, (type(self), self.detail, self.where))


def _rebuild(kind: type[DefectError], detail: str, where: str) -> DefectError:
    return kind(detail, where=where)


class NotJsonError(DefectError):
    """Bytes or values that are not (canonical, bounded) JSON."""

    code = "evidence.not-json"
    sentence = Text("此处不是可以接受的 JSON。", "This is not JSON that can be accepted.")
    remedy = Text(
        "只写入对象、数组、字符串、布尔、null 和有限数；超过 2^53 的整数与分数请写成字符串。",
        "write only objects, arrays, strings, booleans, null and finite numbers; integers beyond 2^53 and fractions as strings.",
    )


class NotABundleError(DefectError):
    """The path holds no bundle."""

    code = "evidence.not-a-bundle"
    sentence = Text("这里没有证据包。", "There is no evidence bundle here.")
    remedy = Text("请给出 NAME.bundle 目录或其 zip 包的路径。", "give the path of a NAME.bundle folder or of its zip.")


class LinkError(DefectError):
    """A symbolic link, device, socket or pipe inside a bundle."""

    code = "evidence.symlink"
    sentence = Text(
        "证据包内有符号链接或特殊文件，可能指向包外。",
        "The bundle holds a symbolic link or special file, which may lead outside it.",
    )
    remedy = Text("请以普通文件重新制作证据包。", "make the bundle again from plain files.")


class UnsafePathError(DefectError):
    """A path that leaves the bundle or means different things on different systems."""

    code = "evidence.path"
    sentence = Text("路径会越出证据包，或在不同系统上含义不同。", "The path leaves the bundle or is not portable.")
    remedy = Text("拒绝此包，并向提供方查问来源。", "refuse this bundle and ask whoever sent it where it comes from.")


class JournalError(DefectError):
    """Any defect of the journal."""

    code = "evidence.journal"


class TornJournalError(JournalError):
    """The last line has no end: the recorder was killed, and nobody resumed or sealed."""

    code = "evidence.journal-torn"
    sentence = Text("日志最后一行不完整。", "The last line of the journal is incomplete.")
    remedy = Text(
        "用 yanshou run --resume 续录后再封存。", "resume the campaign with yanshou run --resume, then seal it."
    )


class EditedJournalError(JournalError):
    """A line that does not carry its own hash, or does not carry the hash of the line before."""

    code = "evidence.journal-edited"
    sentence = Text("日志被改动：哈希链在此断裂。", "The journal was edited: its hash chain breaks here.")


class ReorderedJournalError(JournalError):
    """All lines are genuine, but not in the order in which they were written."""

    code = "evidence.journal-reordered"
    sentence = Text("日志的行被调换了次序。", "The lines of the journal were reordered.")


class CutJournalError(JournalError):
    """Genuine lines are missing."""

    code = "evidence.journal-cut"
    sentence = Text("日志缺行。", "Lines of the journal are missing.")


class BusyJournalError(JournalError):
    """Another process is recording into this bundle."""

    code = "evidence.journal-busy"
    sentence = Text("日志正被另一个记录过程占用。", "The journal is in use by another recorder.")
    remedy = Text("等它结束，或先关闭它，再重试。", "wait for it to end, or close it, then try again.")
