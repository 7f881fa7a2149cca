import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.kernels import identity
from tests.oracles.siphash import siphash_128

WORD = st.integers(-(2**63), 2**63 - 1)
KEY_HIGH = identity._KEY_HIGH.to_bytes(8, "little")

# vectors_sip128 of the reference implementation: key 00..0f, message 00, 01, 02, ...
REFERENCE = [
    "a3817f04ba25a8e66df67214c7550293",
    "da87c1d86b99af44347659119b22fc45",
    "8177228da4a45dc7fca38bdef60affe4",
    "9c70b60c5267a94e5f33b6b02985ed51",
]


def columns(ids: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.array([len(text) for text in ids], np.int64)
    return np.frombuffer(b"".join(ids), np.uint8), np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


@pytest.mark.parametrize("size", range(len(REFERENCE)))
def test_oracle_gives_the_reference_vectors(size: int) -> None:
    assert siphash_128(bytes(range(16)), bytes(range(size))).hex() == REFERENCE[size]


@pytest.mark.jit_off
@settings(deadline=None)
@given(
    ids=st.lists(st.tuples(st.binary(max_size=40), WORD), max_size=5),
    seed=st.integers(0, 2**63 - 1),
)
def test_hashes_equal_the_oracle(ids: list[tuple[bytes, int]], seed: int) -> None:
    data, offsets = columns([text for text, _ in ids])
    owner = np.array([number for _, number in ids], np.int64)

    hashes = identity.hash_ids(data, offsets, owner, seed)

    key = seed.to_bytes(8, "little") + KEY_HIGH
    expected = [siphash_128(key, number.to_bytes(8, "little", signed=True) + text) for text, number in ids]
    assert [row.tobytes() for row in hashes] == expected


def test_every_length_of_id_up_to_a_message_of_300_bytes_equals_the_oracle() -> None:
    ids = [bytes(i % 251 for i in range(size)) for size in range(293)]
    data, offsets = columns(ids)

    hashes = identity.hash_ids(data, offsets, np.full(len(ids), 7), 1)

    key = (1).to_bytes(8, "little") + KEY_HIGH
    assert [row.tobytes() for row in hashes] == [siphash_128(key, (7).to_bytes(8, "little") + text) for text in ids]


def test_one_text_hashes_like_a_column_of_one() -> None:
    data, offsets = columns(["Überweisung".encode()])
    column = identity.hash_ids(data, offsets, np.array([-1]), 99)
    assert identity.hash_one(-1, "Überweisung", 99) == tuple(column[0])


def test_same_id_of_other_owner_or_seed_hashes_otherwise() -> None:
    hashes = {identity.hash_one(owner, "A-1", seed) for owner in (-1, 0, 1) for seed in (0, 1)}
    assert len(hashes) == 6


def test_no_ids_give_no_hashes() -> None:
    none = np.empty(0, np.int64)
    assert identity.hash_ids(np.empty(0, np.uint8), np.zeros(1, np.int64), none, 0).shape == (0, 2)


@pytest.mark.parametrize("offsets", [[0], [0, 4], [-1, 2], [2, 1]])
def test_offsets_that_do_not_fit_are_refused(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="offsets"):
        identity.hash_ids(np.zeros(3, np.uint8), np.array(offsets), np.zeros(1, np.int64), 0)
