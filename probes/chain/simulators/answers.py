# SPDX-License-Identifier: Apache-2.0
"""What a simulated node answers to each question, as bytes, and how it misbehaves."""

from __future__ import annotations

import json
import threading
from typing import Any

from probes.chain.simulators.chain import Chain, Network, keys_of
from probes.chain.wire.merkle import proof2, proof3

PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_QUITS_AFTER = 6


class Node:
    """One node; :meth:`answer` gives status and body, None where it falls silent."""

    def __init__(self, network: Network, number: int) -> None:
        """``number`` from 1."""
        self.network, self.number, settings = network, number, network.settings
        self.key = keys_of(network, number)
        self.chain: Chain = network.fork if number in settings.forked else network.main
        self.chain = network.other if number in settings.other_genesis else self.chain
        top = len(self.chain.whole) - 1
        self.top = top // 2 if number in settings.behind else top
        self._asked, self._heights, self._lock = 0, 0, threading.Lock()

    def answer(self, body: bytes) -> tuple[int, bytes] | None:
        """Status and body."""
        settings = self.network.settings
        with self._lock:
            self._asked += 1
            asked = self._asked
        if self.number in settings.silent or (self.number in settings.quits and asked > _QUITS_AFTER):
            return None
        if self.number in settings.html:
            return 502, PAGE
        if self.number in settings.busy and asked % 2:
            return 429, b'{"error":"too many requests"}'
        try:
            question = json.loads(body)
        except ValueError:
            return 400, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}'
        if isinstance(question, list):
            return 200, b"[" + b",".join(map(self._one, question)) + b"]"
        return 200, self._one(question)

    def _one(self, question: Any) -> bytes:
        method, params = str(question.get("method")), question.get("params") or []
        head = b'{"id":' + json.dumps(question.get("id")).encode() + b',"jsonrpc":"2.0",'
        group = {"fisco2": 1, "fisco3": "group0"}[self.network.settings.chain]
        if params and params[0] != group and method not in {"getClientVersion", "getNodeInfo"}:
            return head + b'"error":{"code":-32603,"message":"The group does not exist"}}'
        found = self._result(method, params[1:])
        if found is None:
            return head + b'"error":{"code":-32601,"message":"Method not found"}}'
        return head + b'"result":' + found + b"}"

    def _result(self, method: str, params: list[Any]) -> bytes | None:
        if method == "getBlockByNumber":
            return self._block(params)
        if method == "getTransactionReceipt":
            return json.dumps(
                {
                    "status": 0 if self.network.settings.chain == "fisco3" else "0x0",
                    "transactionHash": params[-2 if len(params) > 1 else 0],
                }
            ).encode()
        if method in {"getTransaction", "getTransactionByHashWithProof"}:
            return self._transaction(str(params[1 if method == "getTransaction" else 0]))
        simple = self._three if self.network.settings.chain == "fisco3" else self._two
        found = simple(method)
        return None if found is None else json.dumps(found).encode()

    def _block(self, params: list[Any]) -> bytes:
        if self.network.settings.chain == "fisco3":
            number, bare = int(params[1]), bool(params[2]) or bool(params[3])
        else:
            number, bare = int(params[0], 16), not params[1]
        if number > self.top:
            return b"null"
        data = (self.chain.bare if bare else self.chain.whole)[number]
        if self.number in self.network.settings.mocked and number:
            data = data.replace(self.chain.hashes[number].encode(), b"0x" + b"ab" * 32)
        if self.number in self.network.settings.half and number:
            data = data.replace(b'"stateRoot"', b'"stateRuut"', 1)
        return data

    def _transaction(self, digest: str) -> bytes:
        """One transaction with its Merkle proof."""
        settings, style = self.network.settings, self.network.style
        place = self.chain.places.get(digest)
        if place is None or self.number in settings.light or place[0] > self.top:
            return b"null"
        block = json.loads(self.chain.whole[place[0]])
        hashes = [bytes.fromhex(each["hash"][2:]) for each in block["transactions"]]
        at = place[1] if self.number not in settings.misproving else (place[1] + 1) % max(2, len(hashes))
        found = block["transactions"][place[1]]
        if settings.chain == "fisco3":
            proof = ["0x" + each.hex() for each in proof3(hashes, min(at, len(hashes) - 1), style.digest)]
            proof = proof[:-1] if self.number in settings.misproving else proof
            return json.dumps({**found, "transactionProof": proof}).encode()
        levels = [
            {"left": [one.hex() for one in left], "right": [one.hex() for one in right]}
            for left, right in proof2(hashes, place[1], style.digest)
        ]
        inside = {**found, "blockNumber": hex(place[0]), "transactionIndex": hex(at)}
        return json.dumps({"transaction": inside, "txProof": levels}).encode()

    def _height(self) -> int:
        with self._lock:
            self._heights += 1
            again = self._heights > 1
        return self.top - 1 if again and self.number in self.network.settings.backwards else self.top

    def _three(self, method: str) -> Any:
        network, key = self.network, self.key.hex
        claims = network.style.national if network.settings.claims is None else network.settings.claims
        match method:
            case "getBlockNumber":
                return self._height()
            case "getTotalTransactionCount":
                return {
                    "blockNumber": self.top,
                    "failedTransactionCount": self.chain.failed,
                    "transactionCount": self._total(),
                }
            case "getSealerList":
                return [{"nodeID": each.hex, "weight": 1} for each in network.sealers]
            case "getObserverList":
                return [each.hex for each in network.observers]
            case "getPeers":
                others = [each.hex for each in network.keys if each.hex != key]
                own = [{"group": "group0", "nodeIDList": [key]}]
                peers = [
                    {
                        "endPoint": "",
                        "groupNodeIDInfo": [{"group": "group0", "nodeIDList": [each]}],
                        "p2pNodeID": "04" + each,
                    }
                    for each in others
                ]
                return {"endPoint": "0.0.0.0:30300", "groupNodeIDInfo": own, "p2pNodeID": "04" + key, "peers": peers}
            case "getGroupInfo":
                ini = json.dumps({"binaryInfo": {"version": "3.3.0"}, "nodeID": key, "smCryptoType": claims})
                return {
                    "chainID": "chain0",
                    "groupID": "group0",
                    "nodeList": [{"iniConfig": ini, "name": "node0", "nodeID": key, "type": 1}],
                }
            case "getSyncStatus" | "getConsensusStatus":
                return json.dumps({"blockNumber": self.top, "genesisHash": self.chain.hashes[0][2:], "nodeID": key})
            case "getGroupList":
                return {"code": 0, "groupList": ["group0"], "msg": ""}
        return None

    def _two(self, method: str) -> Any:
        network = self.network
        match method:
            case "getBlockNumber":
                return hex(self._height())
            case "getTotalTransactionCount":
                return {
                    "blockNumber": hex(self.top),
                    "failedTxSum": hex(self.chain.failed),
                    "txSum": hex(self._total()),
                }
            case "getSealerList":
                return [each.hex for each in network.sealers]
            case "getObserverList":
                return [each.hex for each in network.observers]
            case "getPeers":
                return [
                    {"IPAndPort": "", "nodeId": each.hex, "Topic": []}
                    for each in network.keys
                    if each.hex != self.key.hex
                ]
            case "getNodeInfo":
                return {
                    "Agency": f"agency{self.number}",
                    "IPAndPort": "",
                    "Node": f"node{self.number}",
                    "NodeID": self.key.hex,
                    "Topic": [],
                }
            case "getGroupList":
                return [1]
            case "getClientVersion":
                return {"FISCO-BCOS Version": "2.9.1 gm", "Chain Id": "1"}
        return None

    def _total(self) -> int:
        if self.top == len(self.chain.whole) - 1:
            return self.chain.transactions
        return min(self.chain.transactions, self.top * self.network.settings.per_block)
