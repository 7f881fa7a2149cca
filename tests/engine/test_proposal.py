import numpy as np
import pytest

from comity.engine.proposal import pack_proposal, unpack_proposal


def test_proposal_that_was_packed_unpacks_to_what_it_was() -> None:
    body = pack_proposal(np.array([7, 0, 9]), "fifo", "node", np.array([5, 0]))
    about, slots = unpack_proposal(body)
    assert about == {"rule": "fifo", "proposer": "node", "bound_minor": [5, 0]}
    assert slots.tolist() == [7, 0, 9]


def test_proposal_cut_short_is_refused() -> None:
    body = pack_proposal(np.array([7]), "fifo", "node", np.array([5, 0]))
    for size in (0, 3, 20, len(body) - 1):
        with pytest.raises(ValueError, match="does not hold"):
            unpack_proposal(body[:size])
