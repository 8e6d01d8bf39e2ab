# SPDX-License-Identifier: Apache-2.0
"""Names of workloads that everybody means the same by: those of MLPerf Automotive v0.5, and older ones of MLPerf Inference and Tiny.

A name says which model and data set, never how many operations: these are counted from the model's graph.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

AUTOMOTIVE: Mapping[str, str] = {
    "ssd-resnet50": "Cognata, 2D object detection",
    "bevformer-tiny": "nuScenes, camera-based 3D object detection",
    "deeplabv3+": "Cognata, semantic segmentation",
}
"""Of MLPerf Automotive v0.5 (https://github.com/mlcommons/mlperf_automotive, README)."""
OTHERS = (
    "resnet50", "ssd-resnet34", "ssd-mobilenet", "mobilenet", "retinanet", "bert", "3d-unet", "rnnt", "dlrm",
)  # fmt: skip
_SAME = {
    "deeplabv3plus": "deeplabv3+",
    "bevformer": "bevformer-tiny",
    "resnet50-v1.5": "resnet50",
    "ssd": "ssd-resnet50",
}


def plain(name: str) -> str:
    """A workload's name in one writing: ``SSD_ResNet-50`` and ``ssd-resnet50`` are one."""
    text = re.sub(r"[\s_]+", "-", name.strip().lower())
    text = re.sub(r"(net|former)-(?=\d|tiny)", lambda found: found[1] + ("-" if found[1] == "former" else ""), text)
    return _SAME.get(text, text)


def known(name: str) -> bool:
    """Whether others know the workload by this name."""
    return plain(name) in AUTOMOTIVE or plain(name) in OTHERS
