# SPDX-License-Identifier: Apache-2.0
"""What each kind of chain is asked, under one interface: identity, sealers, observers, peers, groups, height, blocks, receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import DecodeError
from probes.chain.digests.told import said
from probes.chain.formats.recordings import Exchange
from probes.chain.live.caller import Call
from probes.chain.wire.values import natural


class Asker(Protocol):
    """Who asks a node, over whatever it is spoken to."""

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one call; None where the node refuses it."""

    def each(self, calls: Sequence[Call]) -> list[Any]:
        """The results of several calls in their order."""


class Adapter(Protocol):
    """How one kind of chain is asked; stateless but for what a node calls itself."""

    def greet(self, caller: Asker) -> None:
        """Ask for identity, sealers, observers, peers, groups, version and totals."""

    def height(self) -> Call:
        """The call for its height."""

    def total(self) -> Call | None:
        """The call for its total of transactions; None where there is none."""

    def header(self, number: int) -> Call:
        """The call for a block without bodies."""

    def block(self, number: int) -> Call:
        """The call for a whole block."""

    def receipts(self, number: int, hashes: Sequence[str], *, each: bool) -> list[Call]:
        """The calls for the receipts of a block."""

    def proof(self, digest: str) -> Call | None:
        """The call for a transaction with its Merkle proof; None where the kind of chain has none."""

    def code(self, address: str) -> Call | None:
        """The call for the code of a contract; None where a call of nobody fails by itself (FISCO BCOS), or is none by address."""

    def submit(self, signed: str) -> Call:
        """The call that submits a signed transaction."""

    def seen(self, digest: str) -> Call:
        """The call that shows whether a transaction is in a block."""


_HIGHEST = 1 << 62


def number_of(result: Any) -> int | None:
    """A height out of an answer; None where it is none, or one that no chain has."""
    try:
        found = natural(result)
    except DecodeError:
        return None
    return found if found < _HIGHEST else None


@dataclass
class Fisco2:
    """FISCO BCOS 2.x."""

    group: str

    def _group(self) -> Any:
        return int(self.group) if self.group.isdigit() else self.group

    def greet(self, caller: Asker) -> None:
        """See :class:`Adapter`."""
        g = self._group()
        own: list[Call] = [("getClientVersion", []), ("getNodeInfo", []), ("getGroupList", [])]
        caller.each([*own, *((name, [g]) for name in ("getSealerList", "getObserverList", "getPeers"))])

    def height(self) -> Call:
        """See :class:`Adapter`."""
        return "getBlockNumber", [self._group()]

    def total(self) -> Call | None:
        """See :class:`Adapter`."""
        return "getTotalTransactionCount", [self._group()]

    def header(self, number: int) -> Call:
        """See :class:`Adapter`."""
        return "getBlockByNumber", [self._group(), hex(number), False]

    def block(self, number: int) -> Call:
        """See :class:`Adapter`."""
        return "getBlockByNumber", [self._group(), hex(number), True]

    def receipts(self, number: int, hashes: Sequence[str], *, each: bool) -> list[Call]:
        """See :class:`Adapter`."""
        if each:
            return [("getTransactionReceipt", [self._group(), digest]) for digest in hashes]
        return [("getBatchReceiptsByBlockNumberAndRange", [self._group(), hex(number), "0", "-1", False])]

    def proof(self, digest: str) -> Call | None:
        """See :class:`Adapter`."""
        return "getTransactionByHashWithProof", [self._group(), digest]

    def code(self, address: str) -> Call | None:  # noqa: ARG002 - the interface
        """See :class:`Adapter`."""
        return None

    def submit(self, signed: str) -> Call:
        """See :class:`Adapter`."""
        return "sendRawTransaction", [self._group(), signed]

    def seen(self, digest: str) -> Call:
        """See :class:`Adapter`."""
        return "getTransactionReceipt", [self._group(), digest]


