# SPDX-License-Identifier: Apache-2.0
"""Pictures out of a video stream (RTSP, HLS, FLV, whatever FFmpeg opens), and codes that stand in them. PyAV and zxing-cpp: the extra ``camera``."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np

from harness.errors import InstrumentError, UsageError

_TIMEOUT_S = 10.0
_MOST_PIXELS = 8192 * 8192
"""Of a picture that is looked at: no camera's is larger."""
_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://", "rtmp://", "rtmps://", "srt://", "udp://", "rtp://")


class Picture(NamedTuple):
    """One picture: mean and deviation of its luminance, digest of its luminance, texts of codes in it, and itself as PNG-ready rows."""

    mean: float
    deviation: float
    digest: str
    codes: tuple[str, ...]
    luminance: Any


def libraries() -> tuple[Any, Any]:
    """PyAV and zxing-cpp; UsageError when the extra is not installed."""
    try:
        import av
        import zxingcpp
    except ImportError:
        msg = "Pictures of cameras need PyAV and zxing-cpp."
        raise UsageError(msg, cure="pip install 'yanshou[camera]'.") from None
    av.logging.set_level(None)
    return av, zxingcpp


def pictures(address: str, user: str = "", password: str = "") -> Iterator[Picture]:
    """The pictures of a stream as they come; InstrumentError with the cure where it cannot be watched."""
    if not address.startswith(_SCHEMES):
        msg = f"{plain(address)} is no address of a stream."
        raise InstrumentError(msg, cure="write rtsp://…, or http(s)://… of an HLS or FLV stream.")
    av, zxing = libraries()
    try:
        with _opened(av, address, user, password) as container:
            streams = container.streams.video
            if not streams:
                msg = f"{plain(address)} has no picture."
                raise InstrumentError(msg, cure="name the address of a video stream.")
            if streams[0].width * streams[0].height > _MOST_PIXELS:
                msg = f"{plain(address)} gives pictures of {streams[0].width} x {streams[0].height} points, which no camera does."
                raise InstrumentError(msg, cure="name the address of the camera's own stream.")
            for frame in container.decode(streams[0]):
                yield _picture(frame, zxing)
    except av.FFmpegError as error:
        raise _refusal(av, address, error) from None


def plain(address: str) -> str:
    """An address without user and password."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _opened(av: Any, address: str, user: str, password: str) -> Any:
    options = {
        "analyzeduration": "1000000",
        "fflags": "nobuffer",
        "rtsp_transport": "tcp",
        "rw_timeout": str(int(_TIMEOUT_S * 1e6)),
        "stimeout": str(int(_TIMEOUT_S * 1e6)),
    }
    if user:
        from urllib.parse import quote

        scheme, _, rest = address.partition("://")
        address = f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"
    return av.open(address, options=options, timeout=(_TIMEOUT_S, _TIMEOUT_S))


def _refusal(av: Any, address: str, error: Any) -> InstrumentError:
    name = plain(address)
    if isinstance(error, getattr(av.error, "HTTPUnauthorizedError", ())) or "401" in str(error):
        return InstrumentError(
            f"{name} answers 401: it wants a user and a password.", cure="write user: and password: env:NAME."
        )
    if isinstance(error, getattr(av.error, "HTTPForbiddenError", ())):
        return InstrumentError(
            f"{name} answers 403: this user may not see it.", cure="ask for the right to view this camera."
        )
    if isinstance(error, getattr(av.error, "HTTPNotFoundError", ())):
        return InstrumentError(
            f"{name} answers 404: there is no such picture.", cure="check the address of the picture."
        )
    if isinstance(error, av.error.ExitError):
        return InstrumentError(
            f"{name} gives no picture within {_TIMEOUT_S:g} s.", cure="check its address, and that it plays elsewhere."
        )
    return InstrumentError(
        f"{name} cannot be watched: {getattr(error, 'strerror', None) or 'no picture'}.",
        cure="check its address, and that it plays elsewhere.",
    )


def _picture(frame: Any, zxing: Any) -> Picture:
    grey = frame.to_ndarray(format="gray")
    codes = tuple(sorted({each.text for each in zxing.read_barcodes(grey, zxing.BarcodeFormat.QRCode)}))
    digest = sha256(np.ascontiguousarray(grey).tobytes()).hexdigest()[:32]
    return Picture(round(float(grey.mean()), 3), round(float(grey.std()), 3), digest, codes, grey)
