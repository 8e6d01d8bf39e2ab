# SPDX-License-Identifier: Apache-2.0
"""A small RTSP server (RFC 2326) for tests: MPEG-2 video over RTP (RFC 2250), interleaved; the packets are made by FFmpeg. Basic authentication by choice."""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import av

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 32\r\na=control:track0\r\n"


@contextmanager
def camera(picture: Callable[[int], Any], login: str = "") -> Iterator[int]:
    """Serves ``picture(number)`` (grey rows), as fast as it can; yields the port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, picture, login, over), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _accept(listener: socket.socket, picture: Callable[[int], Any], login: str, over: threading.Event) -> None:
    while not over.is_set():
        try:
            link, _ = listener.accept()
        except OSError:
            return
        with link, suppress(OSError):
            _talk(link, picture, login, over)


def _talk(link: socket.socket, picture: Callable[[int], Any], login: str, over: threading.Event) -> None:
    wanted = "Basic " + base64.b64encode(login.encode()).decode() if login else ""
    rest = b""
    while not over.is_set():
        while b"\r\n\r\n" not in rest:
            data = link.recv(4096)
            if not data:
                return
            rest += data
        head, _, rest = rest.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, asked = lines[0].split()[0], dict(each.split(": ", 1) for each in lines[1:])
        said = ["RTSP/1.0 200 OK", f"CSeq: {asked.get('CSeq', '0')}", "Session: 1"]
        body = ""
        if wanted and asked.get("Authorization") != wanted and method != "OPTIONS":
            said[0] = "RTSP/1.0 401 Unauthorized"
            said.append('WWW-Authenticate: Basic realm="cameras"')
        elif method == "OPTIONS":
            said.append("Public: DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif method == "DESCRIBE":
            body = SDP
            said += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        elif method == "SETUP":
            said.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        link.sendall(("\r\n".join(said) + "\r\n\r\n" + body).encode())
        if method == "PLAY" and "200" in said[0]:
            _play(link, picture, over)
            return


def _play(link: socket.socket, picture: Callable[[int], Any], over: threading.Event) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inlet:
        inlet.bind(("127.0.0.1", 0))
        inlet.settimeout(0.01)
        with av.open(f"rtp://127.0.0.1:{inlet.getsockname()[1]}", "w", format="rtp") as out:
            stream = out.add_stream("mpeg2video", rate=25)
            stream.bit_rate, stream.gop_size = 4_000_000, 10
            stream.pix_fmt, (stream.height, stream.width) = "yuv420p", picture(0).shape
            for number in range(1 << 16):
                if over.wait(0.02):
                    return
                frame = av.VideoFrame.from_ndarray(picture(number), format="gray").reformat(format="yuv420p")
                frame.pts = number
                for packet in stream.encode(frame):
                    out.mux(packet)
                with suppress(TimeoutError):
                    while True:
                        data = inlet.recv(2048)
                        link.sendall(b"$\0" + len(data).to_bytes(2, "big") + data)
