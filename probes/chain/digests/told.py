# SPDX-License-Identifier: Apache-2.0
"""What a node says of itself and of its chain, out of answers other than blocks: (what, value), each a text.

``identity``, ``sealer``, ``observer``, ``peer``, ``agency``, ``version``, ``height``, ``total``, ``genesis``, ``sm``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from probes.chain.formats.recordings import Exchange
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.values import MalformedError, natural, octets

Said = tuple[str, str]
_KEY = 64
_POINTER, _POINTED = b"\xef\x01\x00", 23
"""How an account points to another's code (EIP-7702), and how long that is."""


def said(exchange: Exchange, group: str) -> Iterator[Said]:
    """The statements of one answer; ``group``: the group that is asked about. MalformedError where it has another shape."""
    reader = _READERS.get(exchange.method)
    if reader is None or exchange.result is None:
        return
    try:
        yield from reader(_inside(exchange.result), group)
    except (TypeError, KeyError, AttributeError, ValueError, IndexError):
        raise MalformedError(
            "An answer has another shape than its method promises.", cure="ask the node again."
        ) from None


def _inside(result: Any) -> Any:
    """Some answers are JSON in a text."""
    if isinstance(result, str) and result[:1] in {"{", "["}:
        return json.loads(result)
    return result


def key(value: Any) -> str:
    """A node's key as 128 hex digits; MalformedError for anything else."""
    data = octets(value)
    if len(data) == _KEY + 1 and data[0] == 4:
        data = data[1:]
    if len(data) != _KEY:
        raise MalformedError("A node's key is not 64 bytes long.", cure="ask the node again.")
    return data.hex()


def _height(result: Any, _: str) -> Iterator[Said]:
    yield "height", str(natural(result))


def _sealers(result: Sequence[Any], _: str) -> Iterator[Said]:
    for each in result:
        yield "sealer", key(each["nodeID"] if isinstance(each, Mapping) else each)


def _observers(result: Sequence[Any], _: str) -> Iterator[Said]:
    for each in result:
        yield "observer", key(each["nodeID"] if isinstance(each, Mapping) else each)


def _addresses(result: Sequence[Any], _: str) -> Iterator[Said]:
    for each in result:
        yield "sealer", octets(each, 20).hex()


def _total(result: Mapping[str, Any], _: str) -> Iterator[Said]:
    if "txSum" in result:
        names = ("blockNumber", "txSum", "failedTxSum")
    else:
        names = ("blockNumber", "transactionCount", "failedTransactionCount")
    yield "total", ":".join(str(natural(result[name])) for name in names)


def _node_info(result: Mapping[str, Any], _: str) -> Iterator[Said]:
    yield "identity", key(result["NodeID"])
    if result.get("Agency"):
        yield "agency", str(result["Agency"])


def _peers(result: Any, group: str) -> Iterator[Said]:
    """2.x: a list of peers; 3.x: the node's own identity in the group beside its peers', which may have another key at the gateway."""
    if isinstance(result, Mapping):
        yield from (("gateway", octets(each).hex()) for each in [result.get("p2pNodeID")] if each)
        yield from (("identity", each) for each in _in_group(result.get("groupNodeIDInfo") or (), group))
        for peer in result.get("peers") or ():
            yield from (("peer", each) for each in _in_group(peer.get("groupNodeIDInfo") or (), group))
    else:
        for peer in result:
            yield "peer", key(peer["nodeId"])


def _in_group(given: Sequence[Mapping[str, Any]], group: str) -> list[str]:
    return [key(each) for part in given if part.get("group") == group for each in part.get("nodeIDList") or ()]


def _status(result: Mapping[str, Any], _: str) -> Iterator[Said]:
    yield "identity", key(result.get("nodeID") or result["nodeId"])
    if result.get("genesisHash"):
        yield "genesis", octets(result["genesisHash"], 32).hex()


def _consensus(result: Any, _: str) -> Iterator[Said]:
    if isinstance(result, Mapping) and result.get("nodeID"):
        yield "identity", key(result["nodeID"])


def _group(result: Mapping[str, Any], _: str) -> Iterator[Said]:
    for node in result.get("nodeList") or ():
        own = _inside(node.get("iniConfig") or "{}")
        if "smCryptoType" in own:
            yield "sm", f"{key(own['nodeID'])}:{'yes' if own['smCryptoType'] is True else 'no'}"
        version = (own.get("binaryInfo") or {}).get("version")
        if version:
            yield "version", str(version)


