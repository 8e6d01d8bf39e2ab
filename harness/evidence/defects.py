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
from harness.printable import printable


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
        return printable(f"{where}{self.text.get(lang)}{detail}")


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


class CollidingPathError(DefectError):
    """Two paths that are one file where case and Unicode form do not count."""

    code = "evidence.path-collision"
    sentence = Text("两个文件名在某些系统上是同一个文件。", "Two file names are one file on some systems.")


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


class JournalBodyError(JournalError):
    """An event that does not hold what its kind holds."""

    code = "evidence.journal-body"
    sentence = Text(
        "日志事件的内容不是该种类应有的内容。", "An event of the journal does not hold what its kind holds."
    )


class OversizedError(DefectError):
    """A file that no honest campaign makes so large, or so hollow."""

    code = "evidence.oversized"
    sentence = Text("文件大得不合理，拒绝读取。", "The file is unreasonably large and is not read.")


class NotSealedError(DefectError):
    """The tag files of a sealed bag are not there."""

    code = "evidence.not-sealed"
    sentence = Text("证据包尚未封存。", "The bundle is not sealed.")
    remedy = Text("用 yanshou run --resume 完成测试并封存。", "finish and seal it with yanshou run --resume.")


class ChangedFileError(DefectError):
    """Content that differs from the manifest, whatever its length."""

    code = "evidence.file-changed"
    sentence = Text("文件内容与清单不符。", "The content of the file differs from the manifest.")


class MissingFileError(DefectError):
    """Listed, but not there."""

    code = "evidence.file-missing"
    sentence = Text("清单列出的文件不存在。", "A file that the manifest lists is missing.")


class ExtraFileError(DefectError):
    """There, but not listed."""

    code = "evidence.file-extra"
    sentence = Text(
        "清单未列出此文件：封存后添加。", "The manifest does not list this file: it was added after sealing."
    )


class ManifestError(DefectError):
    """A manifest that cannot be read, or names a file twice."""

    code = "evidence.manifest"
    sentence = Text("清单格式有误或有重复行。", "The manifest is malformed or names a file twice.")


class TagManifestError(DefectError):
    """A tag file that differs from the tag manifest or is not in it."""

    code = "evidence.tag-manifest"
    sentence = Text("标签文件与标签清单不符。", "A tag file differs from the tag manifest.")


class BagInfoError(DefectError):
    """bagit.txt or bag-info.txt contradict the bag."""

    code = "evidence.bag-info"
    sentence = Text("包信息与实际内容矛盾。", "The bag's description contradicts its content.")


class MissingSegmentError(DefectError):
    """The journal recorded a segment that is gone."""

    code = "evidence.segment-missing"
    sentence = Text("日志记录过的原始记录段被删去。", "A recorded segment that the journal knows was dropped.")


class ChangedSegmentError(DefectError):
    """A segment or document that differs from the digest journalled when it was closed."""

    code = "evidence.segment-changed"
    sentence = Text(
        "原始记录与关闭时记入日志的摘要不符。", "The record differs from the digest journalled when it was closed."
    )


class UnknownSegmentError(DefectError):
    """A trace file that no recording made."""

    code = "evidence.segment-unknown"
    sentence = Text("日志从未记录过这个原始记录段。", "The journal never recorded this segment.")


class OpenSegmentError(DefectError):
    """A segment that was opened and never closed."""

    code = "evidence.segment-open"
    sentence = Text("原始记录段没有正常关闭。", "The segment was never closed.")
    remedy = Text(
        "用 yanshou run --resume 续录后再封存。", "resume the campaign with yanshou run --resume, then seal it."
    )


class SwappedScenarioError(DefectError):
    """scenario.yaml is not the one the campaign began with."""

    code = "evidence.scenario-swapped"
    sentence = Text("场景文件不是测试开始时的那一份。", "The scenario is not the one the campaign began with.")


class SwappedProfileError(DefectError):
    """profile.yaml is not the one the campaign began with."""

    code = "evidence.profile-swapped"
    sentence = Text("配置文件不是测试开始时的那一份。", "The profile is not the one the campaign began with.")


class EditedCampaignError(DefectError):
    """campaign.json is not the one the campaign began with."""

    code = "evidence.campaign-edited"
    sentence = Text("campaign.json 被改动过。", "campaign.json was edited after the campaign began.")


