# SPDX-License-Identifier: Apache-2.0
"""Loads and stores at addresses inside numba functions: what keeps the pass over a capture as fast as a hand-written one.

Arrays handed from one compiled function to the next are reference-counted, which costs more than reading a header.
So the compiled pass works on addresses of buffers that its caller owns, and checks every offset against an end itself.
Only :mod:`probes.network.capture` uses this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_Function = TypeVar("_Function", bound=Callable[..., Any])


_SHARED: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_INNER: dict[str, Any] = _SHARED | {"forceinline": True}


def inner(function: _Function) -> _Function:
    """Compile what only compiled code calls: without the wrappers for Python that double the time to compile.

    It is cached inside its callers: after a change, delete their cached code (``__pycache__/*.nb?``).
    """
    compiled: _Function = njit(**_INNER)(function)
    return compiled


def shared(function: _Function) -> _Function:
    """As :func:`inner`, for what is long and called from several places: one copy, or compiling takes twice the time."""
    compiled: _Function = njit(**_SHARED)(function)
    return compiled


def _loader(bits: int, swapped: bool) -> Callable[..., Any]:
    """An intrinsic that loads ``bits`` bits, aligned or not, as int64 (zero-extended); ``swapped``: big-endian."""

    def load(_context: Any, _address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            word = ir.IntType(bits)
            value = builder.load(builder.inttoptr(arguments[0], word.as_pointer()), align=1)
            if swapped:
                value = builder.bswap(value)
            return value if bits == 64 else builder.zext(value, ir.IntType(64))

        return types.int64(types.int64), generate

    return load


def _get(_context: Any, _base: Any, _index: Any) -> Any:
    """The int64 number ``index`` of the row at address ``base``."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_element(builder, arguments))

    return types.int64(types.int64, types.int64), generate


def _put(_context: Any, _base: Any, _index: Any, _value: Any) -> Any:
    """Store ``value`` as the int64 number ``index`` of the row at address ``base``; returns 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _element(builder, arguments))
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(types.int64, types.int64, types.int64), generate


def _mark(_context: Any, _address: Any, _value: Any) -> Any:
    """Store the low 8 bits of ``value`` at ``address``; returns 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        octet = ir.IntType(8)
        builder.store(builder.trunc(arguments[1], octet), builder.inttoptr(arguments[0], octet.as_pointer()))
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(types.int64, types.int64), generate


def _prefetch(_context: Any, _address: Any) -> Any:
    """Ask for the cache line at ``address``, which may be anywhere; returns 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        octets, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [octets, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [octets], kind)
        builder.call(fetch, [builder.inttoptr(arguments[0], octets), number(0), number(3), number(1)])
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(types.int64), generate


def _element(builder: Any, arguments: Any) -> Any:
    word = ir.IntType(64)
    return builder.gep(builder.inttoptr(arguments[0], word.as_pointer()), [arguments[1]])


_compiled: Callable[[Callable[..., Any]], Callable[..., int]] = intrinsic
byte = _compiled(_loader(8, swapped=False))
u16 = _compiled(_loader(16, swapped=True))
u32 = _compiled(_loader(32, swapped=True))
u64 = _compiled(_loader(64, swapped=True))
little16 = _compiled(_loader(16, swapped=False))
little32 = _compiled(_loader(32, swapped=False))
get = _compiled(_get)
put = _compiled(_put)
mark = _compiled(_mark)
prefetch = _compiled(_prefetch)


@inner
def number_at(at: int, length: int) -> int:
    """A big-endian number of 1 to 8 bytes."""
    value = 0
    for offset in range(length):
        value = value << 8 | byte(at + offset)
    return value


@inner
def digest(at: int, end: int, protocol: int) -> int:
    """64 bits that stand for a payload."""
    mixed = (end - at) * 256 + protocol
    while at + 8 <= end:
        mixed = (mixed ^ u64(at)) * -7046029254386353131
        mixed, at = mixed ^ mixed >> 32 & 0xFFFF_FFFF, at + 8
    return (mixed ^ number_at(at, end - at)) * 6364136223846793005


@inner
def word(at: int, swapped: int) -> int:
    """32 bits in the byte order of the section; ``swapped``: big-endian."""
    return u32(at) if swapped else little32(at)
