# SPDX-License-Identifier: Apache-2.0
"""The settings of ``chain.nodes``: which nodes there are, what is fetched, and how gently."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, model_validator

from harness.kit.copies import seen
from harness.kit.settings import (
    Criterial,
    Cure,
    DurationS,
    Endpoint,
    FileName,
    FolderName,
    Settings,
    Several,
    wrong,
)
from harness.spec.written import Line
from probes.chain.plans.clients import ClientSettings

_MOST_NODES = 1000
_BASE58 = re.compile(r"Qm[1-9A-HJ-NP-Za-km-z]{44}")
"""The id of a node of ChainMaker."""


def _port(parts: SplitResult) -> int:
    """The port that an address names; 0 where it names none, -1 for what is none."""
    try:
        return parts.port or 0
    except ValueError:
        return -1


def _url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or _port(parts) == -1):
        msg = f"{text!r} is no address of a node."
        raise wrong(msg, "write url: http://10.0.0.1:20200.")
    return text


def _node_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"grpc", "grpcs"}:
        return _url(text)
    if not parts.hostname or not _port(parts) > 0 or parts.path.strip("/") or parts.query:
        msg = f"{text!r} is no address of a node."
        raise wrong(msg, "write url: grpcs://10.0.0.1:7051.")
    return text


def _hex(text: str) -> str:
    plain = text.lower().removeprefix("0x")
    if _BASE58.fullmatch(text):
        return text
    if text and (len(plain) not in {40, 128, 130} or set(plain) - set("0123456789abcdef")):
        msg = f"{text!r} is no key of a node."
        raise wrong(msg, "write the node's key as 128 hex digits, or its address as 40.")
    return plain.removeprefix("04") if len(plain) == 130 else plain


def _account(text: str) -> str:
    if not (found := _address(text)):
        msg = f"{text!r} is no address of an account."
        raise wrong(msg, _ADDRESS)
    return found


_ADDRESS = "write 40 hex digits, like 0x52908400098527886e0f7030069857d2e4169ee7."


def _address(text: str) -> str:
    """An address of Ethereum's kind with 0x; empty for what is none."""
    plain = text.lower().removeprefix("0x")
    return f"0x{plain}" if len(plain) == 40 and not set(plain) - set("0123456789abcdef") else ""


Account = Annotated[str, AfterValidator(_account)]


class NodeSettings(Settings):
    """One node: where it answers, and whose it is said to be."""

    name: Annotated[Line, Criterial()] = Field(
        title="节点在报告中的名称。", description="what the node is called in the report."
    )
    url: Annotated[str, AfterValidator(_node_url)] = Field(
        "",
        title="节点自己的地址：JSON-RPC 写 http://，Fabric 与长安链写 grpc:// 或 grpcs://；不是挂着几个节点的网关。",
        description="its own address, not that of a gateway before several nodes: http:// for JSON-RPC, grpc:// or grpcs:// for Fabric and ChainMaker.",
    )
    file: FileName | None = Field(
        None,
        title="账本文件（Fabric）或录下的区块（长安链）；不在线询问而拷贝时填写。",
        description="its ledger file (Fabric) or recorded blocks (ChainMaker), where it is not asked but copied.",
    )
    organisation: Annotated[str, Criterial()] = Field(
        "", title="按联盟登记表，节点属于哪家单位。", description="whose node it is, by the register of the alliance."
    )
    uscc: Annotated[str, Criterial()] = Field(
        "", title="该单位的统一社会信用代码。", description="the organisation's unified social credit code."
    )
    key: Annotated[str, AfterValidator(_hex), Criterial()] = Field(
        "", title="登记表中的公钥或地址（十六进制）。", description="its key or address in the register, in hex."
    )
    certificate: FileName | None = Field(
        None,
        title="节点证书（PEM 或 DER），签发者排在其后。",
        description="its certificate (PEM or DER), issuers behind it.",
    )

    operations: Annotated[str, AfterValidator(_url)] = Field(
        "",
        title="Fabric 节点的运维地址（operations），用来核对拷贝的账本，如 http://10.0.0.1:9443。",
        description="the operations address of a Fabric peer, to check its copied ledger by, like http://10.0.0.1:9443.",
    )

    @model_validator(mode="after")
    def _answers(self) -> Self:
        if bool(self.url) == (self.file is not None):
            msg = f"the node {self.name} has neither url nor file, or both."
            raise wrong(msg, "write url: for a node that is asked, file: for a ledger that is copied.", "url")
        return self


