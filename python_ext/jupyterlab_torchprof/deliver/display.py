"""A session as notebook output: three types, and the front end shows the best that it knows."""

from __future__ import annotations

from typing import Any

import msgspec
from IPython.core.interactiveshell import InteractiveShell

from ..record import MIME_TYPE, Session
from .html import render_html
from .text import render_text


def mime_bundle(session: Session) -> dict[str, object]:
    """The structured type, HTML without script, and text, by mime type."""
    return {
        MIME_TYPE: msgspec.to_builtins(session),
        "text/html": render_html(session),
        "text/plain": render_text(session),
    }


def show(shell: InteractiveShell, session: Session) -> None:
    """Show the session as output of the cell that runs."""
    publisher: Any = shell.display_pub
    publisher.publish(data=mime_bundle(session), metadata={})