class EditedResultsError(DefectError):
    """results.json is not what was evaluated last."""

    code = "evidence.results-edited"
    sentence = Text("判定结果在评定之后被改动。", "The results were edited after the evaluation.")
    remedy = Text("用 yanshou replay 从原始记录重新计算。", "recompute them from the records with yanshou replay.")


class EditedFiguresError(DefectError):
    """figures.json is not what was evaluated last."""

    code = "evidence.figures-edited"
    sentence = Text("图表数据在评定之后被改动。", "The chart data were edited after the evaluation.")
    remedy = Text("用 yanshou replay 从原始记录重新计算。", "recompute them from the records with yanshou replay.")


class FormerSealError(DefectError):
    """A kept former seal contradicts the journal or the present records."""

    code = "evidence.former-seal"
    sentence = Text("此前的封存与日志或现有记录矛盾。", "A former seal contradicts the journal or the present records.")


class AttestationError(DefectError):
    """attestation.dsse.json is no envelope of ours."""

    code = "evidence.attestation"
    sentence = Text("签名声明的格式无法识别。", "The attestation is not in a known form.")


class AttestationMismatchError(DefectError):
    """What was signed is not what lies here."""

    code = "evidence.attestation-mismatch"
    sentence = Text("签名声明所指的不是这份证据。", "The attestation was made over other evidence than this.")


class BadSignatureError(DefectError):
    """A signature that its key did not make over this statement."""

    code = "evidence.signature"
    sentence = Text("签名验证不通过。", "The signature does not verify.")


class MissingSignatureError(DefectError):
    """The journal names a signer whose signature is gone."""

    code = "evidence.signature-missing"
    sentence = Text("日志载明的签名被去掉。", "A signature that the journal speaks of was removed.")


class UnknownKeyError(DefectError):
    """No public key with this keyid, neither in the bundle nor among the trusted ones."""

    code = "evidence.key-missing"
    sentence = Text("找不到此签名的公钥。", "The public key of this signature is not there.")
    remedy = Text("请用 --key 给出签名方的公钥。", "give the signer's public key with --key.")


class WrongKeyError(DefectError):
    """A key file whose name says another key."""

    code = "evidence.key-wrong"
    sentence = Text("公钥文件与其编号不符：被替换。", "The public key is not the one its name says: it was replaced.")


class UncheckedSignerError(DefectError):
    """Genuine signatures, and the reader did not say whom to trust: a doubt, not damage."""

    code = "evidence.signer-unchecked"
    sentence = Text("签名有效，但没有核对签名者是谁。", "The signature is genuine, but nobody checked whose it is.")
    remedy = Text(
        "用 --key 或 --trust 指明受信任的签名者；只关心完整性时用 --any-signer。",
        "name the signer with --key or --trust, or accept anybody with --any-signer.",
    )


class UntrustedKeyError(DefectError):
    """Genuine signatures, but none by a key that the reader trusts: a doubt, not damage."""

    code = "evidence.key-untrusted"
    sentence = Text("受信任的签名者没有签名。", "A trusted signer did not sign.")
    remedy = Text("核对签名方身份，取得其公钥后重试。", "find out who signed, get that party's public key, try again.")


class UnsignedError(DefectError):
    """Nobody signed: a doubt, not damage."""

    code = "evidence.unsigned"
    sentence = Text("证据包没有签名。", "The bundle is not signed.")
    remedy = Text(
        "请提供方在配置文件的 signing 中给出私钥后重新封存。", "have its maker name a key under signing and seal again."
    )


class TimeStampError(DefectError):
    """A time stamp (RFC 3161) that is not one over this attestation, or that cannot be checked."""

    code = "evidence.time-stamp"
    sentence = Text(
        "时间戳不是对这份签名声明作的，或无法核对。",
        "The time stamp is not over this attestation, or cannot be checked.",
    )
    remedy = Text(
        "向时间戳机构重新取得，并要求附证书。", "get it again from the time-stamping authority, with its certificate."
    )


class VerdictMismatchError(DefectError):
    """The attested verdicts are not those in results.json."""

    code = "evidence.verdict-mismatch"
    sentence = Text("签名声明的结论与 results.json 不同。", "The attested verdict differs from results.json.")
