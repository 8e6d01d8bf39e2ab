# SPDX-License-Identifier: Apache-2.0
"""onnxruntime as a runner: a model whose operations are counted from its own graph, and a sweep of INT8 matrix products.

The sweep takes u8 times s8: u8 times u8 is ten times slower on x86 and says nothing about the machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import InstrumentError
from probes.compute.formats.graph import Counted, counted
from probes.compute.plans.runs import RunSettings

_WARM = 3
_SIZES = (256, 512, 1024, 2048)
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(float16)": np.float16,
    "tensor(bool)": np.bool_,
}


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise InstrumentError("onnxruntime is not installed.", cure="pip install yanshou[inference].") from None
    return onnxruntime


def _session(model: bytes, settings: RunSettings) -> Any:
    runtime = _runtime()
    options = runtime.SessionOptions()
    if settings.threads:
        options.intra_op_num_threads = settings.threads
    if settings.provider not in runtime.get_available_providers():
        msg = f"onnxruntime has no {settings.provider} here."
        raise InstrumentError(msg, cure=f"use one of: {', '.join(runtime.get_available_providers())}.")
    try:
        return runtime.InferenceSession(model, options, providers=[settings.provider])
    except Exception as error:  # noqa: BLE001 - the runtime's errors have no common base
        msg = f"onnxruntime cannot load the model: {str(error)[:300]}."
        raise InstrumentError(
            msg, cure="check it with onnx.checker, and that the provider knows its operators."
        ) from None


class Model:
    """One model, called with the same random input until the end."""

    def __init__(self, settings: RunSettings, folder: Path) -> None:
        """Load it, count its operations, warm it up; InstrumentError where anything of it is not understood."""
        data = (folder / (settings.model or "")).read_bytes()
        found: Counted = counted(data)
        self._session = _session(data, settings)
        random = np.random.default_rng(1)
        self._feed = {each.name: _input(each, random) for each in self._session.get_inputs()}
        self._operations, self._items = float(found.operations), 1
        self.facts: Mapping[str, Any] = {
            "runner": f"onnxruntime {_runtime().__version__} {settings.provider}",
            "operations": self._operations,
            "other_operations": found.others,
            "precision": found.precision,
            "sparsity": found.sparsity,
            "zeros": round(found.zeros, 6),
            "sha256": sha256(data).hexdigest(),
        }
        for _ in range(_WARM):
            self._call()

    def calls(self, until_ns: int) -> Iterator[tuple[str, float, int, int, int]]:
        """Call after call."""
        while (begin := time.time_ns()) < until_ns:
            self._call()
            yield "", self._operations, begin, time.time_ns(), self._items

    def _call(self) -> None:
        try:
            self._session.run(None, self._feed)
        except Exception as error:  # noqa: BLE001 - the runtime's errors have no common base
            msg = f"onnxruntime failed in a call: {str(error)[:300]}."
            raise InstrumentError(msg, cure="run it alone, with the same input shape.") from None


def _input(each: Any, random: np.random.Generator) -> Any:
    shape = [size if isinstance(size, int) and size > 0 else 1 for size in each.shape]
    if each.type not in _TYPES:
        msg = f"The model's input {each.name} is of type {each.type}."
        raise InstrumentError(msg, cure="give a model with inputs of numbers.")
    kind = _TYPES[each.type]
    if np.issubdtype(kind, np.integer):
        return random.integers(0, 100, shape).astype(kind)
    return random.random(shape).astype(kind)


class Sweep:
    """Products of square INT8 matrices of rising size, in turn: the best of them is the best measured kernel, no peak."""

    def __init__(self, settings: RunSettings) -> None:
        """Build a model for every size and warm it up."""
        from probes.compute.formats.graph import product

        self._kernels = []
        random = np.random.default_rng(1)
        for size in _SIZES:
            weight = random.integers(-127, 127, (size, size)).astype(np.int8)
            session = _session(product(weight), settings)
            left = random.integers(0, 255, (size, size)).astype(np.uint8)
            session.run(None, {"a": left})
            self._kernels.append((f"matmul-u8s8-{size}", 2.0 * size**3, session, {"a": left}))
        facts = {"precision": "int8", "sparsity": "dense"}
        self.facts: Mapping[str, Any] = {"runner": f"onnxruntime {_runtime().__version__} sweep", **facts}

    def calls(self, until_ns: int) -> Iterator[tuple[str, float, int, int, int]]:
        """About a fifth of a second of each size, in turn."""
        while time.time_ns() < until_ns:
            for name, ops, session, feed in self._kernels:
                end = time.time_ns() + 200_000_000
                while (begin := time.time_ns()) < min(end, until_ns):
                    session.run(None, feed)
                    yield name, ops, begin, time.time_ns(), 1
