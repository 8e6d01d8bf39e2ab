# SPDX-License-Identifier: Apache-2.0
"""The settings of ``service.load``, ``service.search`` and ``service.calls``: where a service answers, and how it is asked."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from harness.kit.settings import Criterial, Cure, DurationNs, DurationS, FileName, SecretOrFile, Settings, wrong
from harness.kit.values import In
from harness.spec.written import Line

_MOST_REQUESTS = 10_000_000
Rate = Annotated[Fraction, In("Hz", "1/d", "1000000/s")]


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = f"{text!r} is no address of a service."
        raise wrong(msg, "write url: http://10.0.0.1:8000/v1, without /chat/completions.")
    if parts.path.rstrip("/").endswith("/completions"):
        raise wrong("the address names one call.", "write url: http://10.0.0.1:8000/v1, without /chat/completions.")
    return text.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]


class AskedSettings(Settings):
    """How each request is asked."""

    key: SecretOrFile | None = Field(
        None,
        title="接口密钥所在处：env:变量名，或文件路径。",
        description="where the key of the interface is: env:NAME, or the path of a file.",
    )
    authority: FileName | None = Field(
        None,
        title="签发服务证书的机构证书（PEM）；缺省用系统信任的机构。",
        description="certificate of the authority (PEM) that signed the service's; by default those the system trusts.",
    )
    timeout: Annotated[DurationS, In("s", "100 ms", "1 h")] = Field(
        Fraction(60),
        title="一次应答的时限，自开始请求算起。",
        description="how long an answer may take, from its begin.",
    )


class EndpointSettings(AskedSettings):
    """One OpenAI-compatible endpoint, and the requests that are put to it."""

    url: Url = Field(
        title="接口地址，到 /v1 为止，如 http://10.0.0.1:8000/v1。",
        description="address of the interface up to /v1, like http://10.0.0.1:8000/v1.",
    )
    model: Line = Field(title="请求所用的模型名。", description="the model's name as requests give it.")
    api: Annotated[Literal["chat", "completions"], Cure("use chat or completions.")] = Field(
        "chat", title="chat：对话接口；completions：补全接口。", description="chat, or completions (plain text)."
    )
    prompts: FileName | None = Field(
        None,
        title="题集文件（UTF-8，一行一题）；缺省用内置题集。每题前自动加上互不相同的前缀。",
        description="the prompts (UTF-8, one a line); by default built-in ones. Each gets a prefix that no other has.",
    )
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), Criterial()] = Field(
        128, title="每次应答最多输出的词元数。", description="tokens of an answer at most."
    )
    ignore_eos: bool = Field(
        False,
        title="是否要求输出到上限为止（vLLM 等支持）。",
        description="whether answers shall go on to the maximum, where the service offers that (vLLM and its kin).",
    )
    usage_in_chunks: bool = Field(
        False,
        title="是否要求每个数据块都带用量（vLLM 的 continuous_usage_stats）。",
        description="whether every chunk shall state its usage (continuous_usage_stats of vLLM).",
    )
    connections: Annotated[Literal["new", "kept"], Cure("use new or kept.")] = Field(
        "new",
        title="new：每次请求新建连接；kept：沿用空闲的连接。",
        description="new: a connection for each request; kept: idle ones are used again.",
    )
    seed: str = Field(
        "",
        title="到达时刻与前缀的种子；缺省在开始时随机生成并记入原始记录。",
        description="seed of arrival times and prefixes; by default drawn at the start and kept in the trace.",
    )


class LoadSettings(EndpointSettings):
    """One load that does not wait for answers, once or in several sessions."""

    rate: Annotated[Rate, Criterial()] = Field(
        title="每秒到达的请求数，如 2/s；不等上一个应答。",
        description="requests that arrive, like 2/s, whether or not the one before was answered.",
    )
    duration: Annotated[DurationNs, In("ns", "1 s", "30 d")] = Field(
        title="每段负载的时长，如 1 h。", description="how long a session lasts, like 1 h."
    )
    arrivals: Annotated[Literal["poisson", "periodic"], Cure("use poisson or periodic.")] = Field(
        "poisson",
        title="poisson：随机到达；periodic：等间隔，供可用性探测。",
        description="poisson, or periodic (for probing availability).",
    )
    sessions: Annotated[int, Field(ge=1, le=1000)] = Field(
        1, title="负载的段数。", description="how many sessions there are."
    )
    apart: DurationS = Field(Fraction(0), title="两段之间的停顿。", description="the pause between two sessions.")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        planned = float(self.rate) * self.duration / 1e9
        if planned > _MOST_REQUESTS:
            raise wrong("a session has more than ten million requests.", "lower rate: or duration:.", "rate")
        if planned < 1:
            raise wrong("not one request is due in a session.", "raise rate: or duration:.", "duration")
        return self

    @property
    def planned_rate_hz(self) -> Fraction:
        """Requests a second."""
        return self.rate

    @property
    def planned_duration_s(self) -> Fraction:
        """All sessions with the pauses between them."""
        return Fraction(self.sessions * self.duration, 10**9) + (self.sessions - 1) * self.apart


class SearchSettings(EndpointSettings):
    """Several loads, of which the largest is looked for that the service holds its objective at."""

    rates: tuple[Rate, ...] = Field(
        min_length=1,
        max_length=64,
        title="待试的到达率，由低到高，如 [1/s, 2/s, 4/s]。",
        description="arrival rates that are tried, ascending, like [1/s, 2/s, 4/s].",
    )
    requests: Annotated[int, Field(ge=200, le=1_000_000)] = Field(
        2000, title="每个到达率最多的请求数。", description="requests at one rate at most."
    )
    ttft: Annotated[DurationNs, In("ns", "1 ms", "10 min"), Criterial()] = Field(
        2_000_000_000, title="目标：首个词元时间不高于。", description="objective: time to the first token at most."
    )
    tpot: Annotated[DurationNs, In("ns", "1 ms", "1 min"), Criterial()] = Field(
        200_000_000, title="目标：其后每个词元的时间不高于。", description="objective: time per token after it at most."
    )
    share: Annotated[Fraction, In("1", "50 %", "99.9 %"), Criterial()] = Field(
        Fraction(95, 100),
        title="目标：达标请求的占比不低于。",
        description="objective: share of requests that meet both.",
    )
    risk: Annotated[Fraction, In("1", "0.01 %", "10 %"), Criterial()] = Field(
        Fraction(8, 1000), title="整个搜索出错的概率不高于。", description="the risk that the search errs, at most."
    )
    rest: DurationS = Field(
        Fraction(2),
        title="两个到达率之间的停顿，使队列排空。",
        description="rest between two rates, so that queues empty.",
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.rates) != sorted(set(self.rates)):
            raise wrong("the rates do not ascend.", "write each rate once, the lowest first.", "rates")
        return self

    @property
    def planned_duration_s(self) -> Fraction:
        """At most: as many tests as a search needs, each at its whole length; the lowest rates last longest."""
        from probes.service.digests.steps import tests

        longest = sorted((self.requests / rate for rate in self.rates), reverse=True)[: tests(len(self.rates))]
        return sum(longest, Fraction(0)) + self.rest * len(longest)


class CallSettings(AskedSettings):
    """A catalogue of solutions or algorithms, whose entries are called, all of them or those that were drawn in public."""

    catalogue: FileName = Field(
        title="目录（CSV 或 XLSX）：编号、名称、内容哈希、接口地址、模型名。",
        description="the catalogue, CSV or XLSX: number, name, content hash, address of the interface, model.",
    )
    sheet: Annotated[str, Criterial()] = Field(
        "",
        title="工作表名称；缺省取第一张有表头的。",
        description="the worksheet's name; by default the first with a head.",
    )
    draw: FileName | None = Field(
        None,
        title="对此目录公开抽样的记录；缺省时逐条全部调用。",
        description="protocol of a public draw over this catalogue; without it every entry is called.",
    )
    questions: FileName | None = Field(
        None,
        title="提问文件（UTF-8，一行一问）；缺省用内置的五个开放问题。",
        description="the questions (UTF-8, one a line); by default five open ones are built in.",
    )
    max_tokens: Annotated[int, Field(ge=16, le=4096)] = Field(
        96, title="每个回答最多的词元数。", description="tokens of an answer at most."
    )
    at_once: Annotated[int, Field(ge=1, le=64)] = Field(
        4, title="同时调用的条目数。", description="entries that are called at the same time."
    )
