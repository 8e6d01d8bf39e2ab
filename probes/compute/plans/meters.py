# SPDX-License-Identifier: Apache-2.0
"""Settings of power sources: what they are connected to, on which plane they measure, how well, and what vouches for it."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from harness.kit.settings import (
    Criterial,
    Cure,
    DurationNs,
    Endpoint,
    FileName,
    FolderName,
    In,
    RateHz,
    Secret,
    Settings,
    Several,
    Share,
    wrong,
)
from harness.spec.written import Day, Line

PowerW = Annotated[float, In("W")]
Plane = Literal["platform-input", "board", "chip-rail"]
_S_NS = 10**9
_WAYS = ("scpi", "dlt645", "modbus", "hwmon", "rapl", "nvml", "redfish", "ipmi", "mqtt")
SCREENING = frozenset({"mqtt", "ipmi", "redfish"})
"""Ways that average as they like and step in whole watts: good for a second look, never for a PASS."""


class MeterSettings(Settings):
    """Base of every power source: the terminal and plane it belongs to, and the meter behind it."""

    terminal: Annotated[Line, Criterial()] = Field(
        title="被测终端的 VIN 或序列号。", description="VIN or serial number of the terminal under test."
    )
    plane: Annotated[Plane, Criterial()] = Field(
        title="功率测点：platform-input（平台输入端）、board（板级）或 chip-rail（芯片供电轨）。",
        description="where the power is taken: platform-input, board or chip-rail.",
    )
    role: Annotated[Literal["main", "check"], Criterial()] = Field(
        "main",
        title="主测（main）或第二来源核对（check）。",
        description="the meter of the verdict, or a second source beside it.",
    )
    of_reading: Annotated[Share | None, Criterial()] = Field(
        None, title="误差限中的读数部分，如 0.1 %。", description="limit of error, share of the reading, like 0.1 %."
    )
    of_range: Annotated[Share | None, Criterial()] = Field(
        None, title="误差限中的量程部分，如 0.05 %。", description="limit of error, share of the range, like 0.05 %."
    )
    range_w: Annotated[PowerW | None, Criterial()] = Field(
        None, alias="range", title="量程，如 75 W。", description="the meter's range, like 75 W."
    )
    meter: str = Field("", title="仪表型号与序列号。", description="make, type and serial number of the meter.")
    certificate: Annotated[str, Criterial()] = Field(
        "", title="校准证书编号。", description="number of the calibration certificate."
    )
    valid_until: Annotated[Day | None, Criterial()] = Field(
        None, title="校准有效期止，如 2027-05-01。", description="last day of the calibration, like 2027-05-01."
    )
    clock_offset_ns: Annotated[DurationNs | None, Criterial()] = Field(
        None,
        alias="clock_offset",
        title="仪表时钟与负载主机时钟之差的最大值（测前测后）。",
        description="the most that the clocks of meter and load differed before and after, like 50 ms.",
    )


class PowerLogSettings(MeterSettings):
    """Power logs of others: PTDaemon, nvidia-smi, tegrastats, MLPerf Tiny, tables."""

    file: Several[FileName] = Field(min_length=1, title="功率记录文件。", description="the power logs, like spl.txt.")
    columns: Annotated[dict[Literal["time", "power", "energy", "range", "status"], str], Criterial()] = Field(
        default_factory=dict,
        title="自定表头。",
        description="headings of your own by field, like {power: 输入功率(kW)}.",
    )
    rails: Annotated[Several[Line], Criterial()] = Field(
        (),
        title="tegrastats 中属于该测点的供电轨。",
        description="rails of tegrastats that are the plane, like [VDD_IN].",
    )
    interval_ms: Annotated[int, Criterial()] = Field(
        0,
        ge=0,
        le=60_000,
        title="无时间戳的 tegrastats 的间隔（ms）。",
        description="of a tegrastats log without times.",
    )


class ScpiSettings(Settings):
    """A power analyser or supply that speaks SCPI."""

    tcp: Annotated[Endpoint | None, Cure('write tcp: "192.0.2.7:5025".')] = Field(
        None, description="address of its SCPI socket."
    )
    serial: Line | None = Field(None, description="serial port, like /dev/ttyUSB0.")
    baud: int = Field(9600, ge=300, le=4_000_000, description="speed of the serial port.")
    visa: Line | None = Field(None, description="VISA resource, like TCPIP0::192.0.2.7::INSTR (needs yanshou[visa]).")
    dialect: Literal["yokogawa", "scpi"] = Field(
        "yokogawa", description="yokogawa (WT300, WT5000) or scpi (MEAS:POW?)."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        told = [each for each in ("tcp", "serial", "visa") if getattr(self, each) is not None]
        if len(told) != 1:
            msg = f"The analyser is reached by one way, here by {' and '.join(told) or 'none'}."
            raise wrong(msg, "write one of tcp, serial, visa.", told[-1] if told else "tcp")
        return self


class Dlt645Settings(Settings):
    """An energy meter that speaks DL/T 645-2007."""

    serial: Line | None = Field(None, description="serial port, like /dev/ttyUSB0.")
    baud: int = Field(2400, ge=300, le=115_200, description="speed, 2400 by the standard.")
    parity: Literal["even", "none"] = Field("even", description="even by the standard; none for a converter.")
    tcp: Annotated[Endpoint | None, Cure('write tcp: "192.0.2.7:8000".')] = Field(
        None, description="address of a serial server."
    )
    address: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")] = Field(
        description="the meter's address, twelve digits as printed on it."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.serial is None) == (self.tcp is None):
            raise wrong("The meter is reached by one way.", "write serial or tcp.", "serial")
        return self


class ModbusSettings(Settings):
    """A meter that speaks Modbus; which register holds the power, and in which order of words, is never guessed."""

    tcp: Annotated[Endpoint | None, Cure('write tcp: "192.0.2.7:502".')] = Field(
        None, description="address of a Modbus TCP meter."
    )
    serial: Line | None = Field(None, description="serial port of a Modbus RTU meter.")
    baud: int = Field(9600, ge=300, le=115_200, description="speed of the serial port.")
    unit: int = Field(1, ge=0, le=247, description="address of the device on the bus.")
    register_: int = Field(
        alias="register", ge=0, le=65_535, description="number of the first register, from 0, as in the frame."
    )
    kind: Literal["float32", "int32", "uint32", "int16", "uint16"] = Field(description="what the register holds.")
    words: Literal["high-first", "low-first"] | None = Field(
        None, description="order of the two words: high-first or low-first."
    )
    scale: Annotated[float, Field(gt=0)] = Field(description="watts (or joules) of one count, like 0.1.")
    function: Literal["holding", "input"] = Field("holding", description="holding (03) or input (04) registers.")

    @model_validator(mode="after")
    def _told(self) -> Self:
        if (self.serial is None) == (self.tcp is None):
            raise wrong("The meter is reached by one way.", "write serial or tcp.", "serial")
        if self.kind.endswith("32") and self.words is None:
            raise wrong(
                "the order of the words is not declared.",
                "write words: high-first or low-first, as its manual says.",
                "words",
            )
        return self


class HwmonSettings(Settings):
    """A sensor on the board that the kernel shows (INA226, INA3221)."""

    folder: FolderName = Field(description="its folder, like /sys/class/hwmon/hwmon3.")
    channels: Several[Annotated[int, Field(ge=1, le=32)]] = Field(
        (1,), description="channels that together are the plane, like [1]."
    )


class RaplSettings(Settings):
    """An energy counter of the powercap interface."""

    folder: FolderName = Field(description="its folder, like /sys/class/powercap/intel-rapl:0.")
    most_w: PowerW = Field(
        alias="most", description="the most it can draw, like 400 W: by it missed wraps are excluded."
    )


class NvmlSettings(Settings):
    """GPUs by NVIDIA's management library (needs yanshou[nvml])."""

    index: Several[Annotated[int, Field(ge=0, le=63)]] = Field((0,), description="which GPUs, added up.")