class BundleSettings(Settings):
    """Several business records in one transaction: where they stand. A transaction that this does not fit has none."""

    form: Annotated[Literal["json", "words", "texts"], Cure("use json, words or texts.")] = Field(
        title="json：JSON 文本中的数组；words：bytes32[] 参数；texts：string[] 或 bytes[] 参数。",
        description="json: an array in a JSON text; words: an argument bytes32[]; texts: an argument string[] or bytes[].",
    )
    argument: Annotated[int | None, Field(ge=0, le=31)] = Field(
        None,
        title="第几个参数，从 0 起；json 缺省为整个载荷。",
        description="which argument of the call, from 0; by default of json the whole payload.",
    )
    pointer: Annotated[str, Field(pattern=r"^(/[^/]*)*$")] = Field(
        "",
        title="json 中数组的 JSON 指针，如 /items；缺省为文本本身。",
        description="of json: JSON pointer of the array, like /items; by default the text itself.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.form != "json" and self.pointer:
            msg = f"a pointer leads into JSON, not into {self.form}."
            raise wrong(msg, "write form: json, or leave pointer: out.", "pointer")
        if self.form != "json" and self.argument is None:
            msg = f"which argument holds the {self.form} is not said."
            raise wrong(msg, "write argument: 0 for the first.", "argument")
        return self


class ChainSettings(Settings):
    """A consortium chain: its kind, its nodes, the range that is counted."""

    chain: Annotated[
        Literal["fisco2", "fisco3", "evm", "fabric", "chainmaker"],
        Cure("use fisco2, fisco3, evm, fabric or chainmaker."),
        Criterial(),
    ] = Field(
        title="链的种类：fisco2、fisco3（FISCO BCOS）、evm（Besu、Quorum、geth 等）、fabric 或 chainmaker（长安链）。",
        description="fisco2, fisco3 (FISCO BCOS), evm (Besu, Quorum, geth and their kin), fabric or chainmaker.",
    )
    client: ClientSettings | None = Field(
        None,
        title="以谁的身份询问（Fabric、长安链在线询问时必填，需安装 yanshou[grpc]）。",
        description="who asks, where Fabric or ChainMaker are asked over gRPC (needs yanshou[grpc]).",
    )
    nodes: tuple[NodeSettings, ...] = Field(
        min_length=1,
        max_length=_MOST_NODES,
        title="节点列表，各有名称与地址。",
        description="the nodes, each with name and url of its own.",
    )
    group: Annotated[str, Criterial()] = Field(
        "",
        title="FISCO BCOS 的群组，缺省 1（2.x）或 group0（3.x）；Fabric 的通道；长安链的链标识。",
        description="group of FISCO BCOS, by default 1 (2.x) or group0 (3.x); channel of Fabric; chain id of ChainMaker.",
    )
    first: Annotated[int, Field(ge=0), Criterial()] = Field(
        0, title="计入的第一个高度。", description="first height that is counted."
    )
    last: Annotated[int | None, Field(ge=0), Criterial()] = Field(
        None,
        title="计入的最后一个高度；缺省取各节点都有的高度。",
        description="last height that is counted; by default what all nodes have.",
    )
    contracts: Annotated[Several[Line], Criterial()] = Field(
        (),
        title="业务合约的地址（Fabric 写名称）；缺省为链自身以外的全部合约。",
        description="addresses (Fabric: names) of the business contracts; by default every contract but the chain's own.",
    )
    accounts: Annotated[Several[Account], Criterial()] = Field(
        (),
        title="存证写在交易数据里、本身没有合约代码的地址（EVM）；发往没有代码的其他地址的交易不计。",
        description="addresses without a contract whose transactions' data are the records (EVM); data sent to any other such address count for nothing.",
    )
    bundled: Annotated[BundleSettings | None, Criterial()] = Field(
        None,
        title="一笔交易含多条业务记录时，记录在载荷中的位置；不合此规则的交易不计。",
        description="where the records stand when a transaction holds several; one that does not fit counts for nothing.",
    )
    bodies: bool = Field(
        True,
        title="是否取整个区块；只查节点与签名时可不取。",
        description="whether whole blocks are fetched; no for nodes and seals alone.",
    )
    proofs: Annotated[int, Field(ge=0, le=1000)] = Field(
        3,
        title="随机抽几笔交易，要求每个节点给出默克尔证明（FISCO BCOS）。",
        description="how many transactions, drawn at random, each node has to prove by its Merkle path (FISCO BCOS).",
    )
    receipts: Literal["totals", "blocks", "each"] = Field(
        "totals",
        title="totals：按节点自报的失败总数；blocks 或 each：逐条查回执。",
        description="totals: failures by the nodes' own total; blocks or each: by every receipt.",
    )
    authorities: Several[FileName] = Field(
        (), title="签发节点证书的机构证书。", description="certificates of the authorities that issue the nodes'."
    )
    tlcp: Annotated[Several[Endpoint], Criterial()] = Field(
        (),
        title="应使用 TLCP 的接入点，如 10.0.0.1:443。",
        description="access points that should speak TLCP, like 10.0.0.1:443.",
    )
    originals: FileName | None = Field(
        None,
        title="链下原件登记表：交易哈希与文件，一行一条。",
        description="table of off-chain originals: transaction hash and file, a row a record.",
    )
    documents: FolderName | None = Field(
        None,
        title="原件所在文件夹；缺省与登记表同处。",
        description="the folder of the originals; by default the table's own.",
    )
    draw: FileName | None = Field(
        None,
        title="公开抽样的记录：封存的“名单”是最后一个区块的哈希，项数是该高度以内的记录数。",
        description="the protocol of a public draw, whose sealed list is the hash of the last block and whose items are the records up to it.",
    )
    markers: FileName | None = Field(
        None,
        title="已签名的交易（十六进制），一行一笔，逐笔提交。",
        description="signed transactions in hex, a line each, to be submitted one by one.",
    )
    watch: DurationS = Field(
        Fraction(0),
        title="停掉一个节点时观察高度的时长，如 10 min。",
        description="how long heights are watched while a node is stopped, like 10 min.",
    )
    every: DurationS = Field(
        Fraction(1), title="观察时每隔多久询问一次高度。", description="how often heights are asked while watching."
    )
    timeout: DurationS = Field(Fraction(10), title="应答的时限。", description="how long an answer may take.")
    batch: Annotated[int, Field(ge=1, le=500)] = Field(
        20,
        title="一次请求中的调用数；节点拒绝时减半。",
        description="calls in one request; halved when a node refuses.",
    )
    pause: DurationS = Field(
        Fraction(0), title="对同一节点两次请求之间的停顿。", description="rest between two requests to one node."
    )

    @model_validator(mode="after")
    def _together(self) -> Self:
        names = Counter(seen(each.name, marks=True) for each in self.nodes)
        twice = [each.name for each in self.nodes if names[seen(each.name, marks=True)] > 1]
        if twice:
            msg = f"two nodes are called {twice[-1]}."
            raise wrong(msg, "give each node a name of its own.", "nodes")
        if self.last is not None and self.last < self.first:
            msg = f"last {self.last} is before first {self.first}."
            raise wrong(msg, "write the lower height first.", "last")
        self._asked()
        return self

    def _addressed(self) -> None:
        """A contract of Ethereum's kind is called by its address: a name would be that of no transaction's receiver."""
        for each in self.contracts:
            if not _address(each):
                msg = f"{each!r} is no address of a contract."
                raise wrong(msg, _ADDRESS, "contracts")

    def _asked(self) -> None:
        """How each kind of chain is reached: over JSON-RPC, over gRPC by a client with a name, or by a copy."""
        schemes = {"file" if each.file is not None else urlsplit(each.url).scheme for each in self.nodes}
        named = self.chain in {"fabric", "chainmaker"}
        if not named and schemes - {"http", "https"}:
            msg = f"{self.chain} is asked over JSON-RPC."
            raise wrong(msg, "write url: http://10.0.0.1:20200 for every node.", "chain")
        if named and schemes != {"file"} and schemes - {"grpc", "grpcs"}:
            msg = f"{self.chain} is asked over gRPC, or copied, and all nodes alike."
            raise wrong(msg, "give every node url: grpcs://10.0.0.1:7051, or every node a file:.", "chain")
        if self.remote and (self.client is None or not self.group):
            what = "channel" if self.chain == "fabric" else "chain id"
            msg = f"{self.chain} answers nobody without a name."
            raise wrong(
                msg, f"write client: with organisation, certificate and key, and group: with the {what}.", "client"
            )
        if self.chain == "evm":
            self._addressed()
        if self.accounts and self.chain != "evm":
            msg = f"{self.chain} has no records at plain addresses."
            raise wrong(msg, "leave accounts: out; it is for EVM chains.", "accounts")
        if named and self.markers is not None:
            msg = f"markers are not submitted to {self.chain}."
            raise wrong(msg, "leave markers: out; they are for FISCO BCOS and EVM chains.", "markers")

    @property
    def copied(self) -> bool:
        """Whether nodes are not asked but their ledgers were copied."""
        return all(each.file is not None for each in self.nodes)

    @property
    def remote(self) -> bool:
        """Whether nodes are asked over gRPC."""
        return self.chain in {"fabric", "chainmaker"} and not self.copied

    @property
    def group_name(self) -> str:
        """The group as its kind of chain writes it."""
        return self.group or {"fisco2": "1", "fisco3": "group0"}.get(self.chain, "")
