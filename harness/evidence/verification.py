# SPDX-License-Identifier: Apache-2.0
"""What a verification found, for people, for programs and for exit codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from harness.errors import EvidenceError
from harness.evidence.defects import Defect
from harness.model import Text


class BrokenBundleError(EvidenceError):
    """A bundle with defects, for callers that want an exception."""

    code = "evidence.broken"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One signature: by which key, whether it verifies, whether the reader trusts that key.

    ``trusted`` is None when no trusted keys were named; ``algorithm`` is empty when the key is not there.
    """

    keyid: str
    algorithm: str
    valid: bool
    trusted: bool | None

    @property
    def text(self) -> Text:
        """One sentence."""
        name = f"{self.algorithm or '?'} {self.keyid[:16]}…"
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
class Verification:
    """Every defect and every signature of a bundle; ``files`` and ``bytes`` say how much was read."""

    defects: tuple[Defect, ...]
    signatures: tuple[SignatureCheck, ...]
    files: int
    bytes: int

    @property
    def signed(self) -> bool:
        """True when at least one signature verifies."""
        return any(each.valid for each in self.signatures)

    @property
    def summary(self) -> Text:
        """One sentence for the whole bundle."""
        size = f"{self.files} / {self.bytes} B"
        if self.defects:
            count = len(self.defects)
            return Text(f"证据包有 {count} 处缺陷（{size}）", f"the bundle has {count} defect(s) ({size})")
        if not self.signed:
            return Text(f"证据包完好，但没有签名（{size}）", f"the bundle is whole, but unsigned ({size})")
        return Text(f"证据包完好，签名有效（{size}）", f"the bundle is whole and its signatures verify ({size})")

    def lines(self, lang: str) -> list[str]:
        """Summary, signatures and defects with their cures, one a line, in ``zh`` or ``en``."""
        cure = {"zh": "处理", "en": "cure"}[lang]
        defects = [f"[{each.code}] {each.line(lang)} {cure}: {each.cure.get(lang)}" for each in self.defects]
        return [self.summary.get(lang), *(each.text.get(lang) for each in self.signatures), *defects]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "sound": not self.defects,
            "signed": self.signed,
            "files": self.files,
            "bytes": self.bytes,
            "defects": [asdict(each) for each in self.defects],
            "signatures": [asdict(each) for each in self.signatures],
        }

    def require(self) -> None:
        """Raise BrokenBundleError with every defect in one message; nothing when there is none."""
        if self.defects:
            said = "; ".join(f"[{each.code}] {each.line('en')}" for each in self.defects)
            raise BrokenBundleError(said, cure=self.defects[0].cure.en)
