# SPDX-License-Identifier: Apache-2.0
"""An OFD signed with SM2 (GB/T 33190-2016 clause 18, a digital signature without a seal): SM3 of every file, SM2 over the list.

The signed value is the DER of GB/T 35276 over the bytes of Signature.xml, so that ``openssl`` verifies it with the public
key alone. A seal of GB/T 38540 is the unit's own client's to add: its place stands on the cover.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import quoteattr

from harness.errors import UsageError
from harness.evidence.keys import load_private

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_FOLDER = "Doc_0/Signs"
_LIST, _SIGNATURE, _VALUE = (
    f"{_FOLDER}/Signatures.xml",
    f"{_FOLDER}/Sign_0/Signature.xml",
    f"{_FOLDER}/Sign_0/SignedValue.dat",
)
_POINTER = f"<ofd:Signatures>/{_LIST}</ofd:Signatures>"
_END = "</ofd:DocRoot>"
_EPOCH = (1980, 1, 1, 0, 0, 0)
SM2_WITH_SM3 = "1.2.156.10197.1.501"


def sign(content: bytes, key: Path, password: str, when: datetime) -> bytes:  # noqa: ARG001 - as every signer is called
    """The file with a signature of the SM2 key in ``key``; UsageError where that is no SM2 key or the file is signed already."""
    signer = load_private(key)
    if signer.algorithm != "sm2-sm3":
        msg = f"{key} is no SM2 key."
        raise UsageError(msg, cure="make one with yanshou keygen --sm2.")
    files = _files(content)
    if any(name.startswith(_FOLDER) for name in files):
        raise UsageError("The OFD is signed already.", cure="sign the file as yanshou report writes it.")
    entry = files["OFD.xml"].decode("utf-8")
    files["OFD.xml"] = entry.replace(_END, _END + _POINTER, 1).encode("utf-8")
    files[_SIGNATURE] = _described(files, when)
    files[_VALUE] = signer.sign(files[_SIGNATURE])
    files[_LIST] = (
        f"{_HEAD}<ofd:Signatures {_NAMESPACE}><ofd:MaxSignId>1</ofd:MaxSignId>"
        f'<ofd:Signature ID="1" Type="Sign" BaseLoc="/{_SIGNATURE}"/></ofd:Signatures>'
    ).encode()
    return _packed(files)


def same(content: bytes, given: bytes) -> bool:
    """Whether ``content`` is ``given`` and nothing but a signature added to it."""
    try:
        signed, files = _files(content), _files(given)
    except (zipfile.BadZipFile, KeyError):
        return False
    left = {name: data for name, data in signed.items() if name not in {_LIST, _SIGNATURE, _VALUE}}
    left["OFD.xml"] = left.get("OFD.xml", b"").replace(_POINTER.encode(), b"", 1)
    return left == files and _SIGNATURE in signed


def _described(files: Mapping[str, bytes], when: datetime) -> bytes:
    """What is signed: the SM3 of every file, the method, the moment by the signer's clock."""
    listed = "".join(
        f"<ofd:Reference FileRef={quoteattr('/' + name)}><ofd:CheckValue>{_sm3(files[name])}</ofd:CheckValue></ofd:Reference>"
        for name in sorted(files)
    )
    return (
        f'{_HEAD}<ofd:Signature {_NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="yanshou"/>'
        f"<ofd:SignatureMethod>{SM2_WITH_SM3}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{when:%Y-%m-%d %H:%M:%S}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="SM3">{listed}</ofd:References></ofd:SignedInfo>'
        f"<ofd:SignedValue>/{_VALUE}</ofd:SignedValue></ofd:Signature>"
    ).encode()


def _sm3(data: bytes) -> str:
    try:
        digest = hashlib.new("sm3", data).digest()
    except ValueError:  # an OpenSSL without it
        from gmalg import SM3

        slow = SM3()
        slow.update(data)
        digest = slow.value()
    return base64.b64encode(digest).decode("ascii")


def _files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(files: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda each: (each != "OFD.xml", each)):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
