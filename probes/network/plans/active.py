# SPDX-License-Identifier: Apache-2.0
"""Settings of active measurement: whom to probe, how often, how long, with which packets. A register is read when it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from harness.errors import DecodeError, SpecError, UsageError
from harness.kit.settings import (
    Cure,
    FileName,
    In,
    InFile,
    Port,
    SecretOrFile,
    Settings,
    Several,
    Written,
    wrong,
)
from probes.network.plans.keys import stamp_key
from probes.network.traces.conditions import MOST_STEPS
from probes.network.wire import tlv
from probes.network.wire.sizes import AUTHENTIC_BYTES, BASE_BYTES, LARGEST_BYTES, PORT, padding

_SECOND = 1_000_000_000
_KERNEL_TIMES_UP_TO = 20_000
_DISCARD_PORT = 9  # RFC 863
_STEPS, _STEP_NS = 4, 60 * _SECOND
_REGISTERS = (".csv", ".txt", ".xlsx")
_LABEL = re.compile(r"(?!-)[^\W][\w-]{0,62}(?<!-)|[^\W]")
_HOW = 'write "10.0.0.7", "10.0.0.7:862", "[fd00::7]:862".'


@dataclass(frozen=True, slots=True)
class Target:
    """One node to test: what people call it, host name or address, port."""

    label: str
    name: str
    host: str
    port: int


class TargetSettings(Settings):
    """A target as a mapping, as simulated terminals are given."""

    address: str = Field(min_length=1, title="主机名或 IP 地址。", description="host name or IP address.")
    port: Port | None = Field(None, title="端口。", description="its port.")
    asset_id: str | None = Field(None, title="登记表中的编号。", description="its number in the register.")
    name: str | None = Field(None, title="名称。", description="what people call it.")


@dataclass(frozen=True, slots=True)
class _InRegister(InFile):
    """Marks a text that names a register where it ends like one."""

    @staticmethod
    def there(path: Path) -> bool:
        """Whether it exists, or is the address of a node."""
        return path.suffix.lower() not in _REGISTERS or path.is_file()


def _target(text: str) -> str:
    """Text that is an address, a host name, either with a port, or the name of a register; SpecError otherwise."""
    host, port = _split(text.strip())
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65_536)):
        msg = f"{text!r} is not a target."
        raise SpecError(msg, cure=_HOW)
    if not text.strip().lower().endswith(_REGISTERS) and not _is_host(host):
        msg = f"{host!r} is neither an IP address nor a host name."
        raise SpecError(msg, cure=_HOW)
    return text.strip()


def _is_host(host: str) -> bool:
    """An IP address (with a zone), or labels of 1 to 63 characters between dots."""
    with suppress(ValueError):
        ip_address(host.partition("%")[0])
        return True
    labels = host.removesuffix(".").split(".")
    return len(host) < 254 and all(map(_LABEL.fullmatch, labels))


def _kind(given: Any) -> str:
    return "row" if isinstance(given, (dict, TargetSettings)) else "text"


def _some(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if not given:
        raise wrong(*_NO_TARGETS)
    return given


_NO_TARGETS = ("No targets are named.", 'write "targets: nodes.csv" or a list of addresses.')
_Text = Annotated[str, Written(_target, r"\S"), _InRegister("put the register beside the profile.")]
_Target = Annotated[Annotated[_Text, Tag("text")] | Annotated[TargetSettings, Tag("row")], Discriminator(_kind)]


class ActiveSettings(Settings):
    """What every probe has that sends by itself. Durations are those of one run."""

    targets: Annotated[Annotated[Several[_Target], AfterValidator(_some)] | None, Cure(_HOW)] = Field(
        None,
        title="被测节点：登记表（如 nodes.csv），或地址列表，端口不同时写在后面。",
        description="the nodes: a register like nodes.csv, or a list of addresses, with a port where it is another.",
    )
    register_name: FileName | None = Field(
        None, alias="register", title="登记表，代替 targets。", description="the register, in place of targets."
    )
    port: Port = Field(PORT, title="没有写端口的节点所用端口。", description="port of every target that names none.")
    schedule: Literal["periodic", "poisson", "jittered", "burst"] = Field(
        "poisson",
        title="发送时刻：poisson 泊松（能代表整个窗口）、periodic 等间隔、jittered 抖动、burst 成组。",
        description="poisson (stands for the whole window), periodic, jittered or burst.",
    )
    rate_hz: Annotated[Fraction, In("Hz", "1/h", "200000/s")] = Field(
        Fraction(100),
        alias="rate",
        title="每个节点的发包速率，如 100/s。",
        description="packets to each target, like 100/s.",
    )
    duration_ns: Annotated[int, In("ns", "1 ms", "400 d")] | None = Field(
        None,
        alias="duration",
        title="持续多久，如 30 min；或写 count。",
        description="how long, like 30 min; or count.",
    )
    count: Annotated[int, Field(ge=1, le=10**9)] | None = Field(
        None,
        title="每个节点的报文数，如 20000；或写 duration。",
        description="packets to each target, like 20000; or duration.",
    )
    waiting_ns: Annotated[int, In("ns", "1 ms", "300 s")] = Field(
        3 * _SECOND,
        alias="waiting_time",
        title="等待时间，超过即算丢失，如 3 s。",
        description="after which a reply counts as lost, like 3 s.",
    )
    seed: Annotated[int, Field(ge=0, le=2**63)] | None = Field(
        None,
        title="时刻表的随机种子；不写则抽取一个并记录。",
        description="of the timetable; without it one is drawn and recorded.",
    )
    burst: Annotated[int, Field(ge=1, le=1000)] = Field(
        10, title="schedule: burst 时每组的报文数。", description="packets of one burst, for schedule: burst."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.targets is None and self.register_name is None:
            raise wrong(*_NO_TARGETS, "targets")
        if (self.duration_ns is None) == (self.count is None):
            raise wrong(
                "A run needs a duration or a count.", 'write one of "duration: 30 min", "count: 20000".', "duration"
            )
        return self

    @property
    def interval_ns(self) -> int:
        """Mean time between two packets to one target."""
        return max(1, round(_SECOND / self.rate_hz))

    @property
    def total_ns(self) -> int:
        """The planned length of one run."""
        return self.duration_ns or (self.count or 0) * self.interval_ns

    @property
    def planned_rate_hz(self) -> Fraction:
        """Packets to each target."""
        return self.rate_hz

    @property
    def planned_duration_s(self) -> Fraction:
        """The planned length of one run."""
        return Fraction(self.total_ns, _SECOND)

    def found(self, folder: Path) -> tuple[Target, ...]:
        """The targets, each address and port once; UsageError for a register that cannot be read or names no address."""
        first: dict[tuple[str, int], Target] = {}
        for each in self._listed(folder):
            first.setdefault((each.host, each.port), each)
        if not first:
            raise UsageError("The register names no address.", cure="fill in the address column.")
        return tuple(first.values())

    def _listed(self, folder: Path) -> Iterator[Target]:
        for given in self.targets if self.targets is not None else (self.register_name or "",):
            if isinstance(given, TargetSettings):
                label = given.asset_id or given.name or given.address
                yield Target(label, given.name or label, given.address, given.port or self.port)
            elif given.lower().endswith(_REGISTERS):
                yield from self._rows(folder / given)
            else:
                host, port = _split(given)
                yield Target(given, given, host, int(port) if port else self.port)

    def _rows(self, path: Path) -> list[Target]:
        from probes.network.traces.terminals import read_register

        try:
            rows = read_register(path.read_bytes(), path.name)
        except OSError as error:
            msg = f"{path.name} cannot be read: {error.strerror}."
            raise UsageError(msg, cure="put the register beside the profile.") from None
        except DecodeError as error:
            raise UsageError(error.problem, cure=error.cure, where=error.where or path.name) from None
        return [
            Target(row.label, row.name or row.label, row.address, row.port or self.port) for row in rows if row.address
        ]


class TcpSettings(ActiveSettings):
    """Connects to a port that nodes serve anyway."""

    port: Port = Field(443, title="没有写端口的节点所用端口。", description="port of every target that names none.")
    rate_hz: Annotated[Fraction, In("Hz", "1/h", "50/s")] = Field(
        Fraction(10),
        alias="rate",
        title="每个节点的建连速率，如 1/s，最多 50/s。",
        description="connects to each target, like 1/s; at most 50/s.",
    )


class PacketSettings(ActiveSettings):
    """Packets of a chosen size and class, with a load beside them if wanted."""

    sizes: Several[Annotated[int, In("B", f"{BASE_BYTES} B", f"{LARGEST_BYTES} B")]] = Field(
        (),
        alias="size",
        title="UDP 载荷长度，如 64 B，可写多个：[64 B, 1400 B]。",
        description="UDP payload, like 64 B, or several: [64 B, 1400 B].",
    )
    interface: str = Field(
        "", title="发送所用网络接口，如 eth0。", description="network interface to send from, like eth0."
    )
    dscp: Annotated[int, Field(ge=0, le=63)] = Field(
        0, title="报文的 DSCP，0 至 63。", description="DSCP of the packets, 0 to 63."
    )
    load_bit_s: Annotated[int, In("bit/s", "0", "10 Gbit/s")] = Field(
        0,
        alias="load",
        title="申报的业务速率，作为背景流量，如 20 Mbit/s：空载一轮，逐档加到该速率（配置阶段），再在该速率下测一轮（性能阶段）。",
        description="the declared rate, as background traffic, like 20 Mbit/s: an idle run, steps up to it, a run at it.",
    )
    load_steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = Field(
        _STEPS,
        title="配置阶段分几档加到 load，各档相等，末档即 load。",
        description="equal steps in which the configuration run reaches load.",
    )
    load_step_ns: Annotated[int, In("ns", "1 ms", "1 d")] | None = Field(
        None,
        alias="load_step",
        title="配置阶段每档多久，如 1 min；不写则 1 min，但不长于一轮。",
        description="how long each step lasts, like 1 min; without it a minute, and no longer than a run.",
    )
    load_port: Port = Field(
        _DISCARD_PORT, title="背景流量的目的端口。", description="port that the background traffic goes to."
    )

    @model_validator(mode="after")
    def _sizes_possible(self) -> Self:
        for at, size in enumerate(self.sizes):
            try:
                padding(size, self.base_bytes)
            except UsageError as error:
                raise wrong(error.problem, error.cure, "size", *((at,) if len(self.sizes) > 1 else ())) from None
        return self

    @model_validator(mode="after")
    def _steps_of_a_load(self) -> Self:
        for key, given in (("load_steps", self.load_steps != _STEPS), ("load_step", self.load_step_ns is not None)):
            if given and not self.load_bit_s:
                raise wrong(
                    "There is no load to reach in steps.", f'write "load: 20 Mbit/s" too, or leave out {key}.', key
                )
        return self

    @property
    def mode(self) -> str:
        """Icmp."""
        return "icmp"

    @property
    def step_ns(self) -> int:
        """The length of each step of the configuration run."""
        return self.load_step_ns or min(_STEP_NS, self.total_ns)

    @property
    def ptp(self) -> bool:
        """Whether time stamps are in the PTP format."""
        return False

    @property
    def asked(self) -> tuple[str, ...]:
        """The extensions asked for, in the order in which they are sent."""
        return ()

    @property
    def base_bytes(self) -> int:
        """Bytes of payload before any padding: the base packet and the TLVs asked for."""
        extensions = len(tlv.requests(self.asked))
        if self.mode != "authenticated":
            return BASE_BYTES + extensions
        return AUTHENTIC_BYTES + extensions + (tlv.HMAC_BYTES if extensions else 0)

    def key(self, folder: Path) -> bytes:  # noqa: ARG002 - echo requests carry none
        """The shared key of an authenticated session; empty for another."""
        return b""

    def kernel_times(self, targets: int) -> bool:
        """Whether the kernel is asked when each packet left: up to 20 000 packets/s in all; above, T1 is read before the call."""
        return self.rate_hz * targets <= _KERNEL_TIMES_UP_TO


class StampSettings(PacketSettings):
    """STAMP test packets, authenticated where there is a key."""

    secret: SecretOrFile | None = Field(
        None,
        alias="key",
        title="共享密钥：env:变量名，或文件；写了即用认证模式。",
        description="the shared key: env:NAME, or a file; authenticated packets only.",
    )
    time_format: Literal["ntp", "ptp"] = Field(
        "ntp", title="本机时间戳的格式：ntp 或 ptp。", description="ntp or ptp, of our own time stamps."
    )
    extensions: Several[Literal["direct-measurement", "timestamp-information", "class-of-service"]] = Field(
        (),
        title="请求反射端提供的扩展：direct-measurement、timestamp-information、class-of-service。",
        description="direct-measurement, timestamp-information, class-of-service: what reflectors are asked.",
    )

    @property
    def mode(self) -> str:
        """Authenticated with a key."""
        return "unauthenticated" if self.secret is None else "authenticated"

    @property
    def ptp(self) -> bool:
        """Whether time stamps are in the PTP format."""
        return self.time_format == "ptp"

    @property
    def asked(self) -> tuple[str, ...]:
        """The extensions asked for, in the order in which they are sent."""
        return tuple(name for name in tlv.EXTENSIONS if name in self.extensions)

    def key(self, folder: Path) -> bytes:
        """The shared key of an authenticated session; empty for another. UsageError when it is not at its place."""
        return b"" if self.secret is None else stamp_key(self.secret, folder)


def _split(text: str) -> tuple[str, str]:
    """Host and port text of ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, ""
