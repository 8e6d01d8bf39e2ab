# SPDX-License-Identifier: Apache-2.0
"""A profile's settings for ``network.stamp`` as a plan, with every problem named. Reads the register file, opens nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from harness.errors import UsageError, YanshouError
from harness.plugins import Problem
from harness.quantity import Quantity
from probes.network.plans import timetable
from probes.network.traces.terminals import Terminal, read_register
from probes.network.wire import packet, tlv

KEYS = {
    "targets",
    "port",
    "schedule",
    "rate",
    "size",
    "duration",
    "count",
    "waiting_time",
    "seed",
    "interface",
    "register",
    "key",
    "dscp",
    "time_format",
    "extensions",
    "burst",
    "load",
    "load_port",
}
_NOT_OF = {"icmp": {"key", "time_format", "extensions"}}
_NOT_OF["tcp"] = _NOT_OF["icmp"] | {"size", "dscp", "load", "load_port", "interface"}
_PORTS = {"tcp": 443}
_FASTEST_OF = {"tcp": 50}
_SECOND = 1_000_000_000
_FASTEST = 200_000
_KERNEL_TIMES_UP_TO = 20_000
TIME_FORMATS = ("ntp", "ptp")
_DISCARD_PORT = 9  # RFC 863


@dataclass(frozen=True, slots=True)
class Target:
    """One reflector to test: what people call it, host name or address, UDP port."""

    label: str
    name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does. ``rate`` is per target; ``duration_ns`` or ``count`` (probes a target) ends it.

    ``mode``: unauthenticated, authenticated, icmp or tcp; ``key``: where the shared key is, not the key. ``extensions``: names of
    :data:`probes.network.wire.tlv.EXTENSIONS`. ``load``: bit/s of background traffic in a second run of the same length.
    """

    targets: tuple[Target, ...]
    schedule: str
    rate: Fraction
    sizes: tuple[int, ...]
    duration_ns: int
    count: int
    waiting_ns: int
    seed: int | None
    interface: str
    mode: str = "unauthenticated"
    key: str = ""
    dscp: int = 0
    ptp: bool = False
    extensions: tuple[str, ...] = ()
    burst: int = 10
    load: int = 0
    load_port: int = _DISCARD_PORT

    @property
    def base_bytes(self) -> int:
        """Bytes of payload before any padding: the base packet and the TLVs asked for."""
        asked = len(tlv.requests(self.extensions))
        protection = tlv.HMAC_BYTES if asked and self.mode == "authenticated" else 0
        layout = packet.LAYOUTS.get(self.mode, packet.LAYOUTS["unauthenticated"])
        return layout.size + asked + protection

    @property
    def transmit_times(self) -> bool:
        """Whether the kernel is asked when each packet left: up to 20 000 packets/s in all; above, T1 is read before the call."""
        return self.rate * len(self.targets) <= _KERNEL_TIMES_UP_TO

    @property
    def runs(self) -> int:
        """1, or 2 with a load: idle first, then loaded."""
        return 2 if self.load else 1

    @property
    def interval_ns(self) -> int:
        """Mean time between two probes to one target."""
        return max(1, round(_SECOND / self.rate))

    @property
    def total_ns(self) -> int:
        """The planned length of one run."""
        return self.duration_ns or self.count * self.interval_ns


def plan(config: Mapping[str, Any], folder: Path, mode: str = "") -> Plan:
    """The plan; UsageError with all problems when the settings are wrong. ``mode``: by default as the key says."""
    reader = _Reader(config, folder, mode)
    found = reader.plan()
    if reader.problems:
        raise UsageError(
            " ".join(each.problem for each in reader.problems), cure=" ".join(each.cure for each in reader.problems)
        )
    return found


def check(config: Mapping[str, Any], folder: Path, mode: str = "") -> list[Problem]:
    """Everything wrong with the settings."""
    reader = _Reader(config, folder, mode)
    reader.plan()
    return reader.problems


