# SPDX-License-Identifier: Apache-2.0
"""Fabric and ChainMaker over gRPC: servers on loopback that check who asks, and sign what they answer."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.errors import InstrumentError, UsageError
from harness.model import About
from harness.testing import MemorySink, Question, judge, record
from probes.chain.analyse import analyse_chain
from probes.chain.formats import fabric, proposals
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.endpoint import AnswerError
from probes.chain.live.remote import RemoteCaller, Wire
from probes.chain.live.speakers import Peers
from probes.chain.wire import requests
from probes.chain.wire.protobuf import fields, inside, part
from tests.probes.chain.made import codes
from tests.probes.chain.members import Alliance
from tests.probes.chain.npm import node
from tests.probes.chain.remote import CHANNEL, Consortium, Organisation, holder, identified, serving, worded
from tests.probes.chain.test_live import Interrupted
from tests.probes.chain.test_live import serving as web_serving

KEYS = Question("chain.nodes", "distinct", ">= 4 个", {"by": "key"}, about=About.WINDOW)
OWNERS = Question("chain.nodes", "distinct", ">= 4 家", {"by": "organisation"}, about=About.WINDOW)
RECORDS = Question("chain.records", "distinct", ">= 40 条", {"by": "content"}, about=About.WINDOW)


@pytest.fixture(scope="module")
def consortium() -> Consortium:
    return Consortium()


def answered(data: bytes, question: Question, folder: Path, settings: Any) -> tuple[str, int | None, set[str]]:
    outcome, judged = judge(PROBE, data, question, folder, settings)
    return judged.verdict, None if outcome.estimate is None else int(outcome.estimate.value), codes(outcome)


@pytest.mark.parametrize("secure", [False, True])
def test_peers_prove_who_they_are_by_what_they_sign(consortium: Consortium, tmp_path: Path, *, secure: bool) -> None:
    tls = [holder(f"tls{each}") for each in range(4)] if secure else []
    with serving(proposals.PATH, [consortium.answering(each) for each in consortium.peers], tls) as urls:
        settings = consortium.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    assert consortium.client[1].secret not in data
    for question, count in ((KEYS, 4), (OWNERS, 4), (RECORDS, 40)):
        verdict, value, told = answered(data, question, tmp_path / str(count) / question.statistic, settings)
        assert (verdict, value) == ("PASS", count), told


def stale(consortium: Consortium) -> Any:
    """A front that answers with what a peer said once: signed, but to another question."""
    kept: dict[bytes, bytes] = {}
    honest = consortium.answering(consortium.peers[3])

    def answer(request: bytes) -> bytes:
        given = fields(part(fields(part(fields(part(fields(request), 1)), 2)), 1))
        return kept.setdefault(repr(given).encode(), honest(request))

    asked = [("qscc", "GetChainInfo", CHANNEL), ("cscc", "GetConfigBlock", CHANNEL)]
    asked += [("qscc", "GetBlockByNumber", CHANNEL, str(at)) for at in range(len(consortium.blocks))]
    for chaincode, *args in asked:  # the peer was asked before by somebody else
        told = proposals.proposal((CHANNEL, chaincode), args, consortium.client[0], b"old" * 8, 1)
        answer(proposals.signed(told, consortium.client[1].sign(told)))
    return answer


def cheating(name: str, consortium: Consortium) -> list[Any]:
    honest = [consortium.answering(each) for each in consortium.peers]
    match name:
        case "one peer under four names":
            return honest[:1] * 4
        case "a peer of an organisation that the channel does not know":
            return [*honest[:3], consortium.answering(Organisation("OtherMSP").member("peer0"))]
        case "a peer that another authority of the same name issued":
            return [*honest[:3], consortium.answering(Organisation("Org4MSP").member("peer0"))]
        case "another ledger":
            return [*honest[:3], consortium.answering(consortium.peers[3], consortium.forked(2))]
        case "an answer of yesterday":
            return [*honest[:3], stale(consortium)]
        case _:
            raise KeyError(name)


CHEATS = {
    "one peer under four names": (1, "struck-same-identity"),
    "a peer of an organisation that the channel does not know": (3, "struck-not-listed"),
    "a peer that another authority of the same name issued": (3, "struck-not-listed"),
    "another ledger": (3, "struck-forked"),
    "an answer of yesterday": (3, "struck-unsigned"),
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_over_grpc_has_its_own_reason(name: str, consortium: Consortium, tmp_path: Path) -> None:
    with serving(proposals.PATH, cheating(name, consortium)) as urls:
        settings = consortium.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    verdict, value, told = answered(data, KEYS, tmp_path / "judged", settings)
    count, reason = CHEATS[name]
    assert (verdict, value) == ("FAIL", count), told
    assert reason in told


def test_an_altered_record_of_a_peer_does_not_count(consortium: Consortium, tmp_path: Path) -> None:
    bent = [each.replace(worded(17).encode(), worded(99).encode()) for each in consortium.blocks]
    assert bent != consortium.blocks
    with serving(proposals.PATH, [consortium.answering(each, bent) for each in consortium.peers]) as urls:
        settings = consortium.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    verdict, value, told = answered(data, RECORDS, tmp_path / "judged", settings)
    assert verdict != "PASS", told
    assert value is not None
    assert value < 40


def test_what_one_peer_marks_as_failed_is_no_record_though_others_mark_it_as_done(
    consortium: Consortium, tmp_path: Path
) -> None:
    done, failed = inside(1, bytes(10)), inside(1, b"\x0b" + bytes(9))  # no orderer signs these marks
    bent = [each.replace(done, failed) for each in consortium.blocks]
    answers = [*map(consortium.answering, consortium.peers[:3]), consortium.answering(consortium.peers[3], bent)]
    with serving(proposals.PATH, answers) as urls:
        settings = consortium.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    verdict, value, told = answered(data, RECORDS, tmp_path / "judged", settings)
    assert verdict == "FAIL", told
    assert value == 36, "five heights are few enough that every one is asked of every peer"


def _stranger(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    return {**settings, "client": identified(Organisation("Org1MSP").member("reader")[1], "Org1MSP", folder)}


REFUSED = {
    "a client that nobody knows": (_stranger, InstrumentError, "access denied"),
    "another channel": (lambda given, _: {**given, "group": "other"}, InstrumentError, "no such thing"),
    "a key of no curve": (lambda given, folder: _key(given, folder, rsa_key()), UsageError, "none on a curve"),
    "a key that is none": (lambda given, folder: _key(given, folder, b"-----BEGIN"), UsageError, "cannot be read"),
}


def _key(settings: dict[str, Any], folder: Path, pem: bytes) -> dict[str, Any]:
    (folder / "client.key").write_bytes(pem)
    return settings


def rsa_key() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, none)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_told_in_one_sentence(name: str, consortium: Consortium, tmp_path: Path) -> None:
    change, kind, words = REFUSED[name]
    with serving(proposals.PATH, [consortium.answering(each) for each in consortium.peers]) as urls:
        settings = change(consortium.settings(urls, tmp_path), tmp_path)
        with pytest.raises(kind, match=words):
            record(PROBE, settings, tmp_path)


def caller(url: str, consortium: Consortium, lines: list[bytes]) -> RemoteCaller:
    both = Peers(CHANNEL, consortium.client[0], consortium.client[1].sign)
    return RemoteCaller(Wire(url, 2.0, None), both, lines.append, Event(), pause_s=0, wait_s=0.01)


def test_a_busy_peer_is_waited_for_and_one_that_refuses_is_not(consortium: Consortium) -> None:
    honest, asked = consortium.answering(consortium.peers[0]), list[int]()

    def busy(request: bytes) -> bytes:
        asked.append(1)
        if len(asked) == 1:
            raise BlockingIOError("too many requests for /protos.Endorser, exceeding concurrency limit")
        return honest(request)

    def closed(request: bytes) -> bytes:
        asked.append(len(request))
        raise PermissionError("not for you")

    with serving(proposals.PATH, [busy, closed]) as urls:
        lines = list[bytes]()
        assert caller(urls[0], consortium, lines).ask("GetChainInfo", [CHANNEL]) == 4
        assert b'"failed":"rate-limited"' in lines[0]
        asked.clear()
        refused = caller(urls[1], consortium, lines)
        assert refused.ask("GetChainInfo", [CHANNEL]) is None
        assert (len(asked), "not for you" in refused.refusal) == (1, True)


def test_a_web_server_and_nobody_are_silent(consortium: Consortium) -> None:
    with web_serving(lambda body: (200, b"<html>")) as url:
        for address in (url.replace("http:", "grpc:"), url.replace("http:", "grpcs:"), "grpc://127.0.0.1:1"):
            lines = list[bytes]()
            with pytest.raises(AnswerError) as found:
                caller(address, consortium, lines).ask("GetChainInfo", [CHANNEL])
            assert found.value.fault in {"silent", "timeout"}, found.value
            assert lines


def test_what_is_not_installed_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(UsageError, match="gRPC") as found:
        Wire("grpc://127.0.0.1:7051", 1.0, None)
    assert found.value.cure == "pip install 'yanshou[grpc]'."


WRONG = {
    "no client": {"client": None},
    "no channel": {"group": ""},
    "over HTTP": {"nodes": [{"name": "a", "url": "http://127.0.0.1:1"}]},
    "a path": {"nodes": [{"name": "a", "url": "grpc://127.0.0.1:1/x"}]},
    "no port": {"nodes": [{"name": "a", "url": "grpc://127.0.0.1"}]},
    "one of them copied": {"nodes": [{"name": "a", "url": "grpc://127.0.0.1:1"}, {"name": "b", "file": "b.block"}]},
    "markers": {"markers": "m.txt"},
    "half a TLS certificate": {"client": {"organisation": "a", "certificate": "a", "key": "k", "tls_key": "t"}},
    "a pasted key": {"client": {"organisation": "a", "certificate": "a", "key": "-----BEGIN PRIVATE KEY-----"}},
    "another chain over gRPC": {"chain": "evm"},
}


@pytest.mark.parametrize("name", WRONG)
def test_settings_that_cannot_be_asked_are_refused(name: str, consortium: Consortium, tmp_path: Path) -> None:
    good = consortium.settings(["grpc://127.0.0.1:1"], tmp_path)
    PROBE.settings.model_validate(good)
    with pytest.raises(ValueError, match=r"."):
        PROBE.settings.model_validate({**good, **WRONG[name]})


def test_the_protocol_buffers_of_fabric_read_our_question_and_we_read_theirs(
    modules: Callable[[str], Path], consortium: Consortium
) -> None:
    creator, own = consortium.client
    told = proposals.proposal((CHANNEL, "qscc"), ["GetBlockByNumber", CHANNEL, "7"], creator, bytes(24), 10**18 + 5)
    whole = proposals.signed(told, own.sign(told))
    found = node(modules("@hyperledger/fabric-protos"), _READS, {"asked": whole.hex()})
    assert found["channel"] == CHANNEL
    assert found["type"] == 3
    assert found["tx"] == hashlib.sha256(bytes(24) + creator).hexdigest()
    assert (found["seconds"], found["nanos"]) == (10**9, 5)
    assert found["chaincodes"] == ["qscc", "qscc"]
    assert found["args"] == ["GetBlockByNumber", CHANNEL, "7"]
    assert (found["msp"], found["pem"]) == ("Org1MSP", own.pem.decode())
    answer = bytes.fromhex(found["answer"])
    assert proposals.told(answer) == (404, "no", b"\1\2")
    assert fabric.height(bytes.fromhex(found["info"])) == 11
    assert fabric.channels(bytes.fromhex(found["channels"])) == ["a", "b"]


_READS = """
const { peer, common, msp } = require("@hyperledger/fabric-protos");
const signed = peer.SignedProposal.deserializeBinary(Buffer.from(given.asked, "hex"));
const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
const signature = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
const who = msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8());
const extension = peer.ChaincodeHeaderExtension.deserializeBinary(channel.getExtension_asU8());
const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec();
const response = new peer.Response(); response.setStatus(404); response.setMessage("no"); response.setPayload(Buffer.from([1, 2]));
const answer = new peer.ProposalResponse(); answer.setVersion(1); answer.setResponse(response);
const info = new common.BlockchainInfo(); info.setHeight(12);
const channels = new peer.ChannelQueryResponse();
for (const name of ["a", "b"]) { const one = new peer.ChannelInfo(); one.setChannelId(name); channels.addChannels(one); }
const hex = (one) => Buffer.from(one.serializeBinary()).toString("hex");
console.log(JSON.stringify({
  channel: channel.getChannelId(), type: channel.getType(), tx: channel.getTxId(),
  seconds: channel.getTimestamp().getSeconds(), nanos: channel.getTimestamp().getNanos(),
  chaincodes: [extension.getChaincodeId().getName(), spec.getChaincodeId().getName()],
  args: spec.getInput().getArgsList_asU8().map((each) => Buffer.from(each).toString()),
  msp: who.getMspid(), pem: Buffer.from(who.getIdBytes_asU8()).toString(),
  answer: hex(answer), info: hex(info), channels: hex(channels),
}));
"""


SM = Question("chain.sm", "share", ">= 100 %", {"require": "hash-and-seal"}, about=About.WINDOW)
FEW = Question("chain.records", "distinct", ">= 20 条", {"by": "content"}, about=About.WINDOW)


@pytest.mark.parametrize("national", [True, False])
def test_chainmaker_is_counted_by_its_roots_votes_and_certificates(tmp_path: Path, *, national: bool) -> None:
    made = Alliance(national=national)
    with serving(requests.PATH, [made.answering(each) for each in range(4)], made.tls) as urls:
        settings = made.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    assert answered(data, KEYS, tmp_path / "keys", settings)[:2] == ("PASS", 4)
    verdict, value, told = answered(data, FEW, tmp_path / "records", settings)
    assert (verdict, value) == ("PASS", 20), told
    assert answered(data, SM, tmp_path / "sm", settings)[0] == ("PASS" if national else "FAIL")
    altered = _bent(data, worded(3).encode())
    assert answered(altered, FEW, tmp_path / "altered", settings)[0] != "PASS"
    for at, verdict in enumerate((True, False), 1):  # one vote of four may fall out, two may not
        data = _bent(data, made.sealers[at].pem)
        assert (answered(data, FEW, tmp_path / f"sealer{at}", settings)[0] == "PASS") is verdict


def test_a_trace_over_grpc_is_read_without_a_campaign(consortium: Consortium, tmp_path: Path) -> None:
    made = Alliance(national=True, records=10)
    asked = {
        "fabric": (proposals.PATH, [consortium.answering(each) for each in consortium.peers], [], consortium),
        "chainmaker": (requests.PATH, [made.answering(each) for each in range(4)], made.tls, made),
    }
    for form, (path, answers, tls, chain) in asked.items():
        with serving(path, answers, tls) as urls:
            (tmp_path / form).write_bytes(record(PROBE, chain.settings(urls, tmp_path), tmp_path).data)
        (found,) = analyse_chain([tmp_path / form])["files"]
        assert (found["format"], found["consistent"], found["links_ok"]) == (form, True, True), found["errors"]
        assert found["first_height_where_nodes_disagree"] is None
        assert found["hash_algorithm"] == ("sm3" if form == "chainmaker" else "sha256")
        assert len({each["node"] for each in found["blocks"]}) == 4
    (tmp_path / "bent").write_bytes(_bent((tmp_path / "chainmaker").read_bytes(), worded(3).encode()))
    (found,) = analyse_chain([tmp_path / "bent"])["files"]
    assert not found["consistent"]


def _bent(data: bytes, inside: bytes) -> bytes:
    """The trace with one byte changed wherever these stand in it."""
    found = inside.hex().encode()
    assert found in data
    return data.replace(found, found[:60] + (b"7a" if found[60:62] != b"7a" else b"79") + found[62:])


@pytest.mark.parametrize(
    ("plan", "verdict"), [({"voting": 2}, "FAIL"), ({"voting": 3}, "PASS"), ({"hashed": True}, "INCONCLUSIVE")]
)
def test_more_than_two_thirds_of_the_sealers_have_to_vote(plan: dict[str, Any], verdict: str, tmp_path: Path) -> None:
    made = Alliance(national=True, **plan)
    with serving(requests.PATH, [made.answering(each) for each in range(4)], made.tls) as urls:
        settings = made.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    assert answered(data, FEW, tmp_path / "records", settings)[0] == verdict


def test_nodes_of_chainmaker_behind_one_certificate_are_one(tmp_path: Path) -> None:
    made = Alliance(national=False, records=15)
    with serving(requests.PATH, [made.answering(0)] * 4, made.tls[:1] * 4) as urls:
        settings = made.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
    verdict, value, told = answered(data, KEYS, tmp_path / "keys", settings)
    assert (verdict, value) == ("FAIL", 1), told
    assert "struck-same-identity" in told


def test_a_node_of_chainmaker_without_tls_proves_nothing(tmp_path: Path) -> None:
    made = Alliance(national=False, records=5)
    with serving(requests.PATH, [made.answering(each) for each in range(4)]) as urls:
        settings = made.settings(urls, tmp_path)
        data = record(PROBE, settings, tmp_path).data
        with pytest.raises(InstrumentError, match="chain not found"):
            record(PROBE, {**settings, "group": "chain9"}, tmp_path)
    verdict, value, told = answered(data, KEYS, tmp_path / "keys", settings)
    assert (verdict, value) == ("FAIL", 0), told
    assert "struck-no-identity" in told


def test_a_recording_over_grpc_goes_on_where_it_was_interrupted(consortium: Consortium, tmp_path: Path) -> None:
    with serving(proposals.PATH, [consortium.answering(each) for each in consortium.peers]) as urls:
        settings = consortium.settings(urls, tmp_path)
        first = record(PROBE, settings, tmp_path, Interrupted(config_folder=tmp_path))
        kept = dict(first.states[-1])
        assert "bodies" not in kept["phases"]
        again = MemorySink(config_folder=tmp_path, state=kept, segments=[bytearray(first.data)])
        data = record(PROBE, settings, tmp_path, again).data
    assert data.startswith(first.data)
    for question, count in ((KEYS, 4), (RECORDS, 40)):
        verdict, value, told = answered(data, question, tmp_path / question.measurand, settings)
        assert (verdict, value) == ("PASS", count), told
