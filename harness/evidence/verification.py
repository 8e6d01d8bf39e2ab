# SPDX-License-Identifier: Apache-2.0
"""What a verification found, for people, for programs and for exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.errors import EvidenceError, Exit
from harness.evidence.bag import FileDigest
from harness.evidence.defects import Defect
from harness.evidence.journal import JournalEvent
from harness.evidence.trust import STAMPS, Signer
from harness.model import Text
from harness.printable import printable

_MOST_TOLD = 20


class BrokenBundleError(EvidenceError):
    """A bundle with defects, for callers that want an exception."""

    code = "evidence.broken"
    remedy: Text | None = None
    """The cure of the first defect in both languages."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One signature: by which key, whether it verifies, whether the reader trusts that key, and who that is.

    ``trusted`` is None when nobody was named; ``algorithm`` is empty when the key is not there; ``signer`` is what the
    reader's trust file says of the key.
    """

    keyid: str
    algorithm: str
    valid: bool
    trusted: bool | None
    signer: Signer | None = None

    @property
    def text(self) -> Text:
        """One sentence."""
        name = f"{self.algorithm or '?'} {self.keyid[:16]}…{_of(self.signer)}"
        if not self.valid:
            return Text(f"签名 {name}：无效", f"signature {name}: NOT valid")
        trust = {
            None: (
                "有效；未给出受信任的公钥，签名者身份未核对",
                "valid; no trusted key was named, so who signed is unchecked",
            ),
            True: ("有效，签名者受信任", "valid, by a trusted key"),
            False: ("有效，但签名者不在受信任之列", "valid, but not by a trusted key"),
        }[self.trusted]
        return Text(f"签名 {name}：{trust[0]}", f"signature {name}: {trust[1]}")


@dataclass(frozen=True, slots=True)
class StampCheck:
    """One genuine time stamp over the attestation; ``authority`` is its certificate's own word, ``signer`` the trust file's."""

    path: str
    moment: str
    authority: str
    keyid: str
    signer: Signer | None = None

    @property
    def text(self) -> Text:
        """One sentence."""
        name = f"{self.path} {self.moment}，{self.authority} {self.keyid[:16]}…{_of(self.signer)}"
        known = self.signer is not None and self.signer.role == STAMPS
        zh = "有效，机构受信任" if known else "有效；时间戳机构的身份未核对"
        en = "valid, by a trusted authority" if known else "valid; who the authority is, is unchecked"
        return Text(f"时间戳 {name}：{zh}", f"time stamp {name}: {en}")


def _of(signer: Signer | None) -> str:
    return "" if signer is None else f"（{signer.name}，{signer.role}）"


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything a verification found; ``files`` and ``bytes`` say how much was read.

    ``defects`` are damage. ``doubts`` concern only who signed a bundle: unsigned, unchecked, or not by whom the reader trusts.
    ``digests`` of all its files and ``events`` of its journal are for whoever goes on reading them.
    """

    defects: tuple[Defect, ...]
    signatures: tuple[SignatureCheck, ...]
    files: int
    bytes: int
    doubts: tuple[Defect, ...] = ()
    stamps: tuple[StampCheck, ...] = ()
    digests: Mapping[str, FileDigest] = field(default_factory=dict, repr=False)
    events: tuple[JournalEvent, ...] = field(default=(), repr=False)

    @property
    def signed(self) -> bool:
        """True when at least one signature verifies."""
        return any(each.valid for each in self.signatures)

    @property
    def exit_code(self) -> Exit:
        """4 for damage, 3 where it is whole but the signer is in doubt, 0 otherwise."""
        if self.defects:
            return Exit.EVIDENCE
        return Exit.UNDECIDED if self.doubts else Exit.PASS

    @property
    def summary(self) -> Text:
        """One sentence for the whole bundle."""
        size = f"{self.files} / {self.bytes} B"
        if self.defects:
            count = len(self.defects)
            return Text(f"证据包有 {count} 处缺陷（{size}）", f"the bundle has {count} defect(s) ({size})")
        if not self.signed:
            return Text(f"证据包完好，但没有签名（{size}）", f"the bundle is whole, but unsigned ({size})")
        if self.doubts:
            zh, en = "证据包完好，但签名者未获信任", "the bundle is whole, but its signer is not trusted"
            return Text(f"{zh}（{size}）", f"{en} ({size})")
        return Text(f"证据包完好，签名有效（{size}）", f"the bundle is whole and its signatures verify ({size})")

    @property
    def signers(self) -> Text:
        """One line for those who need integrity only: who signed, and whether anybody checked that."""
        said: list[Text] = [each.text for each in self.signatures] or [doubt.text for doubt in self.doubts]
        return Text(printable("；".join(each.zh for each in said)), printable("; ".join(each.en for each in said)))

    def lines(self, lang: str) -> list[str]:
        """Summary, signatures, time stamps, then defects and doubts with their cures, one a line, in ``zh`` or ``en``."""
        cure = {"zh": "处理", "en": "cure"}[lang]
        told = [
            f"[{each.code}] {each.line(lang)} {cure}: {each.cure.get(lang)}" for each in (*self.defects, *self.doubts)
        ]
        texts = [*(each.text for each in self.signatures), *(each.text for each in self.stamps)]
        checked = [each.get(lang) for each in texts]
        return [printable(each) for each in (self.summary.get(lang), *checked, *told)]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "sound": not self.defects,
            "signed": self.signed,
            "trusted": not self.defects and not self.doubts,
            "files": self.files,
            "bytes": self.bytes,
            "defects": [asdict(each) for each in self.defects],
            "doubts": [asdict(each) for each in self.doubts],
            "signatures": [asdict(each) for each in self.signatures],
            "stamps": [asdict(each) for each in self.stamps],
        }

    def require(self) -> None:
        """Raise BrokenBundleError with every defect in one message; nothing when there is none, whoever signed."""
        if self.defects:
            said = "; ".join(f"[{each.code}] {each.line('en')}" for each in self.defects[:_MOST_TOLD])
            more = len(self.defects) - _MOST_TOLD
            error = BrokenBundleError(f"{said}; {more} more" if more > 0 else said, cure=self.defects[0].cure.en)
            error.remedy = self.defects[0].cure
            raise error
