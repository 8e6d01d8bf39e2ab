# SPDX-License-Identifier: Apache-2.0
"""A PDF signed as PAdES (ETSI EN 319 142-1) by an addition to the file: its own bytes stay, PDF/A is kept. Through pyHanko."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from harness.errors import UsageError

FIELD = "yanshou"


def sign(content: bytes, key: Path, password: str, when: datetime) -> bytes:  # noqa: ARG001 - as every signer is called
    """The file with a signature of the PKCS#12 in ``key``; UsageError where that cannot be read or pyHanko is missing.

    ``when`` is not used: the format has the signer's own clock, which pyHanko reads.
    """
    _library()
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    class ArchiveWriter(IncrementalPdfFileWriter):
        """PDF/A-2 is PDF 1.7: a key on an elliptic curve must not raise the version."""

        def ensure_output_version(self, version: tuple[int, int]) -> None:
            """Leave it."""

    try:
        load: Any = signers.SimpleSigner.load_pkcs12  # it carries no types
        signer = load(str(key), passphrase=password.encode() or None)
    except OSError as error:
        msg = f"{key} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="name a PKCS#12 file with --sign.") from None
    if signer is None:
        msg = f"{key} is no PKCS#12 file that this password opens."
        raise UsageError(msg, cure="put its password into YANSHOU_SIGN_PASSWORD.")
    metadata = signers.PdfSignatureMetadata(field_name=FIELD, subfilter=fields.SigSeedSubFilter.PADES)
    made: Any = signers.sign_pdf(ArchiveWriter(BytesIO(content)), metadata, signer=signer)
    return bytes(made.getbuffer())


def same(content: bytes, given: bytes) -> bool:
    """Whether ``content`` is ``given`` with nothing added but signatures that draw nothing; False where that cannot be looked at.

    That the file begins with the given bytes is not enough: what is appended to a PDF may replace any page of it.
    """
    if not content.startswith(given):
        return False
    try:
        _library()
    except UsageError:
        return False
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(content))
        base = PdfFileReader(BytesIO(given)).xrefs.total_revisions - 1
        return bool(reader.embedded_signatures) and _only_signed(reader, base)
    except (PdfError, ValueError, KeyError, TypeError, AttributeError):
        return False


_SILENT = {"/AcroForm", "/Extensions", "/Annots"}
"""What a signature adds to the catalogue and to a page."""


def _only_signed(reader: Any, base: int) -> bool:
    """Whether every object that was there is as it was, but for who made the file and when, and for the signatures' fields."""
    last = reader.xrefs.total_revisions - 1
    before, now = reader.get_historical_resolver(base), reader.get_historical_resolver(last)
    if before.trailer_view.raw_get("/Root").reference != now.trailer_view.raw_get("/Root").reference:
        return False
    there = reader.xrefs.explicit_refs_in_revision
    old = set().union(*(there(each) for each in range(base + 1)))
    told = {now.trailer_view.raw_get("/Info").reference, now.root.raw_get("/Metadata").reference}
    for reference in set().union(*(there(each) for each in range(base + 1, last + 1))) & old - told:
        was, is_now = before.get_object(reference), now.get_object(reference)
        if str(is_now.get("/Type")) not in {"/Catalog", "/Page"} or _bare(was) != _bare(is_now):
            return False
        if was.get("/Annots") is not None or not all(_draws_nothing(each) for each in is_now.get("/Annots") or ()):
            return False
    return True


def _bare(found: Any) -> dict[str, str]:
    """An object as text, without what a signature adds."""
    return {str(key): str(found.raw_get(key)) for key in found if key not in _SILENT}


def _draws_nothing(annotation: Any) -> bool:
    field = annotation.get_object()
    return field.get("/FT") == "/Sig" and not any(float(each) for each in field["/Rect"])


def _library() -> None:
    try:
        import pyhanko  # noqa: F401 - only whether it is there
    except ModuleNotFoundError:
        raise UsageError("pyHanko is not installed.", cure='pip install "yanshou[sign]".') from None
