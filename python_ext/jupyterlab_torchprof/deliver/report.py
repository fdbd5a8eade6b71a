"""The HTML report: one self-contained file that works offline, with the views of the panel.

The build (``npm run build:report``) makes the shell: a page with script, style and a content
security policy that allows nothing else, in which four marks are left open. This module fills
them; ``src/report/document.ts`` is its twin in the front end.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from importlib.resources import files

from ..document import decode_session
from ..quote import visible
from .summary import static_summary

_SHELL = "assets/report-shell.txt"
_MARK = re.compile(r"<!--torchprof:(title|summary|session|baseline)-->")


class ReportError(RuntimeError):
    """The report cannot be made; the text says why and what to do."""


def render_report(
    session_json: bytes | str, *, title: str | None = None, baseline: bytes | str | None = None
) -> str:
    """The report of a session document, as HTML.

    ``title`` is the page's title and heading; the notebook's name if it is left out. ``baseline``
    is an earlier session document, which the report then compares with.

    Raises DocumentError for a document that cannot be read, and ReportError if the package was
    not built completely.
    """
    document = decode_session(session_json)
    heading = title or document.session.notebook or "PyTorch profile"
    parts = {
        "title": html.escape(visible(heading)),
        "summary": static_summary(document.session, heading),
        "session": _json_for_script(document.raw),
        "baseline": "" if baseline is None else _json_for_script(decode_session(baseline).raw),
    }
    # One pass with a function: neither a backslash nor a mark inside the data means anything.
    page = _MARK.sub(lambda mark: parts[mark[1]], _shell())
    # JSON can hold halves of characters, which no file can.
    return page.encode("utf-8", "replace").decode("utf-8")


@cache
def _shell() -> str:
    try:
        return (files(__package__) / _SHELL).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ReportError(
            "This installation of jupyterlab-torchprof was built without its HTML report. "
            "Install the wheel, or in a clone run `npm ci && npm run build:report`."
        ) from error


def _json_for_script(document: object) -> str:
    """JSON in ASCII that cannot end the script element it stands in."""
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
