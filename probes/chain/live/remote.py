# SPDX-License-Identifier: Apache-2.0
"""Nodes that answer over gRPC (the extra ``grpc``): bytes go out and come back as they are, and both stand in the trace.

Whose a node is is judged by what it signs, never trusted: of TLS the certificate that it shows is the one that is taken.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from threading import Event
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from harness.errors import DecodeError, UsageError
from probes.chain.formats import layout
from probes.chain.formats.certificate import parse
from probes.chain.live.caller import Call, Patience
from probes.chain.live.endpoint import MOST_BYTES, AnswerError

_FAULTS = {"UNAVAILABLE": "silent", "DEADLINE_EXCEEDED": "timeout", "CANCELLED": "cut-off", "ABORTED": "cut-off"}
_BUSY = "RESOURCE_EXHAUSTED"


class Speaker(Protocol):
    """How one kind of chain is spoken to in bytes."""

    def question(self, method: str, params: Sequence[Any]) -> tuple[str, bytes]:
        """(path of the service, message) of a call."""

    def answer(self, method: str, params: Sequence[Any], data: bytes) -> tuple[Any, str]:
        """(result, or None where it is refused; the node's words) of an answer; DecodeError for what is none."""


class Pair(NamedTuple):
    """A client's certificate and key for TLS, in PEM."""

    certificate: bytes
    key: bytes


class Wire:
    """One node's address: ``grpc://host:port``, or ``grpcs://`` with TLS."""

    sock: socket.socket | None = None

    def __init__(self, url: str, timeout_s: float, client: Pair | None) -> None:
        """Nothing is opened yet. UsageError where the library is not installed."""
        needed()
        parts = urlsplit(url)
        self._host, self._port, self._tls = parts.hostname or "", parts.port or 443, parts.scheme == "grpcs"
        self._timeout_s, self._client = timeout_s, client
        self._channel: Any = None
        self.certificate = b""
        """What the node shows in TLS (DER), once it was asked."""

    def post(self, path: str, body: bytes) -> bytes:
        """The answer's bytes; AnswerError where there is none, ``refused`` among its faults."""
        import grpc

        call = self._opened().unary_unary(path, request_serializer=None, response_deserializer=None)
        try:
            return bytes(call(body, timeout=self._timeout_s))
        except grpc.RpcError as error:
            code, words = error.code().name, str(error.details() or "")
            raise AnswerError(self._problem(_told(code, words)), _fault(code, words)) from None

    def _opened(self) -> Any:
        import grpc

        if self._channel is None:
            options = [("grpc.max_receive_message_length", MOST_BYTES), ("grpc.max_send_message_length", 1 << 20)]
            host = f"[{self._host}]" if ":" in self._host else self._host
            target = f"{host}:{self._port}"
            if self._tls:
                self.certificate, name = self._shown()
                pem = ssl.DER_cert_to_PEM_cert(self.certificate).encode()
                own = (None, None) if self._client is None else (self._client.key, self._client.certificate)
                credentials = grpc.ssl_channel_credentials(pem, *own)
                self._channel = grpc.secure_channel(
                    target, credentials, [*options, ("grpc.ssl_target_name_override", name)]
                )
            else:
                self._channel = grpc.insecure_channel(target, options)
        return self._channel

    def _shown(self) -> tuple[bytes, str]:
        """The certificate that the node shows, and a name that stands in it."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        if self._client is not None:
            _show(context, self._client)
        try:
            with (
                socket.create_connection((self._host, self._port), self._timeout_s) as plain,
                context.wrap_socket(plain, server_hostname=self._host) as sock,
            ):
                shown = sock.getpeercert(binary_form=True) or b""
        except OSError as error:
            fault = "timeout" if isinstance(error, TimeoutError) else "silent"
            raise AnswerError(self._problem(f"does not answer TLS: {error}."), fault) from None
        return shown, _name_in(shown) or self._host

    def tls_key(self) -> str:
        """SHA-256 of the key of its TLS certificate; empty without TLS."""
        if not self.certificate:
            return ""
        try:
            return sha256(parse(self.certificate).key or self.certificate).hexdigest()
        except DecodeError:
            return sha256(self.certificate).hexdigest()

    def _problem(self, what: str) -> str:
        return f"{self._host}:{self._port} {what}"

    def close(self) -> None:
        """Take leave."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None


class RemoteCaller:
    """As :class:`probes.chain.live.caller.Caller`, one call after the other: gRPC has no batches."""

    batch = 20

    def __init__(
        self,
        wire: Wire,
        speaker: Speaker,
        write: Callable[[bytes], None],
        stopping: Event,
        *,
        pause_s: float,
        wait_s: float = 0.5,
    ) -> None:
        """Nothing is asked yet. ``wait_s``: before the first repetition, twice as long before each further one."""
        self._wire, self._speaker, self._stopping = wire, speaker, stopping
        self._patience = Patience(write, stopping, pause_s=pause_s, wait_s=wait_s)
        self.refusal = ""
        """What the last call that the node refused was answered with."""

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one call; None where the node refuses it. AnswerError where it does not answer."""

        def once(asked_ns: int, _last: bool) -> tuple[bytes, bytes]:
            path, body = self._speaker.question(method, params)
            start = time.monotonic_ns()
            data = self._wire.post(path, body)
            ms = round((time.monotonic_ns() - start) / 1e6, 3)
            return layout.octets(method, [*params], data, asked_ns, (ms, body)), data

        try:
            data = self._patience.ask({"method": method, "params": [*params]}, once)
        except AnswerError as error:
            if error.fault != "refused":
                raise
            self.refusal = error.problem[:200]
            return None
        return self._result(method, params, data)

    def each(self, calls: Sequence[Call]) -> list[Any]:
        """The results of several calls in their order, None for what is refused."""
        found: list[Any] = []
        for method, params in calls:
            if self._stopping.is_set():
                break
            found.append(self.ask(method, params))
        return found

    def _result(self, method: str, params: Sequence[Any], data: bytes) -> Any:
        try:
            result, words = self._speaker.answer(method, params, data)
        except (DecodeError, IndexError, ValueError):  # kept as it came; the digest says what is wrong
            return None
        if result is None:
            self.refusal = words[:200]
        return result


def _show(context: ssl.SSLContext, client: Pair) -> None:
    """Let the context show the client's certificate; the key goes by memory, because the library reads files alone."""
    place = os.memfd_create("client")
    try:
        os.write(place, client.certificate + b"\n" + client.key)
        context.load_cert_chain(f"/proc/self/fd/{place}")
    except (OSError, ssl.SSLError) as error:
        msg = f"The client's TLS certificate and key do not fit: {error}."
        raise UsageError(msg, cure="write both in PEM, the key without password.") from None
    finally:
        os.close(place)


def needed() -> None:
    """UsageError where the library is not installed."""
    try:
        import grpc  # noqa: F401 - only asked for
    except ImportError:
        raise UsageError("Fabric and ChainMaker are asked over gRPC.", cure="pip install 'yanshou[grpc]'.") from None


def _fault(code: str, words: str) -> str:
    if code == _BUSY:
        return "too-large" if "larger than max" in words.lower() else "rate-limited"
    return _FAULTS.get(code, "refused")


def _told(code: str, words: str) -> str:
    said = " ".join(words.split())[:160].rstrip(".")
    return f"{'refuses' if _fault(code, words) == 'refused' else 'does not answer'} ({code}): {said}."


def _name_in(certificate: bytes) -> str:
    """A name that the certificate is for: DNS before address before common name."""
    from cryptography import x509

    try:
        found = x509.load_der_x509_certificate(certificate)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns = names.get_values_for_type(x509.DNSName)
        return str([*dns, *names.get_values_for_type(x509.IPAddress), ""][0])
    except x509.ExtensionNotFound:
        common = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(common[0].value) if common else ""
    except ValueError:
        return ""
