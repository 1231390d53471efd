"""Sealing: secret, bound to its place, and vectors that only the key can turn back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.errors import SealBroken
from memory.sealing import KEY_BYTES, OVERHEAD, Seal

SEAL = Seal(bytes(range(KEY_BYTES)))
OTHER = Seal(bytes(KEY_BYTES))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_is_sealed_comes_back_and_cannot_be_seen(data: bytes, place: str) -> None:
    place = place.encode("utf-8", "replace").decode()
    sealed = SEAL.seal(data, place)
    assert SEAL.unseal(sealed, place) == data
    assert len(sealed) == len(data) + OVERHEAD
    assert len(data) < 4 or data not in sealed


@given(st.binary(max_size=60), st.data())
def test_a_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(SEAL.seal(data, "here"))
    where = draw.draw(st.integers(0, len(sealed) - 1))
    sealed[where] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(SealBroken, match="'here' is damaged"):
        SEAL.unseal(bytes(sealed), "here")


@given(st.binary(max_size=60))
def test_noise_is_refused_not_read(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        SEAL.unseal(noise, "here")


@pytest.mark.parametrize("cell", [None, 0, 10**12, 2**63 - 1, 0.5, "L1" * 40])
def test_what_is_no_bytes_is_refused(cell: object) -> None:
    with pytest.raises(SealBroken, match="was not sealed"):
        SEAL.unseal(cell, "here")  # type: ignore[arg-type]


def test_a_record_cannot_be_put_in_the_place_of_another() -> None:
    with pytest.raises(SealBroken):
        SEAL.unseal(SEAL.seal(b"r1", "ledger/1"), "ledger/2")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealBroken, match="another key"):
        OTHER.unseal(SEAL.seal(b"told", "here"), "here")


def test_the_same_text_is_never_sealed_alike() -> None:
    assert SEAL.seal(b"told", "here") != SEAL.seal(b"told", "here")


def test_a_hash_needs_the_key() -> None:
    assert SEAL.digest(b"told") == SEAL.digest(b"told") != OTHER.digest(b"told")


def test_a_key_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Seal(b"short")


def test_turned_vectors_keep_their_angles_and_fit_no_other_key() -> None:
    vectors = np.random.default_rng(1).normal(size=(20, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = SEAL.turn(vectors)
    np.testing.assert_allclose(turned @ turned.T, vectors @ vectors.T, atol=1e-5)
    np.testing.assert_allclose(SEAL.turn_back(turned), vectors, atol=1e-5)
    assert np.abs(np.sum(turned * vectors, axis=1)).max() < 0.5
    assert np.abs(np.sum(OTHER.turn_back(turned) * vectors, axis=1)).max() < 0.5


def test_no_vectors_are_no_vectors() -> None:
    assert SEAL.turn(np.zeros((0, 384), np.float32)).shape == (0, 384)
