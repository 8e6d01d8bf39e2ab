# SPDX-License-Identifier: Apache-2.0
"""Where bytes come from, as a profile says it: receivers, correction streams, logs of clocks."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from harness.errors import SpecError
from harness.kit.settings import Criterial, Cure, Endpoint, FileName, In, InFile, Secret, Settings, Written, wrong

SOURCES = ("file", "serial", "tcp", "udp", "mqtt")
Seconds = Annotated[float, In("s")]


class Topic(NamedTuple):
    """A topic of an MQTT broker."""

    host: str
    port: int
    name: str

    def __str__(self) -> str:
        """As a profile writes it."""
        return f"mqtt://{self.host}:{self.port}/{self.name}"

    @classmethod
    def read(cls, text: str) -> Topic:
        """``mqtt://HOST:PORT/TOPIC``; SpecError otherwise."""
        parts = urlsplit(text)
        name = parts.path.lstrip("/")
        if parts.scheme != "mqtt" or not parts.hostname or not name.strip("/"):
            msg = f"{text!r} names no topic."
            raise SpecError(msg, cure='write "mqtt://HOST:1883/TOPIC".')
        return cls(parts.hostname, parts.port or 1883, name)


class StreamSettings(Settings):
    """Where a receiver's bytes come from: exactly one of file, serial, tcp, udp, mqtt."""

    file: Annotated[FileName, InFile("give the path relative to the profile's folder.")] | None = Field(
        None, title="已有的记录，如 rover.nmea。", description="a recorded log, like rover.nmea."
    )
    serial: str | None = Field(None, title="串口，如 /dev/ttyUSB0。", description="a serial port, like /dev/ttyUSB0.")
    baud: Annotated[int, Field(gt=0), Cure("write a whole number, like 115200.")] = Field(
        115200, title="串口的波特率。", description="the serial port's speed."
    )
    tcp: Endpoint | None = Field(
        None, title="输出数据流的服务器，“主机:端口”。", description='a server of the stream, "HOST:PORT".'
    )
    greeting: Annotated[Literal["gpsd"] | None, Cure("write gpsd, or leave it out.")] = Field(
        None, title="服务器要先听到什么：gpsd。", description="what the server wants to hear first."
    )
    udp: Endpoint | None = Field(
        None,
        title="本机接收数据报的“地址:端口”。",
        description='this machine\'s "ADDRESS:PORT" on which datagrams arrive.',
    )
    mqtt: Annotated[Topic, Written(Topic.read, r"^mqtt://[^/]+/.")] | None = Field(
        None, title="主题，mqtt://HOST:1883/TOPIC。", description='a topic, "mqtt://HOST:1883/TOPIC".'
    )
    user: str | None = Field(None, title="代理的用户名。", description="the broker's user.")
    password: Secret | None = Field(
        None, title="代理的口令所在：env:变量名。", description="where the broker's password is: env:NAME."
    )
    field: str = Field(
        "", title="负载为 JSON 时，装着数据流的字段。", description="the field of JSON payloads that holds the stream."
    )
    duration: Annotated[Seconds | None, Criterial()] = Field(
        None, title="现场接收机采集多久，如 60 min。", description="how long a live receiver is recorded, like 60 min."
    )

    @property
    def streamed(self) -> bool:
        """Whether the bytes come from the receiver while it measures, so that its clock and ours must agree."""
        return self.file is None

    @property
    def planned_duration_s(self) -> Fraction | None:
        """How long a live receiver is recorded."""
        return None if self.duration is None else Fraction(str(self.duration))

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            named = " and ".join(given) or "none"
            msg = f"a GNSS source needs one of {', '.join(SOURCES)}; {named} given."
            raise wrong(msg, "keep exactly one of them.")
        if given != ["file"] and self.duration is None:
            cure = "add duration: 60 min."
            raise wrong("duration is missing: a live receiver never ends by itself.", cure, "duration")
        return self


class Mount(NamedTuple):
    """A mountpoint of an NTRIP caster as its address names it."""

    secure: bool
    user: str
    host: str
    port: int
    name: str

    def __str__(self) -> str:
        """As a profile writes it."""
        user = f"{self.user}@" if self.user else ""
        return f"{'https' if self.secure else 'http'}://{user}{self.host}:{self.port}/{self.name}"

    @classmethod
    def read(cls, text: str) -> Mount:
        """``http://USER@HOST:PORT/MOUNT``; SpecError where it names no mountpoint or holds a password."""
        parts = urlsplit(text)
        name = parts.path.strip("/")
        if parts.password:
            raise SpecError("the password stands in the address.", cure="write password: env:NAME instead.")
        if parts.scheme not in {"http", "https"} or not parts.hostname or not name:
            msg = f"{text!r} names no mountpoint."
            raise SpecError(msg, cure="write it like http://user@caster.example:2101/MOUNT.")
        secure = parts.scheme == "https"
        return cls(secure, parts.username or "", parts.hostname, parts.port or (443 if secure else 2101), name)


