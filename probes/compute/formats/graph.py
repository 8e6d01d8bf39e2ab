# SPDX-License-Identifier: Apache-2.0
"""Operations of a model, counted from its ONNX graph: two a multiply-add, dense, padding counted as the formula does.

Counted are convolutions and matrix products in all their integer and float forms. Every other operator is listed with its number
and gives nothing: what is not counted can only make the result smaller. Precision and sparsity are read off the weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from harness.errors import InstrumentError

_CONVOLUTIONS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3, "ConvTranspose": 1}
"""Operator -> place of its weight among the inputs."""
_PRODUCTS = {
    "Gemm": 1,
    "MatMul": 1,
    "MatMulInteger": 1,
    "QLinearMatMul": 3,
    "DynamicQuantizeMatMul": 1,
    "MatMulIntegerToFloat": 1,
}
_INTEGER = {
    "ConvInteger",
    "QLinearConv",
    "MatMulInteger",
    "QLinearMatMul",
    "DynamicQuantizeMatMul",
    "MatMulIntegerToFloat",
}
_SPARSE = 0.4
"""Share of zeros among weights from which on a model is no dense one; trained models have a few per cent."""


class Counted(NamedTuple):
    """``operations`` of one inference; ``others``: operators that are not counted, by number."""

    operations: int
    precision: str
    sparsity: str
    zeros: float
    others: Mapping[str, int]


def counted(data: bytes) -> Counted:
    """Of a model; InstrumentError where it is none, or a shape is not known."""
    onnx = _onnx()
    try:
        model = onnx.shape_inference.infer_shapes(_fixed(onnx.load_model_from_string(data)), data_prop=True)
    except Exception as error:  # noqa: BLE001 - protobuf's errors have no common base
        msg = f"The model cannot be read: {str(error)[:200]}."
        raise InstrumentError(msg, cure="give an ONNX file, weights included.") from None
    graph = model.graph
    shapes = {each.name: _shape(each) for each in (*graph.input, *graph.value_info, *graph.output)}
    weights = {each.name: each for each in graph.initializer}
    shapes |= {name: tuple(each.dims) for name, each in weights.items()}
    made_by = {name: node for node in graph.node for name in node.output}
    total, kinds = 0, set()
    others: dict[str, int] = {}
    zeros = [0, 0]
    structured = True
    for node in graph.node:
        place = _CONVOLUTIONS.get(node.op_type, _PRODUCTS.get(node.op_type))
        if place is None:
            others[node.op_type] = others.get(node.op_type, 0) + 1
            continue
        total += 2 * _macs(node, place, shapes)
        kinds.add(_precision(node, place, weights, made_by))
        array = _weight(node, place, weights, made_by)
        if array is not None:
            zeros[0] += int((array == 0).sum())
            zeros[1] += array.size
            structured = structured and _two_of_four(array)
    if not total:
        raise InstrumentError(
            "The model has no convolution and no matrix product.", cure="give the model that does the work."
        )
    share = zeros[0] / zeros[1] if zeros[1] else 0.0
    sparsity = "dense" if share < _SPARSE else "2:4" if structured else "unstructured"
    return Counted(total, kinds.pop() if len(kinds) == 1 else "mixed", sparsity, share, dict(sorted(others.items())))


def product(weight: np.ndarray[Any, Any]) -> bytes:
    """A model of one product u8 x s8 -> s32 with this weight, for the sweep."""
    onnx = _onnx()
    from onnx import TensorProto, helper, numpy_helper

    size = weight.shape[0]
    left = helper.make_tensor_value_info("a", TensorProto.UINT8, [size, size])
    right = helper.make_tensor_value_info("y", TensorProto.INT32, [size, weight.shape[1]])
    node = helper.make_node("MatMulInteger", ["a", "w"], ["y"])
    graph = helper.make_graph([node], "product", [left], [right], [numpy_helper.from_array(weight, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _onnx() -> Any:
    try:
        import onnx
        import onnx.checker
        import onnx.shape_inference
    except ImportError:
        raise InstrumentError("onnx is not installed.", cure="pip install yanshou[inference].") from None
    return onnx


def _fixed(model: Any) -> Any:
    """A batch or another size that is left open counts as one."""
    for each in model.graph.input:
        for size in each.type.tensor_type.shape.dim:
            if size.WhichOneof("value") != "dim_value" or size.dim_value <= 0:
                size.dim_value = 1
    return model


def _shape(value: Any) -> tuple[int, ...] | None:
    sizes = value.type.tensor_type.shape.dim
    found = tuple(each.dim_value for each in sizes)
    return found if all(each.WhichOneof("value") == "dim_value" for each in sizes) else None


def _macs(node: Any, place: int, shapes: Mapping[str, tuple[int, ...] | None]) -> int:
    weight, out, left = shapes.get(node.input[place]), shapes.get(node.output[0]), shapes.get(node.input[0])
    if weight is None or out is None or left is None:
        msg = f"The shape at the operator {node.name or node.op_type} is not known."
        raise InstrumentError(msg, cure="give a model with fixed input shapes.")
    if node.op_type == "ConvTranspose":
        return math.prod(left) * math.prod(weight[1:])
    if node.op_type in _CONVOLUTIONS:
        return math.prod(out) * math.prod(weight[1:])
    inner = left[-1]
    if node.op_type == "Gemm" and any(each.name == "transA" and each.i for each in node.attribute):
        inner = left[0]
    return math.prod(out) * inner


def _source(name: str, made_by: Mapping[str, Any]) -> Any:
    """The operator that dequantises a value; None where another one makes it."""
    node = made_by.get(name)
    return node if node is not None and node.op_type == "DequantizeLinear" else None


def _weight(node: Any, place: int, weights: Mapping[str, Any], made_by: Mapping[str, Any]) -> Any:
    from onnx import numpy_helper

    name = node.input[place]
    source = _source(name, made_by)
    held = weights.get(source.input[0] if source is not None else name)
    return None if held is None else numpy_helper.to_array(held)


def _precision(node: Any, place: int, weights: Mapping[str, Any], made_by: Mapping[str, Any]) -> str:
    """int8 where both factors are: by the operator, or dequantised right before it; else the kind of the weight."""
    if node.op_type in _INTEGER:
        return "int8"
    array = _weight(node, place, weights, made_by)
    kind = "fp32" if array is None else str(array.dtype)
    if kind in {"int8", "uint8"}:
        return "int8" if _source(node.input[0], made_by) is not None else "mixed"
    return {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "int4": "int4", "uint4": "int4"}.get(kind, kind)


def _two_of_four(array: np.ndarray[Any, Any]) -> bool:
    """Whether of every four weights in a row two are zero."""
    flat = np.moveaxis(array, 0, -1).reshape(-1)
    whole = flat[: len(flat) // 4 * 4].reshape(-1, 4)
    return bool(len(whole)) and bool(((whole == 0).sum(axis=1) >= 2).mean() > 0.99)
