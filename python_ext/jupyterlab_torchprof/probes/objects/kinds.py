"""What kinds of objects there are, and their attributes, without running code of their classes."""

from __future__ import annotations

import gc
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from types import (
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, NamedTuple, TypeVar

_mro = type.__dict__["__mro__"].__get__
_vars = type.__dict__["__dict__"].__get__
_name = type.__dict__["__name__"].__get__
_flags = type.__dict__["__flags__"].__get__
_HEAP_TYPE = 1 << 9
"""``Py_TPFLAGS_HEAPTYPE``: the class was made while the program ran."""

_OPAQUE_PACKAGES = frozenset(
    {"IPython", "ipykernel", "jupyter_client", "jupyterlab_torchprof", "traitlets"}
)
"""Objects of these lead back to the whole namespace, or to ourselves."""

_Key = TypeVar("_Key")


class Kind(IntEnum):
    """What the walk does with an object."""

    OPAQUE = 0
    TENSOR = 1
    MODULE = 2
    SEQUENCE = 3
    MAPPING = 4
    SET = 5
    QUEUE = 6
    OBJECT = 7
    VIEW = 8
    """Of a mapping: its values, its items, or the whole of it."""


class Kinds:
    """Tells kinds of objects by their types, which it remembers. Make one per walk."""

    def __init__(self, tensor: type, module: type) -> None:
        """``tensor`` and ``module``: PyTorch's base classes."""
        self._tensor = tensor
        self._module = module
        self._kinds: dict[int, Kind] = {}
        self._types: list[type] = []
        self._with_attributes: set[int] = set()
        self._readers: dict[int, _Readers] = {}

    def kind(self, thing: object) -> Kind:
        """What ``thing`` is, from its type alone."""
        kind = self._kinds.get(id(type(thing)))
        return self.learn(type(thing)) if kind is None else kind

    def learn(self, cls: type) -> Kind:
        """The kind of a class that was not met before; it is remembered."""
        kind = self._kinds[id(cls)] = self._classify(cls)
        self._types.append(cls)  # kept, so that its id is not given to another type
        if kind in _CONTAINERS and _flags(cls) & _HEAP_TYPE:
            readers = self._readers[id(cls)] = _attribute_readers(cls)
            if readers.slots or readers.namespace is not None:
                self._with_attributes.add(id(cls))
        return kind

    def has_attributes(self, container: object) -> bool:
        """Whether a container of a class that is known by now has attributes, too."""
        return id(type(container)) in self._with_attributes

    def of_interest(self, keyed: Iterable[tuple[_Key, Any]]) -> list[tuple[_Key, Any, Kind]]:
        """The things that are not opaque, with their keys and kinds."""
        known = self._kinds.get
        found = []
        for key, thing in keyed:
            kind = known(id(type(thing)))
            if kind is None:
                kind = self.learn(type(thing))
            if kind:
                found.append((key, thing, kind))
        return found

    def any_of_interest(self, things: list[Any]) -> bool:
        """Whether one of them is not opaque; fast for many things of few types."""
        types = list(map(type, things))  # by identity: to hash one runs code of its metaclass
        distinct = dict(zip(map(id, types), types, strict=True))
        return any(self._kinds.get(key) or self.learn(cls) for key, cls in distinct.items())

    def _classify(self, cls: type) -> Kind:
        if issubclass(cls, self._tensor):
            return Kind.TENSOR
        if issubclass(cls, self._module):
            return Kind.MODULE
        for builtin, kind in _BUILTIN_KINDS:
            if issubclass(cls, builtin):
                return kind
        return Kind.OBJECT if _is_plain(cls) else Kind.OPAQUE

    def attributes(self, thing: object) -> dict[str, Any]:
        """A plain object's own attributes, also those in slots; no code of its class runs."""
        cls = type(thing)
        readers = self._readers.get(id(cls))
        if readers is None:
            readers = self._readers[id(cls)] = _attribute_readers(cls)
        found: dict[str, Any] = {}
        for name, read in readers.slots:
            try:
                found[name] = read(thing)
            except AttributeError:  # a slot that was never set
                continue
        if readers.namespace is not None:
            found.update(readers.namespace(thing))
        return found


def class_name(thing: object) -> str:
    """Name of its class, whatever the class says of itself."""
    return str(_name(type(thing)))


def fields_of(cls: type) -> tuple[str, ...] | None:
    """The names of a namedtuple's fields; ``None`` for other classes."""
    fields = look_up(cls, "_fields") if issubclass(cls, tuple) else None
    if type(fields) is tuple and all(type(name) is str for name in fields):
        return fields
    return None


def viewed(view: object) -> tuple[Any, bool]:
    """The mapping that a view is of, and whether the view is of its items.

    Had from the collector: to go through a view may hash the keys, which runs code of theirs.
    """
    of_items = is_exactly(view, _VIEWS_OF_ITEMS)
    return next(iter(gc.get_referents(view)), None), of_items


def namespace_of(cls: type) -> Mapping[str, Any]:
    """What the class itself defines, whatever its metaclass says."""
    namespace: Mapping[str, Any] = _vars(cls)
    return namespace


def namespace_reader(cls: type) -> Callable[[Any], dict[str, Any]]:
    """Reads the ``__dict__`` that instances have from this class, whatever a subclass does."""
    reader: Callable[[Any], dict[str, Any]] = _vars(cls)["__dict__"].__get__
    return reader


class _Readers(NamedTuple):
    """How to read the attributes of one class's instances."""

    cls: type
    """Kept so that its id is not given to another class."""
    slots: tuple[tuple[str, Callable[[Any], Any]], ...]
    namespace: Callable[[Any], dict[str, Any]] | None


def _attribute_readers(cls: type) -> _Readers:
    slots: list[tuple[str, Callable[[Any], Any]]] = []
    namespace = None
    for base in _mro(cls):
        if base is SimpleNamespace:
            namespace = namespace or namespace_reader(base)
        if not _flags(base) & _HEAP_TYPE:
            continue
        for name, descriptor in _vars(base).items():
            if type(descriptor) is MemberDescriptorType:
                slots.append((name, descriptor.__get__))
            elif name == "__dict__" and type(descriptor) is GetSetDescriptorType:
                namespace = namespace or descriptor.__get__
    return _Readers(cls, tuple(slots), namespace)


def _is_plain(cls: type) -> bool:
    """Whether instances are ordinary Python objects: no proxies, modules or classes."""
    if cls is SimpleNamespace:
        return True
    if not _flags(cls) & _HEAP_TYPE or issubclass(cls, (type, ModuleType)):
        return False
    if home_of(cls).partition(".")[0] in _OPAQUE_PACKAGES:
        return False
    # A proxy that loads lazily must take over one of these.
    return (
        not any(
            _TAKEN_OVER_BY_PROXIES & _vars(base).keys()
            for base in _mro(cls)
            if base is not object and base is not SimpleNamespace
        )
        and type(look_up(cls, "__dict__")) in _OWN_NAMESPACE
    )


def is_exactly(thing: object, classes: Iterable[type]) -> bool:
    """Whether it is of one of these classes itself.

    By identity: ``type(thing) in classes`` compares, which runs code of a metaclass.
    """
    cls = type(thing)
    return any(cls is known for known in classes)


def attributes_of(thing: object) -> dict[str, Any]:
    """Its own ``__dict__``, where it has an ordinary one; no code of its class runs."""
    for base in _mro(type(thing)):
        descriptor = _vars(base).get("__dict__")
        if base is type or descriptor is None:
            continue
        if type(descriptor) in (GetSetDescriptorType, MemberDescriptorType):
            own = descriptor.__get__(thing)
            return own if type(own) is dict else {}
        return {}  # a property in the place of it
    return {}


def home_of(cls: type) -> str:
    """The module that the class was defined in, whatever its metaclass says."""
    home = _vars(cls).get("__module__")
    return home if type(home) is str else ""


def look_up(cls: type, name: str) -> object:
    """What the class or its bases define under ``name``, or ``None``."""
    for base in _mro(cls):
        if name in _vars(base):
            return _vars(base)[name]
    return None


_OWN_NAMESPACE = (GetSetDescriptorType, MemberDescriptorType, type(None))
_TAKEN_OVER_BY_PROXIES = frozenset({"__getattribute__", "__class__"})

_BUILTIN_KINDS: tuple[tuple[type, Kind], ...] = (
    (dict, Kind.MAPPING),
    (list, Kind.SEQUENCE),
    (tuple, Kind.SEQUENCE),
    (set, Kind.SET),
    (frozenset, Kind.SET),
    (deque, Kind.QUEUE),
    (type({}.values()), Kind.VIEW),
    (type({}.items()), Kind.VIEW),
    (type(OrderedDict[Any, Any]().values()), Kind.VIEW),
    (type(OrderedDict[Any, Any]().items()), Kind.VIEW),
    (MappingProxyType, Kind.VIEW),
)
_CONTAINERS = frozenset({Kind.SEQUENCE, Kind.MAPPING, Kind.SET, Kind.QUEUE})
_VIEWS_OF_ITEMS: tuple[type, ...] = (type({}.items()), type(OrderedDict[Any, Any]().items()))
