"""What a change of lists adds is what asking about everything finds, and nothing is left out or told twice."""

from threading import Thread
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.gateway.gateway import Gateway
from comity.gateway.notes import ListLoaded
from comity.screening import Entity, SanctionsList, Schema
from tests.api.lists import ftm, person, put_in_force
from tests.gateway.union import open_gateway

Names: TypeAlias = dict[str, str]
NAMES = ("Oleg Vasiliev", "Olga Vasilieva", "Maria Fernandes", "Mario Fernando", "Chen Xiaoming", "Chen Xiaomin")
editions = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(NAMES), min_size=1, max_size=4)


def data(edition: Names) -> bytes:
    return ftm(*(person(number, name) for number, name in sorted(edition.items())))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), editions), min_size=1, max_size=4), st.integers(0, 3))
def test_incremental_screening_adds_what_full_screening_finds_anew(loads: list[tuple[str, Names]], at: int) -> None:
    gateway = open_gateway()
    lists = gateway.memory.cases.lists
    asked = [Entity("", Schema.PERSON, (name,)) for name in NAMES]
    before: dict[Entity, set[tuple[str, Entity]]] = {entity: set() for entity in asked}
    sequence = 0
    for number, (name, edition) in enumerate(loads):
        put_in_force(gateway, data(edition), name=name)
        if number == at:
            sequence = lists.sequence
            before = {entity: found(gateway, entity, 0) for entity in asked}
    for entity in asked:
        full = found(gateway, entity, 0)
        assert found(gateway, entity, sequence) == full - before[entity]
    gateway.close()


def found(gateway: Gateway, entity: Entity, since: int) -> set[tuple[str, Entity]]:
    force = gateway.screening.since(since)
    return {(hit.list_name, hit.entity) for hit in gateway.screening.hits(entity, force)} if force.screener else set()


def test_a_list_that_comes_while_another_is_compared_is_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = open_gateway()
    put_in_force(gateway, data({"a": NAMES[0]}), name="one")
    put_in_force(gateway, data({"b": NAMES[2]}), name="two")
    sequence = gateway.memory.cases.lists.sequence
    put_in_force(gateway, data({"a": NAMES[1]}), name="one")
    read, later = gateway.screening.files.in_force, data({"b": NAMES[3]})
    loading = Thread(target=put_in_force, args=(gateway, later), kwargs={"name": "two"})

    def meanwhile(note: ListLoaded) -> SanctionsList:
        if loading.ident is None:
            loading.start()
            loading.join(1)  # as far as it comes
        return read(note)

    monkeypatch.setattr(gateway.screening.files, "in_force", meanwhile)
    gateway.screening.since(sequence)
    loading.join()
    listed = gateway.screening.of("union", "two")
    assert listed is not None
    assert [each.names for each in listed.entities] == [(NAMES[3],)]
    gateway.close()
