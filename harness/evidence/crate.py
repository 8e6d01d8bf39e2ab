# SPDX-License-Identifier: Apache-2.0
"""RO-Crate 1.1 metadata of a bundle, so that other tools know what is inside (researchobject.org/ro-crate/1.1)."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from harness.evidence.bundle import Entry

NAME = "ro-crate-metadata.json"
_DESCRIPTIONS = {
    "journal.jsonl": "哈希链日志 / hash-chained journal",
    "campaign.json": "测试活动与插件版本 / campaign with versions of the plug-ins",
    "scenario.yaml": "场景原文 / the scenario as used",
    "profile.yaml": "配置原文 / the profile as used",
    "results.json": "判定结果 / verdicts with their estimates",
    "figures.json": "图表数据 / chart data",
}
_FOLDERS = {
    "traces": "原始记录 / trace as recorded",
    "documents": "佐证材料 / supporting document",
    "keys": "签名者公钥 / public key of a signer",
    "attestations": "此前的封存 / a former seal",
}
_FORMATS = {".jsonl": "application/jsonl", ".yaml": "application/yaml", ".pem": "application/x-pem-file"}


def metadata(name: str, published: str, entries: Iterable[Entry], software: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON-LD document: ``entries`` are the payload files by path below ``data/``; ``published`` ISO 8601."""
    files = [_file(entry) for entry in entries if entry.path != NAME]
    maker = {"@id": "#software", "@type": "SoftwareApplication", "name": str(software.get("name", "yanshou"))}
    maker["version"] = str(software.get("version", ""))
    descriptor = {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": name,
        "description": "验收测试证据包 / evidence of an acceptance campaign",
        "datePublished": published,
        "license": {"@id": "#terms"},
        "creator": {"@id": "#software"},
        "hasPart": [{"@id": each["@id"]} for each in files],
    }
    terms = {
        "@id": "#terms",
        "@type": "CreativeWork",
        "name": "权利归 profile.yaml 所列各方 / rights remain with the parties named in profile.yaml",
    }
    context = "https://w3id.org/ro/crate/1.1/context"
    return {"@context": context, "@graph": [descriptor, root, maker, terms, *files]}


def _file(entry: Entry) -> dict[str, Any]:
    suffix = "." + entry.path.rpartition(".")[2]
    kind = _FORMATS.get(suffix) or mimetypes.MimeTypes().guess_type(entry.path)[0] or "application/octet-stream"
    described = _DESCRIPTIONS.get(entry.path) or _FOLDERS.get(entry.path.split("/")[0], entry.path)
    return {
        "@id": quote(entry.path, safe="/"),
        "@type": "File",
        "name": entry.path,
        "description": described,
        "contentSize": str(entry.size),
        "encodingFormat": kind,
    }
