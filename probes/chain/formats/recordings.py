# SPDX-License-Identifier: Apache-2.0
"""Questions and answers of JSON-RPC as people keep them: a pair, a bare answer, lists of calls by node, our own trace, JSON lines.

Duplicate keys, NaN and nesting beyond reason are no JSON here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import DecodeError
from harness.kit import lines
from harness.kit.lines import json_of

_DEEPEST = 24
_HOLDING = {dict, list}
_HINTS = {"FISCO BCOS 2": "fisco2", "FISCO BCOS 3": "fisco3"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer. ``node``: whom it was asked, empty where nothing says; ``form``: a hint of the kind of chain."""

    node: str
    method: str
    params: Sequence[Any]
    result: Any
    error: Any = None
    form: str = ""


class NotJsonError(DecodeError):
    """Text that is no JSON: a half answer, or a web page."""


def parsed(text: str | bytes) -> Any:
    """JSON, strictly; NotJsonError else."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        found = json_of(data)
        if data.count(b":") != _keys(found):  # each key that stands there has one
            json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise NotJsonError("This is no JSON.", cure="record the node's answer again.") from None
    return found


def answered(body: bytes) -> Any:
    """An answer of JSON-RPC, strictly, as :func:`parsed`; usual transactions as :class:`Listed`."""
    from probes.chain.wire import listed  # compiled loops take longer than listing all probes, which read no answer

    return listed.parsed(body, parsed, lambda answer: answer)


def row_of(line: bytes) -> dict[str, Any] | None:
    """The row of a line of our own trace; None where it is no JSON object. Usual transactions as :class:`Listed`."""
    from probes.chain.wire import listed

    found: dict[str, Any] | None = listed.parsed(line, lines.parsed, lambda row: row and row.get("raw"))
    return found


def _keys(value: Any) -> int:
    """How many keys stand in all of its objects."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    below = sum([_keys(each) for each in inside if each and each.__class__ in _HOLDING])
    return len(value) + below if isinstance(value, dict) else below


def exchanges(data: bytes) -> list[Exchange]:
    """Every exchange of a file; NotJsonError where it is no JSON, DecodeError where it is none of a node."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotJsonError("This is no text.", cure="record the node's answer again.") from None
    try:
        found = list(_walk(parsed(text), "", "", 0))
    except NotJsonError:
        lines = [each for each in text.splitlines() if each.strip()]
        if len(lines) < 2:
            raise
        found = list(_lines([parsed(each) for each in lines]))
    if not found:
        raise DecodeError("No answer of a node is in this file.", cure="record questions and answers of JSON-RPC.")
    return found


def _lines(rows: Sequence[Any]) -> Iterator[Exchange]:
    """JSON lines: our own trace, whose header names the node of what follows, or lines that each stand alone."""
    node, form = "", ""
    for row in rows:
        if isinstance(row, Mapping) and "format" in row:
            node, form = str(row.get("node", "")), str(row.get("chain", ""))
        else:
            yield from of_row(row, node, form)


def of_row(row: Any, node: str, form: str) -> Iterator[Exchange]:
    """The exchanges of one line of our own trace, or of any other line."""
    if not isinstance(row, Mapping) or "ask" not in row:
        yield from _walk(row, node, form, 0)
        return
    if "raw" not in row:  # a certificate, a silence, a page: nothing of JSON-RPC
        return
    yield from _paired(row["ask"], row["raw"], node, form)


def _paired(asked: Any, answered: Any, node: str, form: str) -> Iterator[Exchange]:
    """A question with its answer, or those of a batch by their ids."""
    if isinstance(asked, list) and isinstance(answered, list):
        by_id = {each.get("id"): each for each in answered if isinstance(each, Mapping)}
        pairs = [(each, by_id.get(each.get("id"))) for each in asked if isinstance(each, Mapping)]
    else:
        pairs = [(asked, answered)]
    for question, answer in pairs:
        if isinstance(question, Mapping):
            whole = answer if isinstance(answer, Mapping) else {"error": {"message": "no answer"}}
            yield _exchange(node, question, whole, form)


def _walk(value: Any, node: str, form: str, depth: int) -> Iterator[Exchange]:
    if depth > _DEEPEST:
        raise DecodeError("The recording is nested too deeply.", cure="record questions and answers of JSON-RPC.")
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, node, form, depth + 1)
        return
    if not isinstance(value, Mapping):
        return
    form = next((kind for name, kind in _HINTS.items() if str(value.get("chain", "")).startswith(name)), form)
    if isinstance(value.get("request"), list) and isinstance(value.get("response"), list):
        yield from _paired(value["request"], value["response"], node, form)
    elif "response" in value:
        question = value["request"] if isinstance(value.get("request"), Mapping) else value
        answer = value["response"]
        yield _exchange(node, question, answer if isinstance(answer, Mapping) else {"error": answer}, form)
    elif "jsonrpc" in value and ("result" in value or "error" in value):
        yield _exchange(node, {}, value, form)
    elif "hash" in value and "number" in value:
        yield Exchange(node, "", (), value, None, form)
    else:
        for key, each in value.items():
            inside = key if isinstance(each, Mapping) and ("calls" in each or "endpoint" in each) else node
            yield from _walk(each, inside, form, depth + 1)


def _exchange(node: str, question: Mapping[str, Any], answer: Mapping[str, Any], form: str) -> Exchange:
    params = question.get("params")
    return Exchange(
        node,
        str(question.get("method", "")),
        params if isinstance(params, list) else (),
        answer.get("result"),
        answer.get("error"),
        form,
    )


def form_of(exchange: Exchange) -> str:
    """The kind of chain an exchange is of: by the block in its answer, its method or its parameters; empty where nothing says."""
    result = exchange.result
    if isinstance(result, Mapping):
        if "txsRoot" in result or "parentInfo" in result or "consensusWeights" in result:
            return "fisco3"
        if "sealerList" in result or "dbHash" in result:
            return "fisco2"
        if "sha3Uncles" in result or "mixHash" in result:
            return "evm"
    if exchange.form:
        return exchange.form
    if exchange.method.partition("_")[0] in {
        "eth",
        "net",
        "web3",
        "admin",
        "debug",
        "clique",
        "istanbul",
        "qbft",
        "ibft",
    }:
        return "evm"
    if isinstance(result, Mapping):
        for form, keys in _SHAPES.items():
            if keys & result.keys():
                return form
    return ""


_SHAPES = {
    "fisco3": {
        "chainID",
        "groupID",
        "p2pNodeID",
        "transactionCount",
        "importTime",
        "txReceiptProof",
        "consensusWeights",
    },
    "fisco2": {"txSum", "NodeID", "txProof", "receiptProof", "groupId", "blockLimit"},
}
"""Keys that answers other than blocks have in one kind alone; what stands first decides."""


def is_block(value: Any) -> bool:
    """Whether an answer means to be a block: a hash and a header's other fields."""
    return isinstance(value, Mapping) and bool(
        {"parentHash", "parentInfo", "txsRoot", "transactionsRoot", "sealerList"} & value.keys()
    )


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
