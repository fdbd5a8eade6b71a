"""The user's variables are found without going through the whole namespace."""

from __future__ import annotations

import random

import pytest
from jupyterlab_torchprof.probes.objects.variables import KnownNames, Variables


def session(cells: int) -> dict:
    """A namespace as IPython leaves it after so many cells."""
    namespace = {"model": object(), "device": "cpu"}
    for number in range(cells):
        namespace[f"_i{number}"] = f"x = {number}"
        namespace[f"_{number}"] = number
    return namespace


def found(namespace: dict, known: KnownNames) -> dict:
    variables = Variables(namespace, known)
    return dict(variables.objects) | dict(variables.texts({"cpu"}))


def test_a_look_costs_the_same_however_many_cells_have_run():
    costs = []
    for cells in (10, 3000):
        namespace, known = session(cells), KnownNames()
        found(namespace, known)
        namespace["_i9999"] = "y = 1"
        namespace["y"] = 1
        assert found(namespace, known).keys() == {"model", "device", "y"}
        costs.append(known.examined)
    assert costs[0] == costs[1] < 10


def test_names_that_are_bound_again_or_deleted():
    namespace, known = session(50), KnownNames()
    found(namespace, known)
    namespace["model"] = new = [1]
    assert found(namespace, known)["model"] is new
    del namespace["model"]
    assert found(namespace, known).keys() == {"device"}
    del namespace["_i7"], namespace["_49"]  # the last of all, and one that nobody looks at
    namespace["z"] = 2
    namespace["_49"] = 49
    assert found(namespace, known).keys() == {"device", "z"}
    assert found({"other": 1}, known).keys() == {"other"}, "another namespace"


def test_a_result_that_is_no_plain_value_is_found_wherever_it_is():
    namespace, known = session(5), KnownNames()
    namespace["_5"] = shown = [1]
    assert found(namespace, known)["_5"] is shown
    namespace["_6"] = later = [2]
    assert found(namespace, known)["_6"] is later


def test_a_bound_input_is_found_after_some_looks():
    namespace, known = session(5), KnownNames()
    found(namespace, known)
    namespace["_i2"] = [1]
    assert any("_i2" in found(namespace, known) for _ in range(100))


def test_what_is_found_is_what_is_there():
    """Whatever is bound and deleted between two looks."""
    chance = random.Random(1)
    namespace, known = session(3), KnownNames()
    for number in range(3, 400):
        for _ in range(chance.randrange(4)):
            name = f"v{chance.randrange(12)}"
            if chance.random() < 0.4:
                namespace.pop(name, None)
            else:
                namespace[name] = object()
        namespace[f"_i{number}"] = "text"
        wanted = {name for name in namespace if name[:1] != "_"}
        assert found(namespace, known).keys() == wanted, number


@pytest.mark.parametrize("key", [1, (2, 3), None])
def test_a_name_that_is_no_text_is_no_variable(key):
    namespace, known = session(3), KnownNames()
    for _ in range(2):
        namespace[key] = object()
        assert found(namespace, known).keys() == {"model", "device"}
        namespace["model"] = object()


def test_names_whose_classes_run_code():
    ran = []

    class Name(str):
        def __eq__(self, other):
            ran.append("eq")
            return str.__eq__(self, other)

        def __hash__(self):
            ran.append("hash")
            return str.__hash__(self)

        def __getitem__(self, key):
            ran.append("getitem")
            raise RuntimeError

    namespace, known = session(3), KnownNames()
    namespace[Name("odd")] = object()
    ran.clear()
    for _ in range(3):
        assert found(namespace, known).keys() == {"model", "device"}
    assert ran == []
