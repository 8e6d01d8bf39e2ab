# SPDX-License-Identifier: Apache-2.0
"""Settings of workloads: which model, at which precision and sparsity, and where the log of its calls comes from."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from harness.kit.settings import Criterial, Cure, DurationNs, FileName, Settings, Several, wrong
from harness.spec.written import Line

Precision = Literal["int8", "int4", "fp8", "fp16", "bf16", "fp32"]
Sparsity = Literal["dense", "2:4", "unstructured"]
_S_NS = 10**9


class WorkSettings(Settings):
    """Base of every workload: what is run, on which terminal."""

    terminal: Annotated[Line, Criterial()] = Field(
        title="被测终端的 VIN 或序列号。", description="VIN or serial number of the terminal under test."
    )
    chip: str = Field("", title="芯片型号与序列号。", description="type and serial number of the chip.")
    workload: Annotated[Line, Criterial()] = Field(
        title="负载名称，如 ResNet-50 或 SSD-ResNet50（MLPerf Automotive）。",
        description="name of the workload, like bevformer-tiny or ssd-resnet50.",
    )
    precision: Annotated[Precision, Criterial()] = Field(
        title="数据精度：int8、int4、fp8、fp16、bf16、fp32。",
        description="precision of the multiplications, like int8.",
    )
    sparsity: Annotated[Sparsity, Criterial()] = Field(
        title="稀疏：dense（稠密）、2:4 或 unstructured。", description="sparsity: dense, 2:4 or unstructured."
    )
    rated_tops: Annotated[Annotated[float, Field(gt=0)] | None, Criterial()] = Field(
        None,
        alias="rated",
        title="标称 INT8 稠密峰值（TOPS）。",
        description="the rated dense INT8 peak in TOPS, to be printed beside.",
    )


class RunLogSettings(WorkSettings):
    """Logs of calls that others wrote: LoadGen's detail log, tables, JSON lines; a file a run."""

    file: Several[FileName] = Field(
        min_length=1, title="每次运行一份记录。", description="a log for every run, like mlperf_log_detail.txt."
    )
    operations: Annotated[Annotated[float, Field(gt=0, lt=1e18)], Criterial()] = Field(
        title="一次推理的运算次数（一次乘加计两次，按模型计算图）。",
        description="operations of one inference by the model's graph, a multiply-add counted as two, like 8178000000.",
    )


class RunSettings(WorkSettings):
    """A workload that is run here: a model by onnxruntime, or any program that writes a log of its calls."""

    model: FileName | None = Field(
        None,
        title="ONNX 模型（onnxruntime 运行，需安装 yanshou[inference]）。",
        description="an ONNX model, run by onnxruntime (needs yanshou[inference]).",
    )
    provider: Line = Field(
        "CPUExecutionProvider", title="onnxruntime 的执行后端。", description="onnxruntime's execution provider."
    )
    threads: int = Field(
        0, ge=0, le=1024, title="线程数，0 为默认。", description="threads of the runtime, 0 for its own choice."
    )
    sweep: bool = Field(
        False,
        title="改跑 INT8 矩阵乘微基准（实测最佳内核）。",
        description="run a sweep of INT8 matrix products instead: best measured kernel.",
    )
    command: Annotated[Several[Line] | None, Cure("write command: [./run_model, --log, calls.jsonl].")] = Field(
        None, title="厂商程序及其参数。", description="a vendor's program and its arguments, run without a shell."
    )
    log: Line | None = Field(None, title="该程序写出的事件记录。", description="the event log that the program writes.")
    operations: Annotated[Annotated[float, Field(gt=0, lt=1e18)] | None, Criterial()] = Field(
        None, title="一次推理的运算次数。", description="operations of one inference, where a program runs it."
    )
    identify: Several[Line] = Field(
        (),
        title="读出被测终端 VIN、芯片序列号的程序，测试前后各运行一次。",
        description="a program that prints the VIN or serial numbers of the terminal, one a line; run before and after.",
    )
    runs: int = Field(3, ge=1, le=100, title="独立重启次数。", description="how many independent runs.")
    duration_ns: DurationNs = Field(
        alias="duration", title="每次运行多久。", description="how long each run lasts, like 31 min."
    )
    pause_ns: DurationNs = Field(
        30 * _S_NS,
        alias="pause",
        title="两次运行之间的停顿。",
        description="pause before, between and after runs, like 30 s.",
    )

    @model_validator(mode="after")
    def _one_runner(self) -> Self:
        told = [
            name
            for name, given in (("model", self.model), ("sweep", self.sweep or None), ("command", self.command))
            if given is not None
        ]
        if len(told) != 1:
            msg = f"A run has one runner, here {' and '.join(told) or 'none'}."
            raise wrong(msg, "write one of model, sweep, command.", told[-1] if told else "model")
        if self.command is not None and (self.log is None or self.operations is None):
            raise wrong(
                "a program's calls cannot be counted.", "write log: and operations: beside command:.", "command"
            )
        return self

    @property
    def planned_duration_s(self) -> Fraction:
        """All runs with their pauses."""
        return Fraction(self.runs * (self.duration_ns + self.pause_ns) + self.pause_ns, _S_NS)
