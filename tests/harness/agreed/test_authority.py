# SPDX-License-Identifier: Apache-2.0
"""A time-stamping authority is asked at start and seal; one that is down stops nothing, one that lies is refused. OpenSSL is the authority."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.agreed.authority import request
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.evidence.verify import verify
from harness.replay import replay
from tests.harness.evidence.test_timestamp import Authority
from tests.waiting import joined

Say = Callable[..., tuple[int, str, str]]
Edit = Callable[[Path, str, str], None]


class Desk:
    """An HTTP server on loopback before OpenSSL; ``lie``: what it does to the query before it is answered."""

    def __init__(self, authority: Authority) -> None:
        self.authority, self.lie = authority, lambda query: query
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = desk.answer(desk.lie(query))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsa"

    def answer(self, query: bytes) -> bytes:
        folder = self.authority.folder
        (folder / "asked.tsq").write_bytes(query)
        self.authority.run("ts", "-reply", "-config", str(self.authority.config), "-queryfile", "asked.tsq", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "given.tsr")  # fmt: skip
        return (folder / "given.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(peer, tmp_path_factory) -> Authority:
    return Authority(peer("openssl"), tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(authority: Authority) -> Iterator[Desk]:
    made = Desk(authority)
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    joined(thread)
    made.server.server_close()


@pytest.fixture
def stamped(case: Path, desk: Desk, edit: Edit) -> Path:
    edit(case, "attempts: 2", f"attempts: 2\ntime_stamps: {desk.url}")
    return case


def test_start_and_seal_are_stamped_and_openssl_agrees(stamped: Path, says: Say, desk: Desk, tmp_path: Path) -> None:
    says("run", stamped, "--out", tmp_path)
    root = tmp_path / "case.bundle"
    found = verify(root)
    assert found.defects == ()
    assert [each.path for each in found.stamps] == ["data/stamps/0001.tsr", "attestation.tsr"]
    assert desk.authority.verifies(
        (root / "attestation.tsr").read_bytes(), (root / "attestation.dsse.json").read_bytes()
    )
    start = next(each for each in read_journal(Bundle.open(root).journal_path) if each.kind == "attempt_started")
    assert desk.authority.verifies((root / "data/stamps/0001.tsr").read_bytes(), start.hash.encode())
    assert replay(root).identical
    assert "时间取自测试机自己的时钟" not in says("verify", root, "--any-signer", "--lang", "zh")[1]


def test_an_authority_that_is_down_stops_nothing_and_the_stamp_may_come_later(
    case: Path, says: Say, edit: Edit, desk: Desk, tmp_path: Path
) -> None:
    edit(case, "attempts: 2", "attempts: 2\ntime_stamps: http://127.0.0.1:9/tsa")
    says("run", case, "--out", tmp_path)
    root = tmp_path / "case.bundle"
    told = says("verify", root, "--any-signer", "--lang", "zh")[1]
    assert "没有取得时间戳" in told
    assert "时间取自测试机自己的时钟" in told
    assert says("stamp", root, "--tsa", desk.url)[0] == 0
    found = verify(root)
    assert (found.defects, [each.path for each in found.stamps]) == ((), ["attestation.tsr"])
    assert says("stamp", root, "--tsa", "http://127.0.0.1:9/tsa")[0] == 5


def flipped(query: bytes) -> bytes:
    """The same question about other bytes."""
    at = query.index(b"\x04\x20") + 2
    return query[:at] + bytes([query[at] ^ 1]) + query[at + 1 :]


def other_number(query: bytes) -> bytes:
    return query[:-4] + bytes([query[-4] ^ 1]) + query[-3:]


@pytest.mark.parametrize("lie", [flipped, other_number])
def test_an_authority_that_answers_another_question_is_refused(
    stamped: Path, says: Say, desk: Desk, tmp_path: Path, lie
) -> None:
    desk.lie = lie
    says("run", stamped, "--out", tmp_path)
    root = tmp_path / "case.bundle"
    assert verify(root).stamps == ()
    assert [
        each.body["moment"] for each in read_journal(Bundle.open(root).journal_path) if each.kind == "not_stamped"
    ] == ["start"]


def test_a_token_put_in_the_place_of_another_is_a_defect(stamped: Path, says: Say, desk: Desk, tmp_path: Path) -> None:
    says("run", stamped, "--out", tmp_path)
    root = tmp_path / "case.bundle"
    (root / "data/stamps/0001.tsr").write_bytes(desk.answer(request(b"something else", 2**62 + 1)))
    assert "evidence.time-stamp" in {each.code for each in verify(root).defects}


def test_a_token_from_before_the_start_is_a_defect(stamped: Path, says: Say, tmp_path: Path, monkeypatch) -> None:
    import harness.evidence.journal as journal

    clock = journal.system_clock
    later = lambda: (clock()[0] + 3600 * 10**9, clock()[1])  # noqa: E731 - the testing machine's clock is an hour fast
    monkeypatch.setattr(journal.Journal.open.__func__, "__kwdefaults__", {"clock": later})
    says("run", stamped, "--out", tmp_path)
    assert "evidence.stamp-time" in {each.code for each in verify(tmp_path / "case.bundle").defects}