@dataclass
class Fisco3:
    """FISCO BCOS 3.x. A call without a node's name goes to any node, so each is called by the name it has in its group."""

    group: str
    node: str = ""

    def greet(self, caller: Asker) -> None:
        """See :class:`Adapter`."""
        peers = caller.ask("getPeers", [self.group, ""])
        own = _said("getPeers", peers, self.group, "identity")
        info = caller.ask("getGroupInfo", [self.group, ""])
        if len(own) == 1 and isinstance(info, dict):
            mine = [
                each for each in info.get("nodeList") or () if isinstance(each, dict) and each.get("nodeID") == own[0]
            ]
            self.node = str(mine[0].get("name", "")) if mine else self.node
        names = ["getSealerList", "getObserverList", "getSyncStatus", "getConsensusStatus"]
        caller.each([*((name, [self.group, self.node]) for name in names), ("getGroupList", [])])

    def height(self) -> Call:
        """See :class:`Adapter`."""
        return "getBlockNumber", [self.group, self.node]

    def total(self) -> Call | None:
        """See :class:`Adapter`."""
        return "getTotalTransactionCount", [self.group, self.node]

    def header(self, number: int) -> Call:
        """See :class:`Adapter`."""
        return "getBlockByNumber", [self.group, self.node, number, True, True]

    def block(self, number: int) -> Call:
        """See :class:`Adapter`."""
        return "getBlockByNumber", [self.group, self.node, number, False, False]

    def receipts(self, number: int, hashes: Sequence[str], *, each: bool) -> list[Call]:  # noqa: ARG002 - the interface
        """See :class:`Adapter`; 3.x gives receipts one by one."""
        return [("getTransactionReceipt", [self.group, self.node, digest, False]) for digest in hashes]

    def proof(self, digest: str) -> Call | None:
        """See :class:`Adapter`."""
        return "getTransaction", [self.group, self.node, digest, True]

    def code(self, address: str) -> Call | None:  # noqa: ARG002 - the interface
        """See :class:`Adapter`."""
        return None

    def submit(self, signed: str) -> Call:
        """See :class:`Adapter`."""
        return "sendTransaction", [self.group, self.node, signed, False]

    def seen(self, digest: str) -> Call:
        """See :class:`Adapter`."""
        return "getTransactionReceipt", [self.group, self.node, digest, False]


class Evm:
    """geth, Besu, Quorum, anvil and their kin; what an engine does not know it refuses, which is kept and is no fault."""

    def greet(self, caller: Asker) -> None:
        """See :class:`Adapter`."""
        plain = ("web3_clientVersion", "eth_chainId", "net_peerCount", "admin_nodeInfo", "admin_peers", "eth_coinbase")
        engines = (
            "clique_getSigners",
            "istanbul_getValidators",
            "qbft_getValidatorsByBlockNumber",
            "ibft_getValidatorsByBlockNumber",
        )
        calls: list[Call] = [(name, []) for name in (*plain, "istanbul_nodeAddress")]
        for name, params in [*calls, *((name, ["latest"]) for name in engines)]:
            caller.ask(name, params)

    def height(self) -> Call:
        """See :class:`Adapter`."""
        return "eth_blockNumber", []

    def total(self) -> Call | None:
        """See :class:`Adapter`."""
        return None

    def header(self, number: int) -> Call:
        """See :class:`Adapter`."""
        return "eth_getBlockByNumber", [hex(number), False]

    def block(self, number: int) -> Call:
        """See :class:`Adapter`."""
        return "eth_getBlockByNumber", [hex(number), True]

    def receipts(self, number: int, hashes: Sequence[str], *, each: bool) -> list[Call]:
        """See :class:`Adapter`."""
        if each:
            return [("eth_getTransactionReceipt", [digest]) for digest in hashes]
        return [("eth_getBlockReceipts", [hex(number)])]

    def proof(self, digest: str) -> Call | None:  # noqa: ARG002 - the interface
        """See :class:`Adapter`."""
        return None

    def code(self, address: str) -> Call | None:
        """See :class:`Adapter`; by its last state, since older states are pruned."""
        return "eth_getCode", [address, "latest"]

    def submit(self, signed: str) -> Call:
        """See :class:`Adapter`."""
        return "eth_sendRawTransaction", [signed]

    def seen(self, digest: str) -> Call:
        """See :class:`Adapter`."""
        return "eth_getTransactionReceipt", [digest]


def adapter(chain: str, group: str) -> Adapter:
    """The adapter of a kind of chain."""
    return Fisco2(group) if chain == "fisco2" else Fisco3(group) if chain == "fisco3" else Evm()


def _said(method: str, result: Any, group: str, what: str) -> list[str]:
    try:
        return [value for key, value in said(Exchange("", method, (), result), group) if key == what]
    except DecodeError:
        return []