class RedfishSettings(Settings):
    """A baseboard controller by Redfish: a second look, never the meter of a verdict."""

    url: Line = Field(
        description="address of the resource with the power, like https://bmc/redfish/v1/Chassis/1/EnvironmentMetrics."
    )
    user: str = Field("", description="login.")
    password: Annotated[Secret | None, Cure("write password: env:NAME.")] = Field(
        None, description="its password, as env:NAME."
    )
    pointer: Line = Field("/PowerWatts/Reading", description="JSON pointer of the power in W.")


class IpmiSettings(Settings):
    """A baseboard controller by ipmitool dcmi power reading: a second look."""

    host: str = Field("", description="its address; empty for the local one.")
    port: int = Field(623, ge=1, le=65_535, description="its port, 623 by the standard.")
    user: str = Field("", description="login.")
    password: Annotated[Secret | None, Cure("write password: env:NAME.")] = Field(
        None, description="its password, as env:NAME."
    )


class MqttSettings(Settings):
    """A plug on a broker: a second look, never the meter of a verdict."""

    broker: Line = Field(description="address of the broker.")
    port: int = Field(1883, ge=1, le=65_535, description="port of the broker.")
    topic: Line = Field(description="where the plug speaks, like tele/plug/SENSOR.")
    pointer: Line = Field("/ENERGY/Power", description="JSON pointer of the power in W.")