class _Reader:
    """Reads settings one by one and collects what is wrong with them."""

    def __init__(self, config: Mapping[str, Any], folder: Path, mode: str) -> None:
        self._config = config
        self._mode = mode or ("authenticated" if config.get("key") else "unauthenticated")
        self._folder = folder
        self.problems: list[Problem] = []

    def plan(self) -> Plan:
        known = KEYS - _NOT_OF.get(self._mode, set())
        for key in sorted(set(self._config) - known):
            self._wrong((key,), f"{key!r} is not a setting of this probe.", f"use {', '.join(sorted(known))}.")
        found = Plan(
            targets=self._targets(),
            schedule=self._one_of("schedule", timetable.KINDS),
            rate=self._quantity(
                "rate",
                "10/s" if self._mode == "tcp" else "100/s",
                "Hz",
                Fraction(1, 3600),
                Fraction(_FASTEST_OF.get(self._mode, _FASTEST)),
            ),
            sizes=(),
            duration_ns=self._duration(),
            count=self._whole("count", 0, 10**9),
            waiting_ns=round(self._quantity("waiting_time", "3 s", "ns", Fraction(10**6), Fraction(300 * _SECOND))),
            seed=self._whole("seed", 0, 2**63) if "seed" in self._config else None,
            interface=str(self._config.get("interface", "")),
            mode=self._mode,
            key=str(self._config.get("key", "")),
            dscp=self._whole("dscp", 0, 63),
            ptp=self._one_of("time_format", TIME_FORMATS) == "ptp",
            extensions=self._extensions(),
            burst=max(1, self._whole("burst", 10, 1000)),
            load=round(self._quantity("load", "0 bit/s", "bit/s", Fraction(0), Fraction(10**10))),
            load_port=self._whole("load_port", _DISCARD_PORT, 65_535),
        )
        found = replace(found, sizes=self._sizes(found.base_bytes))
        if ("duration" in self._config) == ("count" in self._config):
            self._wrong(
                ("duration",), "A run needs a duration or a count.", 'write one of "duration: 30 min", "count: 20000".'
            )
        return found

    def _targets(self) -> tuple[Target, ...]:
        given = self._config.get("targets", self._config.get("register"))
        port = self._whole("port", _PORTS.get(self._mode, packet.PORT), 65_535)
        if isinstance(given, str) and given.lower().endswith((".csv", ".txt")):
            rows = self._register(given)
            found = [_of_row(row, port) for row in rows if row.address]
        elif isinstance(given, (str, list, tuple)) and given:
            items = [given] if isinstance(given, str) else given
            found = [each for at, item in enumerate(items) if (each := self._target(item, at, port)) is not None]
        else:
            self._wrong(("targets",), "No targets are named.", 'write "targets: nodes.csv" or a list of addresses.')
            return ()
        if not found and not self.problems:
            self._wrong(("targets",), f"{given!r} names no address.", "fill in the address column.")
        first: dict[tuple[str, int], Target] = {}
        for each in found:
            first.setdefault((each.host, each.port), each)
        return tuple(first.values())

    def _register(self, name: str) -> Sequence[Terminal]:
        path = self._folder / name
        try:
            return read_register(path.read_bytes(), name)
        except OSError as error:
            self._wrong(
                ("targets",), f"{name} cannot be read: {error.strerror}.", "put the register beside the profile."
            )
        except YanshouError as error:
            self._wrong(("targets",), f"{error.where or name}: {error.problem}", error.cure)
        return ()

    def _target(self, item: object, at: int, port: int) -> Target | None:
        if isinstance(item, Mapping) and item.get("address"):
            host = str(item["address"])
            label = str(item.get("asset_id") or item.get("name") or host)
            return Target(label, str(item.get("name") or label), host, int(item.get("port") or port))
        if isinstance(item, str) and item.strip():
            host, given = _split(item.strip())
            if not given or (given.isdigit() and 0 < int(given) < 65_536):
                return Target(item.strip(), item.strip(), host, int(given) if given else port)
        self._wrong(("targets", at), f"{item!r} is not a target.", 'write "10.0.0.7", "10.0.0.7:862", "[fd00::7]:862".')
        return None

    def _duration(self) -> int:
        if "duration" not in self._config:
            return 0
        return round(self._quantity("duration", "1 s", "ns", Fraction(10**6), Fraction(400 * 86400 * _SECOND)))

    def _extensions(self) -> tuple[str, ...]:
        given = self._config.get("extensions", ())
        items = [given] if isinstance(given, str) else list(given)
        for at, item in enumerate(items):
            if item not in tlv.EXTENSIONS:
                known = ", ".join(tlv.EXTENSIONS)
                self._wrong(("extensions", at), f"{item!r} is not a STAMP extension.", f"use {known}.")
        return tuple(name for name in tlv.EXTENSIONS if name in items)

    def _sizes(self, least: int) -> tuple[int, ...]:
        given = self._config.get("size", f"{least} B")
        items = given if isinstance(given, (list, tuple)) else [given]
        sizes = []
        for at, item in enumerate(items):
            keys = ("size", at) if len(items) > 1 else ("size",)
            size = self._parsed(keys, item, "B")
            if size is None:
                continue
            try:
                packet.padding(int(size), least)
                sizes.append(int(size))
            except UsageError as error:
                self._wrong(keys, error.problem, error.cure)
        return tuple(sizes) or (least,)

    def _quantity(self, key: str, default: str, unit: str, least: Fraction, most: Fraction) -> Fraction:
        value = self._parsed((key,), self._config.get(key, default), unit)
        if value is None:
            return Quantity.parse(default).to(unit)
        if not least <= value <= most:
            self._wrong((key,), f"{key} {self._config.get(key)!r} is out of range.", f"use {least} to {most} {unit}.")
            return Quantity.parse(default).to(unit)
        return value

    def _parsed(self, keys: tuple[str | int, ...], given: object, unit: str) -> Fraction | None:
        return self._tried(keys, lambda: Quantity.parse(str(given)).to(unit))

    def _tried(self, keys: tuple[str | int, ...], read: Callable[[], Fraction]) -> Fraction | None:
        try:
            return read()
        except YanshouError as error:
            self._wrong(keys, f"{keys[0]}: {error.problem}", error.cure)
            return None

    def _whole(self, key: str, default: int, most: int) -> int:
        given = self._config.get(key, default)
        text = str(given).strip()
        if isinstance(given, bool) or not text.isdigit() or not int(text) <= most:
            self._wrong(
                (key,), f"{key} {given!r} is not a whole number up to {most}.", f"write {key}: {default or 1000}."
            )
            return default
        return int(text)

    def _one_of(self, key: str, known: Sequence[str]) -> str:
        given = self._config.get(key, known[0])
        if given not in known:
            self._wrong((key,), f"{given!r} is not a {key}.", f"use {' or '.join(known)}.")
            return known[0]
        return str(given)

    def _wrong(self, keys: tuple[str | int, ...], problem: str, cure: str) -> None:
        self.problems.append(Problem(keys, problem, cure))


def _of_row(row: Terminal, port: int) -> Target:
    return Target(row.label, row.name or row.label, row.address, row.port or port)


def _split(text: str) -> tuple[str, str]:
    """Host and port text of ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, ""