class SentPlace(Settings):
    """The position a caster is told: a place, or a receiver recorded in the same campaign."""

    lat: Annotated[float, In("1", "-90", "90")] | None = Field(
        None, title="纬度，度。", description="latitude in degrees."
    )
    lon: Annotated[float, In("1", "-180", "180")] | None = Field(
        None, title="经度，度。", description="longitude in degrees."
    )
    height: float | None = Field(None, title="高，m。", description="height in m.")
    receiver: str | None = Field(
        None,
        title="同时采集的接收机的 serial 或 tcp。",
        description="the serial or tcp of a receiver recorded beside it.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        place = [each is not None for each in (self.lat, self.lon, self.height)]
        if any(place) == (self.receiver is not None) or any(place) != all(place):
            cure = "write gga: {lat: 30.5, lon: 114.3, height: 45}, or gga: {receiver: /dev/ttyUSB0} with a receiver recorded beside it."
            raise wrong("gga names no place.", cure)
        return self


class CorrectionSettings(Settings):
    """Settings of ``gnss.corrections``: RTCM 3 from an NTRIP caster, or from a file recorded elsewhere."""

    ntrip: Annotated[Mount, Written(Mount.read, r"^https?://[^/]+/.")] | None = Field(
        None,
        title="播发站的挂载点，如 http://user@caster.example:2101/MOUNT。",
        description="the caster's mountpoint, like http://user@caster.example:2101/MOUNT.",
    )
    file: Annotated[FileName, InFile("give the path relative to the profile's folder.")] | None = Field(
        None, title="已有的数据流记录，如 base.rtcm3。", description="a recorded stream, like base.rtcm3."
    )
    user: str | None = Field(None, title="播发站的用户名。", description="the caster's user.")
    password: Secret | None = Field(
        None, title="播发站的口令所在：env:变量名。", description="where the caster's password is: env:NAME."
    )
    version: Literal[1, 2] = Field(2, title="NTRIP 版本：1 或 2。", description="NTRIP version: 1 or 2.")
    stall: Seconds = Field(
        15.0,
        title="多久没有数据就重新连接，如 15 s。",
        description="after how long without data the stream is opened again, like 15 s.",
    )
    gga: SentPlace | None = Field(
        None, title="告诉播发站的位置，用于网络 RTK。", description="the position the caster is told, for network RTK."
    )
    duration: Seconds | None = Field(
        None, title="采集多久，如 30 min。", description="how long it is recorded, like 30 min."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.ntrip is None) == (self.file is None):
            raise wrong("a correction stream needs ntrip or file.", "keep exactly one of them.")
        if self.ntrip is not None and self.duration is None:
            raise wrong("duration is missing.", 'add it, like "30 min".', "duration")
        return self


class ClockSettings(Settings):
    """Settings of ``gnss.timing``: the log of a clock, and what is known of its reference."""

    file: Annotated[FileName, InFile("give the path relative to the profile's folder.")] = Field(
        title="已有的日志，如 chrony.log。", description="the recorded log, like chrony.log."
    )
    format: Annotated[
        Literal[
            "chrony measurements",
            "chrony refclocks",
            "chrony tracking",
            "chrony statistics",
            "ptp4l",
            "phc2sys",
            "ts2phc",
            "peerstats",
            "loopstats",
            "counter",
        ]
        | None,
        Criterial(),
    ] = Field(
        None, title="日志格式；缺省取符合最多行的格式。", description="instead of the format that matches most lines."
    )
    source: Annotated[str, Criterial()] = Field(
        "",
        title="日志含几个时源时取哪一个，照日志的写法，如 PPS(0)。",
        description="which source of a log with several, as the log names it, like PPS(0).",
    )
    reference: Annotated[
        Literal["independent", "under-test"],
        Cure("write independent (a second source, a calibrated counter) or under-test."),
        Criterial(),
    ] = Field(
        title="偏差相对于什么测得：independent 独立参考，under-test 被测对象自身。",
        description="what the offsets are measured against: independent, under-test.",
    )
    u_reference: Annotated[
        float,
        In("s", "0.001 ns"),
        Cure("no reference is exact: write its standard uncertainty, like 50 ns."),
        Criterial(),
    ] = Field(
        title="参考的标准不确定度，如 50 ns。", description='standard uncertainty of the reference, like "50 ns".'
    )
    cable_delay: Annotated[float, In("s", least=None), Criterial()] = Field(
        0.0, title="线缆时延，如 200 ns。", description='delay of the cables, like "200 ns".'
    )
