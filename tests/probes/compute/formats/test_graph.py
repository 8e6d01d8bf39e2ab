# SPDX-License-Identifier: Apache-2.0
"""Operations counted from graphs, against the formulas on paper; what is not counted gives nothing."""

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from harness.errors import InstrumentError
from probes.compute.formats.graph import counted, product


def model(nodes: list[Any], weights: dict[str, Any], shape: list[Any], kind: int = TensorProto.FLOAT) -> bytes:
    given = helper.make_tensor_value_info("x", kind, shape)
    found = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    held = [numpy_helper.from_array(each, name) for name, each in weights.items()]
    graph = helper.make_graph(nodes, "g", [given], [found], held)
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )


def normal(*shape: int) -> Any:
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


def test_a_convolution_counts_every_output_times_its_kernel() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[3, 3, 3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    found = counted(model(nodes, {"w": normal(64, 3, 7, 7)}, ["batch", 3, 224, 224]))
    assert found.operations == 2 * 118_013_952, "the first layer of ResNet-50"
    assert (found.precision, found.others) == ("fp32", {"Relu": 1})


def test_groups_transposes_and_products_are_counted_by_their_own_formulas() -> None:
    depthwise = counted(
        model(
            [helper.make_node("Conv", ["x", "w"], ["y"], group=32, pads=[1, 1, 1, 1])],
            {"w": normal(32, 1, 3, 3)},
            [1, 32, 112, 112],
        )
    )
    assert depthwise.operations == 2 * 112 * 112 * 32 * 9
    up = counted(
        model(
            [helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])],
            {"w": normal(16, 8, 2, 2)},
            [1, 16, 10, 10],
        )
    )
    assert up.operations == 2 * 16 * 10 * 10 * 8 * 4
    dense = counted(
        model([helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)], {"w": normal(1000, 2048)}, [1, 2048])
    )
    assert dense.operations == 2 * 2048 * 1000


def test_int8_is_int8_and_nothing_else_is() -> None:
    assert counted(product(np.ones((64, 64), np.int8))).precision == "int8"
    mixed = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("Cast", ["c"], ["i"], to=TensorProto.UINT8),
        helper.make_node("ConvInteger", ["i", "v"], ["y"]),
    ]
    weights = {"w": normal(4, 3, 1, 1), "v": np.ones((4, 4, 1, 1), np.int8)}
    assert counted(model(mixed, weights, [1, 3, 8, 8])).precision == "mixed"


def test_zeros_among_the_weights_are_no_dense_model() -> None:
    weight = np.random.default_rng(1).integers(1, 127, (64, 64)).astype(np.int8)
    assert counted(product(weight)).sparsity == "dense"
    half = weight.T.copy()
    half.reshape(-1, 4)[:, :2] = 0
    assert counted(product(half.T.copy())).sparsity != "dense"
    assert counted(product(half)).sparsity in {"2:4", "unstructured"}


def test_a_model_without_products_or_with_an_unknown_operator_is_never_guessed() -> None:
    with pytest.raises(InstrumentError, match="no convolution and no matrix product"):
        counted(model([helper.make_node("Relu", ["x"], ["y"])], {}, [1, 8]))
    strange = [helper.make_node("Mystery", ["x"], ["c"], domain="acme"), helper.make_node("MatMul", ["c", "w"], ["y"])]
    with pytest.raises(InstrumentError):
        counted(model(strange, {"w": normal(8, 8)}, [1, 8]))
