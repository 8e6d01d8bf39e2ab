# SPDX-License-Identifier: Apache-2.0
"""What ties paper to bundle: the seal's digest as a QR code, and its first twelve characters for the eye."""

from __future__ import annotations

from io import BytesIO


def short(digest: str) -> str:
    """Twelve characters in groups of four."""
    return "-".join(digest[at : at + 4] for at in range(0, 12, 4))


def qr(digest: str) -> bytes:
    """The QR code as SVG (ISO/IEC 18004, level M)."""
    import segno

    out = BytesIO()
    segno.make(f"yanshou:sha256:{digest}", error="m").save(out, kind="svg", border=1, xmldecl=False, svgns=True)
    return out.getvalue()
