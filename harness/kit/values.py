# SPDX-License-Identifier: Apache-2.0
"""Values of settings as people write them ("30 min", "10/s", "64 B"), held as numbers whose unit the type's name says.

A secret is only ever a place: live code reads it, no journal holds it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from harness.errors import SpecError, UsageError
from harness.quantity import Quantity, decimal_text, quantity_pattern, unit_of, units_of
from harness.spec.written import Written, as_text, wrong

_EXAMPLES = {
    "time": "30 s",
    "rate": "10/s",
    "information": "64 B",
    "length": "1.5 m",
    "ratio": "95 %",
    "bitrate": "20 Mbit/s",
}
_LADDERS = {
    "time": ("d", "h", "min", "s", "ms", "us", "ns"),
    "length": ("km", "m", "cm", "mm", "um", "nm"),
    "bitrate": ("Gbit/s", "Mbit/s", "kbit/s", "bit/s"),
    "ratio": ("%",),
}
_SECRET_BYTES = 4096
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class In:
    """A quantity as people write it, held as a number in ``unit``: exact as Fraction or Quantity, rounded as int or float.

    ``least`` and ``most`` are quantities too; by default nothing is negative.
    """

    unit: str
    least: str | None = "0"
    most: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text with a unit; a plain number where there is none."""
        return core_schema.no_info_plain_validator_function(
            lambda value: self._read(value, source), serialization=as_text(self._write)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A string with the pattern."""
        if self.unit == "1":
            return {"type": ["string", "number"], "pattern": quantity_pattern(["%", "％", "‰", "1"])}
        return {"type": "string", "pattern": quantity_pattern(units_of(unit_of(self.unit)[0]), bare=False)}

    def _read(self, given: Any, kind: type[Any]) -> Any:
        if isinstance(given, bool) or not isinstance(given, (str, int, float)):
            raise wrong("a quantity is expected.", f"write it like {self._example()}.")
        try:
            quantity = Quantity.parse(str(given))
            value = self._inside(quantity)
        except SpecError as error:
            unknown = "is not a known unit" in error.problem  # what looks like it is seldom what was meant
            raise wrong(error.problem, f"write it like {self._example()}." if unknown else error.cure) from None
        if kind is Quantity:
            return quantity
        return round(value) if kind is int else kind(value)

    def _inside(self, quantity: Quantity) -> Fraction:
        wanted = unit_of(self.unit)[0]
        if quantity.dimension != wanted:
            told = "has no unit" if quantity.unit == "1" else f"is of dimension {quantity.dimension}, not {wanted}"
            msg = f"{str(quantity)!r} {told}."
            raise SpecError(msg, cure=f"write it like {self._example()}.")
        low, high = (self._bound(each) for each in (self.least, self.most))
        if (low is not None and quantity.base < low.base) or (high is not None and quantity.base > high.base):
            bounds = [f"{each} or {word}" for each, word in ((low, "more"), (high, "less")) if each]
            cure = f"write {low} to {high}." if low and high else f"write {bounds[0]}."
            msg = f"{str(quantity)!r} is out of range."
            raise SpecError(msg, cure=cure)
        return quantity.to(self.unit)

    def _bound(self, text: str | None) -> Quantity | None:
        return None if text is None else Quantity.parse(f"0 {self.unit}" if text == "0" else text)

    def _example(self) -> str:
        return f'"{_EXAMPLES.get(unit_of(self.unit)[0], f"5 {self.unit}")}"'

    def _write(self, value: Any) -> str:
        """The shortest exact way to say it."""
        if isinstance(value, Quantity):
            return str(value)
        exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
        base = Quantity(exact, self.unit)
        ladder = _LADDERS.get(base.dimension, ()) if self.unit != "1" or (self.most or "").endswith("%") else ()
        units = dict.fromkeys((self.unit, *ladder))
        written = [(decimal_text(base.to(unit)), unit) for unit in units]
        number, unit = min(written, key=lambda each: (not each[0].lstrip("-").isdigit(), len(each[0])))
        return str(Quantity(Fraction(number), unit))


DurationNs = Annotated[int, In("ns")]
DurationS = Annotated[Fraction, In("s")]
RateHz = Annotated[Fraction, In("Hz")]
SizeB = Annotated[int, In("B")]
LengthM = Annotated[float, In("m")]
Share = Annotated[Fraction, In("1", "0", "100 %")]
Port = Annotated[int, Field(ge=1, le=65_535)]


class _OneOrSeveral:
    """One value or a list of them, as a tuple."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A tuple, after what stands alone was put into one."""
        return core_schema.no_info_before_validator_function(self._tuple, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Either form."""
        several = handler(schema)
        return {"anyOf": [several["items"], several]}

    @staticmethod
    def _tuple(given: Any) -> Any:
        if isinstance(given, tuple):
            return given
        return tuple(given) if isinstance(given, list) else (given,)


Several = Annotated[tuple[T, ...], _OneOrSeveral()]
"""One value or a list of them, as a tuple."""


def _address(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        msg = f"{text!r} is not an IP address."
        raise SpecError(msg, cure="write its address, like 192.0.2.7 or fd00::7.") from None
    return text


class HostPort(NamedTuple):
    """A host name or address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """As a profile writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def read(cls, text: str) -> HostPort:
        """``192.0.2.7:5017`` or ``[fd00::7]:5017``; SpecError otherwise."""
        host, _, port = text.strip().rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if not bare or (":" in host and bare == host) or not port.isdecimal() or not 0 < int(port) < 65_536:
            msg = f"{text!r} is no address."
            raise SpecError(msg, cure='write "HOST:PORT", like "192.0.2.7:5017".')
        return cls(bare, int(port))


def _utc_ns(text: str) -> int:
    """ISO 8601 as ns since 1970, UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"{text!r} is not a time."
        raise SpecError(msg, cure="write it like 2026-11-21T08:00:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def _utc_text(ns: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)
    return moment.isoformat().replace("+00:00", "Z")


Address = Annotated[str, Written(_address, r"^[0-9A-Fa-f:.]+(?:%\S+)?$")]
Endpoint = Annotated[HostPort, Written(HostPort.read, r"^\s*\S+:[0-9]{1,5}\s*$")]
UTC_TIME = Written(_utc_ns, r"^\s*[0-9]{4}-?[0-9]{2}-?[0-9]{2}", _utc_text)
UtcTimeNs = Annotated[int, UTC_TIME]


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a password or key is: ``env:NAME``, never the secret itself; only live code reads it."""

    place: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text that names an environment variable."""
        return handler(Annotated[str, _IN_ENVIRONMENT])

    @classmethod
    def parse(cls, text: str) -> Secret:
        """``env:NAME``; SpecError for anything else: it would stand in a file that anybody may read."""
        name = text.removeprefix("env:")
        if name == text:
            raise SpecError("the secret stands in the profile, which anybody may read.", cure="write env:NAME.")
        if not name.isidentifier():
            msg = f"{text!r} names no environment variable."
            raise SpecError(msg, cure="write it like env:YANSHOU_SECRET.")
        return cls(text)

    @classmethod
    def parse_or_file(cls, text: str) -> Secret:
        """``env:NAME``, or the path of a file that holds it; SpecError for a pasted key."""
        if text.startswith("env:"):
            return cls.parse(text)
        if "-----BEGIN" in text or "\n" in text or not text.strip():
            raise SpecError("a secret itself has no place in a profile.", cure="write env:NAME, or the path of a file.")
        return cls(text)

    def __str__(self) -> str:
        """The place."""
        return self.place

    def read(self, what: str, folder: Path = Path()) -> bytes:
        """The secret, which is ``what`` ("the broker's password"); UsageError when it is not there. For live code."""
        name = self.place.removeprefix("env:")
        if name == self.place:
            return self._from_file(what, folder / name)
        value = os.environ.get(name)
        if value is None:
            msg = f"The environment variable {name} with {what} is not set."
            raise UsageError(msg, cure=f"export {name}=… in the shell that runs this.")
        return os.fsencode(value)

    def text(self, what: str, folder: Path = Path()) -> str:
        """As :meth:`read`, as text."""
        return os.fsdecode(self.read(what, folder))

    def _from_file(self, what: str, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                _refuse_shared(path, os.fstat(file.fileno()).st_mode, what)
                return file.read(_SECRET_BYTES).rstrip()
        except OSError as error:
            msg = f"{path} with {what} cannot be read: {error.strerror}."
            raise UsageError(msg, cure="write env:NAME, or the path of a file that holds it.") from None


def _refuse_shared(path: Path, mode: int, what: str) -> None:
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        msg = f"{path} with {what} can be read by other users."
        raise UsageError(msg, cure=f"chmod 600 {path}, and consider it known.")


def public_or_secret(text: str) -> str:
    """``public``, as devices are delivered, or ``env:NAME``; SpecError for any other word: it would be a password in a file."""
    return text if text == "public" else str(Secret.parse(text))


_IN_ENVIRONMENT = Written(Secret.parse, r"^env:[A-Za-z_][A-Za-z0-9_]*$")
PublicOrSecret = Annotated[str, Written(public_or_secret, r"^(?:public|env:[A-Za-z_][A-Za-z0-9_]*)$")]
SecretOrFile = Annotated[Secret, Written(Secret.parse_or_file, r"^(?!-----BEGIN).*\S")]
