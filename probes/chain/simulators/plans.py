# SPDX-License-Identifier: Apache-2.0
"""How large a simulated chain is, and how it cheats."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from harness.kit.settings import Address, Cure, Settings, Several, wrong

_MOST_NODES, _MOST_RECORDS = 100, 1_000_000
_Number = Annotated[int, Field(ge=1, le=_MOST_NODES)]
_Many = Annotated[int, Field(ge=0, le=_MOST_RECORDS)]


class NetworkSettings(Settings):
    """A consortium of nodes over JSON-RPC, honest but for what is listed here."""

    chain: Annotated[Literal["fisco2", "fisco3"], Cure("use fisco2 or fisco3.")] = Field(
        "fisco3", description="fisco2 or fisco3."
    )
    algorithm: Annotated[Literal["sm3", "keccak256"], Cure("use sm3 or keccak256.")] = Field(
        "sm3", description="sm3 (SM2 signatures) or keccak256 (ECDSA)."
    )
    claims: bool | None = Field(None, description="what its configuration says of 国密; by default the truth.")
    count: Annotated[_Number, Cure(f"use 1 to {_MOST_NODES}.")] = Field(10, description="how many nodes.")
    observers: Annotated[int, Field(ge=0)] = Field(0, description="how many of them, the last ones, only listen.")
    records: Annotated[_Many, Cure(f"use 0 to {_MOST_RECORDS}.")] = Field(1000, description="how many honest records.")
    bundle: Annotated[int, Field(ge=1, le=1000)] = Field(
        1, description="records in one transaction; several stand as a JSON array under /items of its first argument."
    )
    per_block: Annotated[int, Field(ge=1, le=10_000)] = Field(1000, description="records in a block.")
    days: Annotated[int, Field(ge=0, le=3650)] = Field(180, description="over how many days they were written.")
    first: Address = Field("127.0.2.1", description="address of the first node.")
    originals: bool = Field(False, description="whether off-chain originals are given, a file a record.")
    altered: _Many = Field(0, description="originals that were altered afterwards.")
    aliases: Several[_Number] = Field((), description="nodes that are node 1 under another name.")
    forked: Several[_Number] = Field((), description="nodes on a chain of their own from the middle on.")
    mocked: Several[_Number] = Field((), description="nodes whose blocks do not hash to what they claim.")
    other_genesis: Several[_Number] = Field((), description="nodes of another chain altogether.")
    unlisted: Several[_Number] = Field((), description="nodes that nobody lists.")
    silent: Several[_Number] = Field((), description="nodes that do not answer.")
    html: Several[_Number] = Field((), description="nodes that answer with a web page.")
    half: Several[_Number] = Field((), description="nodes whose blocks lack a field.")
    backwards: Several[_Number] = Field((), description="nodes whose height goes back.")
    behind: Several[_Number] = Field((), description="nodes that stopped importing in the middle.")
    light: Several[_Number] = Field((), description="nodes that hold headers and no transactions.")
    misproving: Several[_Number] = Field((), description="nodes whose Merkle proofs lead elsewhere.")
    busy: Several[_Number] = Field((), description="nodes that answer every other request with 429.")
    quits: Several[_Number] = Field((), description="nodes that stop after six requests.")
    repeated: _Many = Field(0, description="records more with the content of another.")
    counters: _Many = Field(0, description="records more that hold a counter and nothing else.")
    replayed: _Many = Field(0, description="transactions that stand in a second block as well.")
    forged: _Many = Field(0, description="records more with a signature of somebody else.")
    failed: _Many = Field(0, description="of the honest ones, failed by the nodes' own total.")
    unsealed: Several[Annotated[int, Field(ge=1)]] = Field(
        (), description="heights whose seals are fewer than finality takes."
    )

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        for key in (
            "aliases",
            "forked",
            "mocked",
            "other_genesis",
            "unlisted",
            "silent",
            "html",
            "half",
            "backwards",
            "behind",
            "busy",
            "light",
            "misproving",
            "quits",
        ):
            for number in getattr(self, key):
                if number > self.count:
                    msg = f"{key} names node {number}, but there are {self.count}."
                    raise wrong(msg, f"use numbers from 1 to {self.count}.", key)
        if self.observers >= self.count:
            raise wrong("there is no node left that seals.", "write fewer observers: than count:.", "observers")
        return self