def _groups(result: Any, _: str) -> Iterator[Said]:
    for each in result.get("groupList") or () if isinstance(result, Mapping) else result:
        yield "group", str(each)


def _client(result: Any, _: str) -> Iterator[Said]:
    if isinstance(result, str):
        yield "version", result
    else:
        yield "version", str(result.get("FISCO-BCOS Version") or result.get("Version") or "")


def _enode(result: Mapping[str, Any], _: str) -> Iterator[Said]:
    """An Ethereum node's own key: what its enode says; its address as a validator of Istanbul follows from it."""
    enode = str(result.get("enode") or "")
    public = key(enode.removeprefix("enode://").partition("@")[0] if enode.startswith("enode://") else result["id"])
    yield "identity", public
    yield "alias", keccak256(bytes.fromhex(public))[-20:].hex()


def _admin_peers(result: Sequence[Mapping[str, Any]], _: str) -> Iterator[Said]:
    for each in result:
        enode = str(each.get("enode") or "")
        if enode.startswith("enode://"):
            yield "peer", key(enode.removeprefix("enode://").partition("@")[0])
        elif len(str(each.get("id", ""))) in {128, 130}:
            yield "peer", key(each["id"])


def _coinbase(result: Any, _: str) -> Iterator[Said]:
    yield "alias", octets(result, 20).hex()


def _chain_id(result: Any, _: str) -> Iterator[Said]:
    yield "network", str(natural(result))


def _count(result: Any, _: str) -> Iterator[Said]:
    yield "peer-count", str(natural(result))


_READERS: Mapping[str, Callable[[Any, str], Iterator[Said]]] = {
    "getBlockNumber": _height, "eth_blockNumber": _height,
    "getSealerList": _sealers, "getObserverList": _observers,
    "clique_getSigners": _addresses, "istanbul_getValidators": _addresses,
    "qbft_getValidatorsByBlockNumber": _addresses, "ibft_getValidatorsByBlockNumber": _addresses,
    "getTotalTransactionCount": _total, "getNodeInfo": _node_info, "getPeers": _peers,
    "getSyncStatus": _status, "getConsensusStatus": _consensus,
    "getGroupInfo": _group, "getGroupList": _groups,
    "getClientVersion": _client, "web3_clientVersion": _client,
    "admin_nodeInfo": _enode, "admin_peers": _admin_peers, "eth_coinbase": _coinbase, "istanbul_nodeAddress": _coinbase,
    "eth_chainId": _chain_id, "net_peerCount": _count,
}  # fmt: skip


def contract(exchange: Exchange) -> Iterator[Said]:
    """What stands at an address, as ``address:digest of its code``; without a digest where no contract does.

    Code that stops at once does nothing, and an account that only points to another's code (EIP-7702) is none.
    """
    if exchange.method == "eth_getCode" and exchange.result is not None and exchange.params:
        found, address = octets(exchange.result), octets(exchange.params[0], 20).hex()
        empty = found[:1] in {b"", b"\0"} or (found.startswith(_POINTER) and len(found) == _POINTED)
        yield "code", f"{address}:{'' if empty else sha256(found).hexdigest()[:32]}"


def receipts(exchange: Exchange) -> Iterator[tuple[bytes, bool]]:
    """(hash of a transaction, whether it succeeded) of every receipt in an answer."""
    result = exchange.result
    if exchange.method == "eth_getBlockReceipts":
        for each in result if isinstance(result, list) else ():
            yield octets(each["transactionHash"], 32), natural(each["status"]) == 1
    elif exchange.method == "getBatchReceiptsByBlockNumberAndRange" and isinstance(result, Mapping):
        for each in result.get("transactionReceipts") or ():
            yield octets(each["transactionHash"], 32), natural(each["status"]) == 0
    elif exchange.method in {"getTransactionReceipt", "eth_getTransactionReceipt"} and isinstance(result, Mapping):
        good = 1 if exchange.method.startswith("eth_") else 0
        digest = result.get("transactionHash") or (exchange.params[-2] if len(exchange.params) > 2 else None)
        yield octets(digest, 32), natural(result["status"]) == good
