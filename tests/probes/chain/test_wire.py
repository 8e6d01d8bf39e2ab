# SPDX-License-Identifier: Apache-2.0
"""Hashes, curves and encodings against standards' examples and against other implementations."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from Cryptodome.Hash import keccak as other_keccak
from gmssl.sm2 import CryptSM2
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.chain.digests.counters import masked, told
from probes.chain.formats.contents import ITEM, content, said
from probes.chain.wire import der, flat, merkle, mpt, rlp, secp256k1, signed, sm2, sm3
from probes.chain.wire.curves import SECP256K1, SM2, Curve, Point
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.limbs import limbs, number
from probes.chain.wire.points import FEW

RNG = random.Random(3)


@given(st.binary(max_size=700))
def test_keccak_is_that_of_another_implementation(data: bytes) -> None:
    assert keccak256(data) == other_keccak.new(digest_bits=256, data=data).digest()


@pytest.mark.parametrize("hashed", [sm3.own, sm3.sm3])
def test_sm3_gives_the_vectors_of_tongsuo(hashed: Callable[[bytes], bytes], shared_data: Callable[..., Path]) -> None:
    text = shared_data("blockchain", "sm", "evpmd_sm3.txt").read_text()
    found = re.findall(r"Digest = SM3\nInput = (\S*)\nOutput = (\w+)", text)
    assert len(found) > 5
    for given_, wanted in found:
        data = given_.strip('"').encode() if given_.startswith('"') else bytes.fromhex(given_)
        assert hashed(data).hex() == wanted.lower()


@given(st.binary(max_size=300))
def test_our_own_sm3_is_openssls(data: bytes) -> None:
    assert sm3.own(data) == hashlib.new("sm3", data).digest()


def test_sm2_signatures_are_those_of_another_implementation() -> None:
    secret = RNG.randrange(1, SM2.n)
    key = sm2.public(secret)
    other = CryptSM2(private_key=f"{secret:064x}", public_key=key.hex())
    rows = [(sm2.digest(RNG.randbytes(40), key), RNG.randrange(1, SM2.n)) for _ in range(8)]
    for (digest, _), signature in zip(rows, sm2.signatures(secret, rows), strict=True):
        assert other.verify(signature.hex(), digest)
    theirs = [bytes.fromhex(other.sign(digest, f"{nonce:064x}")) for digest, nonce in rows]
    assert all(sm2.valid([sm2.Signed(digest, each, key) for (digest, _), each in zip(rows, theirs, strict=True)]))
    message = RNG.randbytes(33)
    whole = bytes.fromhex(other.sign_with_sm3(message, f"{RNG.randrange(1, SM2.n):064x}"))
    assert sm2.valid([sm2.Signed(sm2.digest(message, key), whole, key)]) == [True]


def test_a_signature_is_of_its_message_and_its_key_alone() -> None:
    secret = RNG.randrange(1, SM2.n)
    key, digest = sm2.public(secret), RNG.randbytes(32)
    signature = sm2.signatures(secret, [(digest, 77)])[0]
    other = sm2.public(secret + 1)
    n = SM2.n.to_bytes(32, "big")
    wrong = [
        sm2.Signed(digest[::-1], signature, key),
        sm2.Signed(digest, signature, other),
        sm2.Signed(digest, signature[:63], key),
        sm2.Signed(digest, bytes(64), key),
        sm2.Signed(digest, n + signature[32:], key),
        sm2.Signed(digest, signature, bytes(64)),
        sm2.Signed(digest, signature[32:] + signature[:32], key),
    ]
    assert sm2.valid(wrong) == [False] * len(wrong)
    assert sm2.valid([sm2.Signed(digest, signature, key)]) == [True]


@pytest.mark.parametrize("curve", [SM2, SECP256K1], ids=["SM2", "secp256k1"])
def test_small_multiples_add_up_where_points_meet(curve: object) -> None:
    assert isinstance(curve, type(SM2))
    points = curve.multiples(range(1, 40))
    assert all(map(curve.holds, points))
    base, rows = points[0], []
    for u, v in ((1, 1), (5, 7), (3, curve.n - 3), (curve.n - 1, 1), (2, curve.n - 1)):
        total = (u + v) % curve.n
        found = curve.combination(u, v, base)
        assert found == (None if total == 0 else curve.multiples([total])[0])
        x = 12345 if total == 0 else curve.multiples([total])[0][0]
        assert _agree(curve, [u], [v], [x % curve.n], [base]) == [total != 0]
        rows.append((u, v, x % curve.n, base, total != 0))
    for key in (7, 11):  # u·G + v·(key·G), as many together as share an inversion
        for off in (0, 0, 1) * 13:
            u, v = RNG.randrange(curve.n), RNG.randrange(curve.n)
            x = curve.multiples([(u + key * v) % curve.n])[0][0]
            rows.append((u, v, (x + off) % curve.n, points[key - 1], not off))
    for _ in range(8):  # the more a key is met, the larger its table
        RNG.shuffle(rows)
        us, vs, xs, keys, good = (list(each) for each in zip(*rows, strict=True))
        assert len(rows) >= FEW
        assert _agree(curve, us, vs, xs, keys) == good


def _agree(curve: Curve, us: list[int], vs: list[int], xs: list[int], keys: list[Point]) -> list[bool]:
    distinct = [*dict.fromkeys(keys)]
    whose = np.array([distinct.index(each) for each in keys])
    return [
        bool(each) for each in curve.agree((limbs(us), limbs(vs), limbs(xs)), np.full(len(us), -1), distinct, whose)
    ]


@pytest.mark.parametrize("rows", [3, 2 * FEW])
def test_a_signer_who_is_known_already_is_told_from_another_v_as_one_who_is_not(rows: int) -> None:
    """The same answer whatever was checked before in this process: of each v only its own key is the signer's."""
    secret = RNG.randrange(1, SECP256K1.n)
    mine = secp256k1.address(secp256k1.public(secret))
    seals = secp256k1.sealed(secret, [(RNG.randbytes(32), RNG.randrange(1, SECP256K1.n)) for _ in range(rows)])
    flipped = [each._replace(recovery=each.recovery ^ 1) for each in seals]
    beyond = [each._replace(recovery=each.recovery + way) for each in seals for way in (2, 4)]
    fresh = secp256k1.signers(flipped, [b""] * rows)
    assert mine not in fresh
    assert None not in fresh
    for _ in range(2):
        assert secp256k1.signers(flipped, [mine] * rows) == fresh
        assert mine not in secp256k1.signers(beyond, [mine] * len(beyond))
        assert secp256k1.signers(seals, [mine] * rows) == [mine] * rows