class PowerSettings(MeterSettings):
    """A meter that is asked while the load runs, by exactly one way."""

    scpi: ScpiSettings | None = Field(
        None, title="SCPI 功率分析仪或直流电源。", description="a power analyser or supply by SCPI."
    )
    dlt645: Dlt645Settings | None = Field(None, title="DL/T 645 电能表。", description="an energy meter by DL/T 645.")
    modbus: ModbusSettings | None = Field(None, title="Modbus 仪表。", description="a meter by Modbus.")
    hwmon: HwmonSettings | None = Field(
        None, title="板上传感器（hwmon）。", description="a sensor on the board by hwmon."
    )
    rapl: RaplSettings | None = Field(None, title="RAPL 能量计数器。", description="an energy counter by RAPL.")
    nvml: NvmlSettings | None = Field(None, title="NVML（GPU）。", description="GPUs by NVML.")
    redfish: RedfishSettings | None = Field(
        None, title="Redfish（仅作核对）。", description="a controller by Redfish, to check only."
    )
    ipmi: IpmiSettings | None = Field(
        None, title="IPMI DCMI（仅作核对）。", description="a controller by IPMI DCMI, to check only."
    )
    mqtt: MqttSettings | None = Field(
        None, title="MQTT 插座（仅作核对）。", description="a plug by MQTT, to check only."
    )
    clock: Annotated[Endpoint | None, Cure('write clock: "192.0.2.9:123".')] = Field(
        None,
        title="负载所在主机的时钟（SNTP），测前测后各比对一次，如 192.0.2.9:123。",
        description="the clock of the measured host (SNTP), compared before and after, like 192.0.2.9:123.",
    )
    cpus: Several[Annotated[int, Field(ge=0, le=4095)]] = Field(
        (),
        title="采样线程运行在哪些处理器上，避开被测的；缺省不限。",
        description="processors that the sampler keeps to, away from those under test; by default any.",
    )
    rate_hz: Annotated[RateHz, In("Hz", "0.2 Hz", "1000 Hz")] = Field(
        Fraction(2), alias="rate", title="采样率，如 2 Hz。", description="how often it is asked, like 2 Hz."
    )
    duration_ns: DurationNs = Field(alias="duration", title="记录多久。", description="how long, like 95 min.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        told = [each for each in _WAYS if getattr(self, each) is not None]
        if len(told) != 1:
            msg = f"A meter is reached by one way, here by {' and '.join(told) or 'none'}."
            raise wrong(msg, f"write one of {', '.join(_WAYS)}.", told[-1] if told else _WAYS[0])
        return self

    @property
    def way(self) -> str:
        """By which it is reached."""
        return next(each for each in _WAYS if getattr(self, each) is not None)

    @property
    def planned_rate_hz(self) -> Fraction:
        """As it is asked."""
        return Fraction(self.rate_hz)

    @property
    def planned_duration_s(self) -> Fraction:
        """As long as it is asked."""
        return Fraction(self.duration_ns, _S_NS)
