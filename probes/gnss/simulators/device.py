# SPDX-License-Identifier: Apache-2.0
"""What a simulated receiver can be told to do: the settings of ``simulator: receiver`` and, with a way to talk, of ``live``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from harness.kit.settings import Cure, Settings, wrong
from probes.gnss.truth.geodesy import Origin


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        msg = f"start is {text!r}."
        raise wrong(msg, "write it like 2026-11-21T04:00:00Z.") from None
    return text


_Positive = Annotated[float, Field(gt=0), Cure("write a number above zero, without unit (s, m or Hz).")]
_Size = Annotated[float, Field(ge=0), Cure("write a number from zero on, without unit (s or m).")]
_Number = Annotated[float, Cure("write a number, without unit.")]
_Count = Annotated[int, Field(ge=1), Cure("write a whole number from 1 on.")]
_Decimals = Annotated[int, Field(ge=0, le=12), Cure("write a whole number from 0 to 12.")]


class Receiver(Settings):
    """What the receiver does: plain numbers, lengths in m, times in s, rate in Hz; ``sd`` of the fixed solution, each axis.

    Of ``float``, ``wrong``, ``gap`` and ``blind`` the one is how often, the other how long; how often 0 turns each off.
    """

    seed: int = Field(1, title="随机种子。", description="seed of its randomness.")
    duration: _Positive = Field(1800.0, title="每段时长，s。", description="length of each session, s.")
    rate: _Positive = Field(1.0, title="历元频率，Hz。", description="epochs a second, Hz.")
    start: Annotated[str, AfterValidator(_moment)] = Field(
        "2026-11-21T04:00:00Z", title="开始时刻，UTC。", description="when it begins, UTC."
    )
    lat: Annotated[float, Field(ge=-90, le=90)] = Field(30.5, title="纬度，度。", description="latitude, degrees.")
    lon: Annotated[float, Field(ge=-180, le=180)] = Field(114.3, title="经度，度。", description="longitude, degrees.")
    height: _Number = Field(45.0, title="椭球高，m。", description="ellipsoidal height, m.")
    separation: _Number = Field(-12.5, title="大地水准面差距，m。", description="geoid separation, m.")
    bias_e: _Number = Field(0.0, title="东向系统偏差，m。", description="constant error east, m.")
    bias_n: _Number = Field(0.0, title="北向系统偏差，m。", description="constant error north, m.")
    bias_u: _Number = Field(0.0, title="高程系统偏差，m。", description="constant error of height, m.")
    sd_h: _Size = Field(
        0.002, title="水平各轴标准差，m。", description="standard deviation of each horizontal axis, m."
    )
    sd_v: _Size = Field(0.004, title="高程标准差，m。", description="standard deviation of height, m.")
    noise_tau: _Size = Field(5.0, title="噪声相关时间，s。", description="correlation time of the noise, s.")
    float_every: _Size = Field(0.0, title="浮点解的间隔，s。", description="how often it falls back to float, s.")
    float_for: _Size = Field(5.0, title="浮点解每次多久，s。", description="how long it stays float, s.")
    wrong_every: _Size = Field(0.0, title="错误固定的间隔，s。", description="how often its integers are wrong, s.")
    wrong_for: _Size = Field(3.0, title="错误固定每次多久，s。", description="how long they stay wrong, s.")
    wrong_m: _Number = Field(0.15, title="错误固定的偏差，m。", description="how far a wrong fix is off, m.")
    gap_every: _Size = Field(0.0, title="静默的间隔，s。", description="how often it is silent, s.")
    gap_for: _Size = Field(2.0, title="静默每次多久，s。", description="how long it is silent, s.")
    blind_every: _Size = Field(0.0, title="失星的间隔，s。", description="how often it hears no satellite, s.")
    blind_for: _Size = Field(5.0, title="失星每次多久，s。", description="how long it hears none, s.")
    cold_start: _Size = Field(10.0, title="开机到首次固定，s。", description="from power-on to the first fix, s.")
    latency: _Size = Field(0.0, title="位置的时延，s。", description="how old a reported position is, s.")
    radius: _Size = Field(
        0.0, title="圆周运动的半径，m；0 为静止。", description="radius of the circle it drives, m; 0: at rest."
    )
    speed: _Positive = Field(1.0, title="圆周运动的速度，m/s。", description="speed on the circle, m/s.")
    decimals: _Decimals = Field(7, title="分的小数位数。", description="decimals of a minute.")
    height_decimals: _Decimals = Field(4, title="高程的小数位数。", description="decimals of the height.")
    talker: Annotated[str, Field(pattern=r"^[A-Z]{2}$"), Cure("write two capitals, like GN.")] = Field(
        "GN", title="语句的讲话者标识。", description="talker of its sentences."
    )
    systems: Annotated[str, Field(pattern=r"^[1-4]+$"), Cure('write digits in quotes, like "134".')] = Field(
        "1234",
        title="所用系统：1 GPS、2 GLONASS、3 Galileo、4 北斗。",
        description="systems in use: 1 GPS, 2 GLONASS, 3 Galileo, 4 BeiDou.",
    )
    full: bool = Field(
        True, title="是否还输出 GSA、GST、GSV。", description="whether it sends GSA, GST and GSV as well."
    )
    sky_every: Annotated[float, Field(gt=0), Cure("write seconds above zero; full: false leaves GSV out.")] = Field(
        1.0, title="GSV 的间隔，s。", description="how often it sends GSV, s."
    )
    sessions: _Count = Field(1, title="开机次数。", description="how often it is switched on anew.")
    apart: _Positive = Field(5400.0, title="相邻两次开机的间隔，s。", description="from one start to the next, s.")
    session_sd: _Size = Field(
        0.0,
        title="每段固有偏差各轴的标准差，m。",
        description="standard deviation of the error that stays for a session, each axis, m.",
    )
    truth_rate: _Positive = Field(
        20.0, title="参考轨迹的频率，Hz。", description="rate of the reference trajectory, Hz."
    )

    @property
    def origin(self) -> Origin:
        """The marked point, or the centre of the circle."""
        return Origin(self.lat, self.lon, self.height)

    def but(self, **changed: Any) -> Self:
        """The same receiver with these settings."""
        return self.model_copy(update=changed)


class RecordedReceiver(Receiver):
    """``simulator: receiver``: it writes its log faster than real time."""

    folder: Annotated[str, Field(pattern=r"\S")] | None = Field(
        None,
        title="文件留存的文件夹；缺省为临时文件夹。",
        description="folder its files stay in; else a temporary one.",
    )


class LiveReceiver(Receiver):
    """``simulator: live``: it talks in real time."""

    cold_start: _Size = Field(0.0, title="开机到首次固定，s。", description="from power-on to the first fix, s.")
    start: Annotated[str, AfterValidator(_moment)] = Field(
        "", validate_default=False, title="开始时刻，UTC；缺省为现在。", description="when it begins, UTC; else now."
    )
    to: Annotated[str, Field(pattern=r"\S")] = Field(
        "pty",
        title="输出到何处：pty、tcp、tcp:端口，或文件名。",
        description="where it talks to: pty, tcp, tcp:PORT, or a file.",
    )
    baud: Annotated[int, Field(gt=0), Cure("write a whole number, like 115200.")] = Field(
        115200, title="pty 的串口速率。", description="speed of the pseudo-terminal."
    )