WORDS = st.integers(0, (1 << 256) - 1)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=8), st.data())
def test_what_a_signature_claims_is_counted_modulo_the_order(
    rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """u, v and x of the compiled code beside whole numbers; also a digest, r or s above the order, zero, and r = -s."""
    curve = data.draw(st.sampled_from([SM2, SECP256K1]))
    n = curve.n
    rows = [*rows, (n + 1, 5, n - 5), (1, 0, 1), (1, 1, 0), (1, n, 1), (1, 1, n), (n - 1, n - 1, n - 1)]
    told, texts = limbs(e for e, _, _ in rows), limbs(each for _, r, s in rows for each in (r, s))
    meant = signed.sm2 if curve is SM2 else signed.ecdsa
    u, v, x, fit = meant(told, texts, *curve.order)
    for at, (e, r, s) in enumerate(rows):
        possible = 0 < r < n and 0 < s < n and (curve is SECP256K1 or (r + s) % n != 0)
        assert fit[at] == possible
        if possible:
            wanted = (
                (s, (r + s) % n, (r - e) % n) if curve is SM2 else (e * pow(s, -1, n) % n, r * pow(s, -1, n) % n, r)
            )
            assert (number(u[at]), number(v[at]), number(x[at])) == wanted


def test_a_key_is_recovered_from_its_signature() -> None:
    secret = RNG.randrange(1, SECP256K1.n)
    key = secp256k1.public(secret)
    rows = [(RNG.randbytes(32), RNG.randrange(1, SECP256K1.n)) for _ in range(6)]
    seals = secp256k1.sealed(secret, rows)
    assert {secp256k1.recover(each) for each in seals} == {key}
    mine = secp256k1.address(key)
    claimed = [mine] * 5 + [bytes(20)]
    assert secp256k1.signers(seals, claimed) == [mine] * 6
    assert secp256k1.recover(seals[0]._replace(recovery=9)) is None
    spoilt = seals[1]._replace(digest=bytes(32))
    assert secp256k1.signers([seals[0], spoilt], [mine, mine])[1] != mine


def test_the_address_of_a_known_key_is_ethereums() -> None:
    assert secp256k1.address(secp256k1.public(1)).hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"


ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20)


@given(ITEMS)
def test_rlp_is_read_back(item: rlp.Item) -> None:
    assert rlp.decode(rlp.encode(item)) == item


@pytest.mark.parametrize("data", ["8100", "b800", "c1", "83ffff", "f800", "00ff", "b90001" + "00", "bf" + "ff" * 8])
def test_rlp_that_is_not_in_its_shortest_form_is_refused(data: str) -> None:
    with pytest.raises(DecodeError):
        rlp.decode(bytes.fromhex(data))


def test_a_trie_without_entries_has_ethereums_root() -> None:
    assert mpt.root([]).hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 33])
def test_a_merkle_proof_leads_to_its_root(count: int) -> None:
    hashes = [RNG.randbytes(32) for _ in range(count)]
    root = merkle.root3(hashes, sm3.sm3)
    for at in range(count):
        proof = merkle.proof3(hashes, at, sm3.sm3)
        assert merkle.proven3(proof, hashes[at], sm3.sm3) == root
        assert not proof or merkle.proven3(proof, RNG.randbytes(32), sm3.sm3) is None


@pytest.mark.parametrize("data", ["30", "3080", "308100", "1f8101", "0282000100", "3003020101ff"])
def test_der_that_is_none_is_refused(data: str) -> None:
    with pytest.raises(DecodeError):
        der.only(bytes.fromhex(data))


