# SPDX-License-Identifier: Apache-2.0
"""The register of 5G terminals: CSV with asset_id, name, address, port, imei, mac, iccid (a row each). Pure.

Identities: IMEI is 15 digits with a Luhn check digit (3GPP TS 23.003 §6.2.1, Annex B); a MAC address whose
second-lowest bit of the first octet is set is locally administered, as randomised ones are (IEEE 802 §8.2).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from harness.errors import DecodeError
from harness.kit.census import Mark

MARKS = ("asset", "imei", "iccid", "mac", "address")
"""Kinds of identities, in the census and wherever else terminals are told apart."""
COLUMNS = ("asset_id", "name", "address", "port", "imei", "mac", "iccid")
_ALIASES = {
    "资产编号": "asset_id",
    "编号": "asset_id",
    "名称": "name",
    "设备名称": "name",
    "地址": "address",
    "IP": "address",
    "ip": "address",
    "IP地址": "address",
    "端口": "port",
    "MAC": "mac",
    "IMEI": "imei",
    "ICCID": "iccid",
    "id": "asset_id",
}
LARGEST_BYTES = 64 << 20
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?:%\w+)?")


@dataclass(frozen=True, slots=True)
class Terminal:
    """One row: ``line`` in the file, ``port`` 0 when the row names none, identities as normalised (empty when absent)."""

    line: int
    asset_id: str
    name: str
    address: str
    port: int
    imei: str
    mac: str
    iccid: str = ""

    @property
    def marks(self) -> frozenset[Mark]:
        """The identities it states."""
        told = zip(MARKS, (self.asset_id, self.imei, self.iccid, self.mac, self.address), strict=True)
        return frozenset((kind, value) for kind, value in told if value)

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.asset_id or self.name or self.address


def read_register(data: bytes, name: str) -> list[Terminal]:
    """The rows of a register (UTF-8, or GB 18030 as spreadsheets write it); DecodeError with the line for what cannot be read."""
    rows = csv.reader(io.StringIO(decoded_text(data, name), newline=""))
    try:
        columns = [_ALIASES.get(cell.strip(), cell.strip().lower()) for cell in next(rows, [])]
        if "address" not in columns or not {"asset_id", "name"} & set(columns):
            msg = f"{name} has no column for the address and the asset."
            raise DecodeError(
                msg,
                cure=f"let the first line name the columns: {','.join(COLUMNS)}.",
            )
        return [
            _terminal(dict(zip(columns, (cell.strip() for cell in row), strict=False)), rows.line_num, name)
            for row in rows
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        msg = f"{name} is not a CSV file: {error}."
        raise DecodeError(msg, cure="save the register as CSV.") from None


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it (ISO/IEC 7812-1 Annex B); False unless all are digits."""
    if not digits.isascii() or not digits.isdigit():
        return False
    values = [int(digit) for digit in reversed(digits)]
    doubled = sum(sum(divmod(2 * value, 10)) for value in values[1::2])
    return (sum(values[::2]) + doubled) % 10 == 0


def imei_problem(imei: str) -> str:
    """What is wrong with an IMEI: ``length`` or ``luhn``; empty when nothing is, or when there is none."""
    if not imei:
        return ""
    if len(imei) != 15 or not imei.isdigit():
        return "length"
    return "" if luhn(imei) else "luhn"


def iccid_problem(iccid: str) -> str:
    """What is wrong with the number of a SIM card: ``form`` (89, 19 or 20 digits) or ``luhn`` (ITU-T E.118 §4.1)."""
    if not iccid:
        return ""
    if not re.fullmatch(r"89[0-9]{17,18}", iccid):
        return "form"
    return "" if luhn(iccid) else "luhn"


def randomised(mac: str) -> bool:
    """Whether a normalised MAC address is locally administered, so that it does not identify a device for good."""
    return bool(mac) and int(mac[:2], 16) & 2 == 2


def _terminal(row: Mapping[str, str], line: int, name: str) -> Terminal:
    where = f"{name}:{line}"
    mac = re.sub(r"[-:.\s]", "", row.get("mac", "")).lower()
    if mac and not re.fullmatch(r"[0-9a-f]{12}", mac):
        msg = f"{row['mac']!r} is not a MAC address."
        raise DecodeError(msg, cure="write 12 hex digits, or nothing.", where=where)
    return Terminal(
        line=line,
        asset_id=row.get("asset_id", ""),
        name=row.get("name", ""),
        address=_address(row.get("address", ""), where),
        port=_port(row.get("port", ""), where),
        imei=re.sub(r"[-\s/]", "", row.get("imei", "")),
        mac=mac,
        iccid=re.sub(r"[-\s]", "", row.get("iccid", "")),
    )


def _address(text: str, where: str) -> str:
    """The canonical form of an IP address; a host name stays as written; empty stays empty."""
    try:
        return str(ip_address(text))
    except ValueError:
        if not text or (_HOST.fullmatch(text) and not re.fullmatch(r"[\d.]+", text)):
            return text.lower()
        msg = f"{text!r} is neither an IP address nor a host name."
        raise DecodeError(msg, cure="correct the address.", where=where) from None


def _port(text: str, where: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        msg = f"{text!r} is not a UDP port."
        raise DecodeError(msg, cure="use a number from 1 to 65535.", where=where)
    return int(text)


def decoded_text(data: bytes, name: str) -> str:
    """The text of a table in UTF-8 or GB 18030; DecodeError when it is neither, or too long."""
    if len(data) > LARGEST_BYTES:
        msg = f"{name} has {len(data)} bytes, too many for a register."
        raise DecodeError(msg, cure="split the register.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    msg = f"{name} is neither UTF-8 nor GB 18030 text."
    raise DecodeError(msg, cure="save the register as UTF-8 CSV.")
