"""The calling-context tree of one run: each place once, however often it was seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ...record import Place
from ..lines import CellCode, is_generated, is_top_level
from .standing import (
    COMPREHENSIONS,
    Standing,
    function_name,
    is_ours,
    is_users_file,
    shown,
    standing_of_file,
)
from .texts import CellTexts

MOST_PLACES = 500
"""Nodes of a run; what would be more is counted for the node that called it."""
_MOST_WAYS = 2000
"""Stacks that are remembered with the place that they led to."""
_LONGEST_WAY = 60
"""Frames of one of them."""


class Step(NamedTuple):
    """One frame of a stack."""

    code: CodeType
    line: int
    globals: dict[str, Any]


class PlaceTree:
    """Finds the node that a frame belongs to, and makes it if it is new.

    A walk goes from the frame to the cell's own code; a step of it is a look into a dictionary.
    No frame is kept. Safe on several threads.
    """

    def __init__(
        self, code: CellCode, source_hash: str, texts: CellTexts, *, is_program: bool = False
    ) -> None:
        """For the time of one run of the cell whose text has this hash.

        ``texts`` are those of the notebook's cells, this one's among them. ``is_program``: there is
        no cell; all stacks are the program's, from its outermost own code on.
        """
        self._is_program = is_program
        self.nodes: list[Place] = []
        self.complete = True
        """No node was left out."""
        self._code = code
        self._namespace = code.namespace
        self._hash = source_hash
        self._texts = texts
        self._thread = threading.get_ident()
        self._root: CodeType | None = None
        self._own: set[str] = set()
        self._known: dict[int, tuple[CodeType, Standing | None]] = {}
        self._index: dict[tuple[object, ...], int] = {}
        self._lines: list[int | None] = []
        self._ways: dict[tuple[int, ...], int | None] = {}
        """By the code of each frame, its id, and the instruction there."""
        self._codes: dict[int, CodeType] = {}
        """Of these frames: another code could get the id of one that is gone."""
        self._lock = threading.Lock()

    def close(self) -> None:
        """Forget all code: it must not live longer than the program wants, which may wait for it.

        The nodes stay.
        """
        self._known.clear()
        self._index.clear()
        self._ways.clear()
        self._codes.clear()
        self._root = None

    def codes_of_files(self) -> Iterator[tuple[int, CodeType]]:
        """The places in files, each with the code that it is a line of."""
        for key, index in self._index.items():
            if self.nodes[index].kind == "file":
                _parent, code_id, _line = key
                if isinstance(code_id, int):  # else the file and its line are all that is known
                    yield index, self._known[code_id][0]

    def line(self, place: int | None) -> int | None:
        """The line of the running cell that a place was reached from, from one.

        Of a program's place that of its outermost own code.
        """
        return None if place is None else self._lines[place]

    def is_below_a_call(self, place: int | None) -> bool:
        """Whether it is in a function or a library that the cell's line called."""
        if place is None:
            return False
        node = self.nodes[place]
        return node.parent is not None or (self._is_program and node.function is not None)

    def frame_of(self, place: int | None, frame: FrameType | None) -> FrameType | None:
        """The frame that is at ``place`` itself, if that is code of the user's which called ours.

        ``frame``: where to begin, as for `find`. ``None``: a library is between.
        """
        node = None if place is None else self.nodes[place]
        while node is not None and frame is not None:
            code = frame.f_code
            standing = self.standing(Step(code, frame.f_lineno, frame.f_globals))
            if standing is None or standing.passes_on:
                if standing is None and not is_ours(code):
                    return None
                frame = frame.f_back
                continue
            same = (standing.kind, standing.function) == (node.kind, node.function)
            return frame if same and standing.kind != "library" else None
        return None

    def shared(self, one: int | None, other: int | None) -> int | None:
        """The innermost node that both places are in or below."""
        above = set()
        while one is not None:
            above.add(one)
            one = self.nodes[one].parent
        while other is not None and other not in above:
            other = self.nodes[other].parent
        return other

    def find(
        self,
        frame: FrameType | None,
        *,
        own_thread: bool | None = None,
        met: list[Step] | None = None,
    ) -> int | None:
        """The node of the code that ``frame`` runs or was called from.

        ``own_thread``: the frame is of the cell's thread; default: it is if the caller is.
        ``met`` gets the frames that were gone through, the innermost first.
        ``None``: nothing of the cell called it, or a magic that runs the text in its own way.
        """
        way = None if met is not None else self._way(frame)
        if way is None:
            return self._search(frame, own_thread, [] if met is None else met)
        if way not in self._ways:
            steps = list[Step]()
            place = self._search(frame, own_thread, steps)
            if len(self._ways) >= _MOST_WAYS:
                return place
            self._codes.update((id(step.code), step.code) for step in steps)
            self._ways[way] = place
        return self._ways[way]

    def find_line(
        self, filename: str, line: int, function: str | None, frame: FrameType | None
    ) -> int | None:
        """The node of a line that only a file and its number tell, as a compiler's message does.

        It is below the user's code that called ``frame``. ``None``: nobody's that could be shown.
        """
        above = self.find(frame)
        while above is not None and self.nodes[above].kind == "library":
            above = self.nodes[above].parent
        if above is None:
            return None
        place = self._place_in(filename, line)
        if place is None:
            return None
        place.parent, place.function = above, function
        return self._intern((above, filename, line), place, self._lines[above])

    def _place_in(self, filename: str, line: int) -> Place | None:
        if filename in self._own:
            own = self._code.body_line_of(filename, line)
            if own is None:
                return None
            return Place(parent=None, kind="cell", source_hash=self._hash, line=own)
        if self._is_of_a_cell(filename):
            text = self._texts.find(filename)
            if text is None:
                return None
            return Place(
                parent=None, kind="cell", source_hash=text.source_hash, line=line + text.shift
            )
        if not is_users_file(filename):
            return None
        return Place(parent=None, kind="file", path=shown(filename), line=line)

    def _is_of_a_cell(self, filename: str) -> bool:
        return is_generated(filename) or self._texts.is_told(filename)

    def _way(self, frame: FrameType | None) -> tuple[int, ...] | None:
        """What tells a stack from others down to the cell's code; ``None``: not known, or long.

        A loop comes the same way at each pass, and to read lines takes most of a search.
        """
        root, way = self._root, list[int]()
        if root is None:
            return None
        for _ in range(_LONGEST_WAY):
            if frame is None:
                return None
            code = frame.f_code
            way += id(code), frame.f_lasti
            if code is root:
                return tuple(way)
            frame = frame.f_back
        return None

    def _search(
        self, frame: FrameType | None, own_thread: bool | None, steps: list[Step]
    ) -> int | None:
        tops: list[tuple[str, int]] = []
        depths: list[int] = []
        nested = False
        while frame is not None:
            code = frame.f_code
            if frame.f_globals is self._namespace:
                if is_top_level(code.co_name):
                    tops.append((code.co_filename, frame.f_lineno))
                    depths.append(len(steps))
                elif not tops:
                    nested = True
            steps.append(Step(code, frame.f_lineno, frame.f_globals))
            frame = None if code is self._root else frame.f_back
        tops.reverse()
        depths.reverse()
        line, index = self._code.resolve(tops, nested)
        if line is not None:
            depth = depths[index]
            self._own.add(tops[index][0])
            if self._root is None and not self._code.is_magic:
                self._root = steps[depth].code
            return self._descend(steps[:depth], self._top(line))
        if own_thread is None:
            own_thread = threading.get_ident() == self._thread
        if (own_thread or tops) and not self._is_program:
            return None
        return self._descend(steps, None)

    def _top(self, line: int) -> int:
        place = Place(parent=None, kind="cell", source_hash=self._hash, line=line)
        found = self._intern((None, line), place, line)
        assert found is not None  # there are fewer lines than may be nodes, or nobody counts
        return found

    def _descend(self, steps: list[Step], top: int | None) -> int | None:
        """Go down from the cell's line, or from the thread if there is none."""
        at = top
        within_library = False
        path: dict[tuple[int, int], int | None] = {}
        for step in reversed(steps):
            standing = self.standing(step)
            if standing is None:
                continue
            if standing.kind == "library":
                if within_library or standing.passes_on or (self._is_program and at is None):
                    continue
                within_library = True
                place = Place(
                    parent=at,
                    kind="library",
                    package=standing.where,
                    function=standing.function,
                )
                key: tuple[object, ...] = (at, standing.where, standing.function)
                at = self._below(at, top, key, place)
                continue
            within_library = False
            known = path.get((id(step.code), step.line))
            if known is not None:  # it calls itself
                at = known
                continue
            line = self._line_of(step, standing)
            if line is None:
                continue
            parent = self._around(at, step.code, standing)
            if parent is None and top is not None:  # of a comprehension at the top level
                at = self._top(line)
                continue
            place = Place(
                parent=parent,
                kind=standing.kind,
                function=standing.function,
                line=line,
                source_hash=standing.where if standing.kind == "cell" else None,
                path=standing.where if standing.kind == "file" else None,
            )
            at = self._below(parent, top, (parent, id(step.code), line), place)
            path[id(step.code), step.line] = at
        return at

    def _around(self, at: int | None, code: CodeType, standing: Standing) -> int | None:
        """The parent: of a comprehension that of the function which it stands in."""
        if code.co_name in COMPREHENSIONS and at is not None:
            node = self.nodes[at]
            where = node.source_hash if node.kind == "cell" else node.path
            if (node.kind, where) == (standing.kind, standing.where) and (
                node.function == standing.function or standing.function is None
            ):
                return node.parent
        return at

    def _below(
        self, parent: int | None, top: int | None, key: tuple[object, ...], place: Place
    ) -> int | None:
        if parent is None and self._is_program:
            return self._intern(key, place, place.line)
        if parent is None and top is None:
            thread = Place(parent=None, kind="thread")
            parent = place.parent = self._intern(("thread",), thread, None)
            key = (parent, *key[1:])
        line = place.line if parent is None else self._lines[parent]
        found = self._intern(key, place, line)
        return parent if found is None else found

    def _intern(self, key: tuple[object, ...], place: Place, line: int | None) -> int | None:
        """The node of this key; ``None``: it would be one too many."""
        found = self._index.get(key)
        if found is not None:
            return found
        with self._lock:
            if key not in self._index:
                if len(self.nodes) >= MOST_PLACES and place.parent is not None:
                    self.complete = False
                    return None
                self._lines.append(line)
                self.nodes.append(place)
                self._index[key] = len(self.nodes) - 1
            return self._index[key]

    def standing(self, step: Step) -> Standing | None:
        """Whose code a frame runs; ``None``: ours, or nobody's that could be shown."""
        known = self._known.get(id(step.code))
        if known is None:
            # The code is kept with what is known of it: else another could get its id.
            known = self._known[id(step.code)] = (step.code, self._classify(step))
        return known[1]

    def _classify(self, step: Step) -> Standing | None:
        code = step.code
        if is_ours(code):
            return None
        filename = code.co_filename
        if filename in self._own:
            is_here = self._code.holds(code)
            return Standing("cell", self._hash, function_name(code)) if is_here else None
        if self._is_of_a_cell(filename):
            text = self._texts.find(filename)
            if text is None:
                return None
            return Standing("cell", text.source_hash, function_name(code), text.shift)
        return standing_of_file(code, dict.get(step.globals, "__name__"))

    def _line_of(self, step: Step, standing: Standing) -> int | None:
        if standing.kind == "cell" and standing.where == self._hash:
            filename = step.code.co_filename
            if filename in self._own:
                return self._code.body_line_of(filename, step.line)
        if standing.lines is not None:
            return standing.lines.get(step.line)
        return step.line + standing.shift
