# SPDX-License-Identifier: Apache-2.0
"""The register of 5G terminals: a table (CSV, XLSX) with asset_id, name, address, port, imei, mac, iccid (a row each). Pure.

Identities: IMEI is 15 digits with a Luhn check digit (3GPP TS 23.003 §6.2.1, Annex B); a MAC address whose
second-lowest bit of the first octet is set is locally administered, as randomised ones are (IEEE 802 §8.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from harness.kit.census import Mark
from harness.kit.tables import Columns, Row, read, unedited
from harness.kit.tables.cells import count
from harness.model import Text

MARKS = ("asset", "imei", "iccid", "mac", "address")
"""Kinds of identities, in the census and wherever else terminals are told apart."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "asset_id": ("asset_id", "资产编号", "编号", "id"),
    "name": ("name", "设备名称", "名称"),
    "address": ("address", "IP地址", "IP", "地址"),
    "port": ("port", "端口"),
    "imei": ("imei",),
    "mac": ("mac",),
    "iccid": ("iccid",),
}
"""Field -> the headings it goes by."""
NOUN = Text("终端登记表", "register of terminals")
_COLUMNS = Columns(FIELDS, [{"address"}, {"asset_id", "name"}], NOUN)
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
    """The rows of a register (CSV or XLSX); DecodeError with the line for what cannot be read."""
    return [_terminal(row) for row in unedited(read(data, _COLUMNS, name=name))]


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


def _terminal(row: Row) -> Terminal:
    mac = re.sub(r"[-:.\s]", "", row["mac"]).lower()
    if mac and not re.fullmatch(r"[0-9a-f]{12}", mac):
        text = Text(f"“{row['mac']}”不是 MAC 地址。", f"{row['mac']!r} is not a MAC address.")
        raise row.refuse(text, "write 12 hex digits, or nothing.")
    return Terminal(
        line=row.line,
        asset_id=row["asset_id"],
        name=row["name"],
        address=_address(row),
        port=_port(row),
        imei=re.sub(r"[-\s/]", "", row["imei"]),
        mac=mac,
        iccid=re.sub(r"[-\s]", "", row["iccid"]),
    )


def _address(row: Row) -> str:
    """The canonical form of an IP address; a host name stays as written; empty stays empty."""
    text = row["address"]
    try:
        return str(ip_address(text))
    except ValueError:
        if not text or (_HOST.fullmatch(text) and not re.fullmatch(r"[\d.]+", text)):
            return text.lower()
        problem = Text(f"“{text}”既非 IP 地址也非主机名。", f"{text!r} is neither an IP address nor a host name.")
        raise row.refuse(problem, "correct the address.") from None


def _port(row: Row) -> int:
    if not row["port"]:
        return 0
    found = count(row["port"])
    if found is None or not 0 < found < 65536:
        text = Text(f"“{row['port']}”不是 UDP 端口。", f"{row['port']!r} is not a UDP port.")
        raise row.refuse(text, "use a number from 1 to 65535.")
    return found