def test_the_root_of_no_entries_is_the_hash_it_stands_for() -> None:
    assert keccak256(rlp.encode(b"")) == mpt.EMPTY


SALTS = ["nonce", "NONCE", "no nce", "noncer", "timestamp", "随机数"]
KEYS = st.one_of(st.text(st.sampled_from('aAbB zZ"\\é\t_'), max_size=4), st.sampled_from(SALTS))
TEXTS = [
    "2024-03-05",
    "2024/3",
    "2024 -",
    "1700000000",
    "170000000",
    "1300000000",
    "17000000001",
    "1700000000123",
    "20240305101112",
    "20240305101112123",
    "12024-03-05",
    "12345678",
    "123456789",
    "null",
    "nul l",
    "x{y",
    "<!--",
    "0.5",
    "aaaaaaaaaaaaaaaaaaa",
]
VALUES = st.one_of(
    KEYS,
    st.sampled_from(TEXTS),
    st.integers(),
    st.integers(0, 10**9),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False),
    st.lists(st.integers(), max_size=2),
)
SEPARATORS = st.sampled_from([None, (",", ":"), (" , ", " :\n")])
ODD = [
    b"",
    b"{}",
    b"{",
    b"}",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b'{,"a":1}',
    b'{"a":1 2}',
    b'{"a":nullx}',
    b'{"a":1}}',
    b'{"}',
]
ODD += [
    b'{"a":"b}',
    b'{"a":-0}',
    b'{"a":007}',
    b'{"a":1,"a":2}',
    b' {"a":1} ',
    b'{"a":1}\n',
    b'{"a":"\x7f"}',
    b'{"a":1e3}',
]


@given(
    st.lists(
        st.tuples(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans(), SEPARATORS, st.integers(0, 60)), max_size=5
    )
)
@settings(max_examples=300)
def test_what_many_records_say_is_what_each_says_alone(
    rows: list[tuple[dict[str, object], bool, tuple[str, str] | None, int]],
) -> None:
    """The compiled reader of flat JSON beside the one of the library: whole, cut off, with a quote too few, and odd ones."""
    whole = [json.dumps(each, ensure_ascii=plain, separators=marks).encode() for each, plain, marks, _ in rows]
    cut = [text[:at] for text, (*_, at) in zip(whole, rows, strict=True)]
    texts = [*whole, *cut, *(each.replace(b'"', b"", 1) for each in whole), *ODD]
    for form in ("", "evm", ITEM, "fabric"):
        alone = [said(each, form) for each in texts]
        assert [*told(texts, form)] == [(content(each), *masked(each)) for each in alone]


def test_flat_json_is_read_by_the_compiled_reader() -> None:
    """Else the test before would compare the library with itself."""
    texts = [b'{"b": 12, "A": "x Y", "c": null, "d": true}', b'{"b":-3,"a":0}', b'{"a":"\\u0041"}']
    found = [each and each[0] for each in flat.written(texts)]
    assert found == [b'{"a":"xy","b":12,"c":null,"d":true}', b'{"a":0,"b":-3}', None]


def _trie(pairs: list[tuple[list[int], bytes]], depth: int) -> rlp.Item:
    """The node that the Yellow Paper defines over keys of nibbles (appendix D, c(J, i)), word by word."""
    if len(pairs) == 1:
        return [_prefixed(pairs[0][0][depth:], 2), pairs[0][1]]
    shared = max(at for at in range(depth, 9) if len({tuple(key[:at]) for key, _ in pairs}) == 1)
    if shared != depth:
        return [_prefixed(pairs[0][0][depth:shared], 0), _capped(pairs, shared)]
    by_nibble = [[pair for pair in pairs if pair[0][depth : depth + 1] == [each]] for each in range(16)]
    return [*(_capped(each, depth + 1) if each else b"" for each in by_nibble), b""]


def _prefixed(nibbles: list[int], flag: int) -> bytes:
    whole = [flag + 1, *nibbles] if len(nibbles) % 2 else [flag, 0, *nibbles]
    return bytes(high * 16 + low for high, low in zip(whole[::2], whole[1::2], strict=True))


def _capped(pairs: list[tuple[list[int], bytes]], depth: int) -> rlp.Item:
    node = _trie(pairs, depth)
    return node if len(rlp.encode(node)) < 32 else keccak256(rlp.encode(node))


@given(st.integers(1, 140), st.integers(1, 60), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_root_of_a_list_is_the_yellow_papers(count: int, longest: int, random_: random.Random) -> None:
    """Also where values are so short that leaves stand in the trie themselves, and where one key leads into two bytes."""
    values = [random_.randbytes(random_.randint(1, longest)) for _ in range(count)]
    pairs = [
        ([half for byte in rlp.encode(rlp.natural(at)) for half in divmod(byte, 16)], each)
        for at, each in enumerate(values)
    ]
    assert mpt.root(values) == keccak256(rlp.encode(_trie(pairs, 0)))
