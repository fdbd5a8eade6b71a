"""How much of what could be tried is tried: little in each run of the tests, all now and then.

With ``TORCHPROF_TEST_AT_LENGTH`` in the environment properties are checked on more examples, the
examples of the documentation run as they are, and what was proved on the CPU is proved on the
accelerator, too, and in every way in which code can be packed.
"""

from __future__ import annotations

import os
from zlib import crc32

AT_LENGTH = "TORCHPROF_TEST_AT_LENGTH" in os.environ


def is_tried(name: str, every: int) -> bool:
    """Whether this one is tried, of which one in so many is, each time the same."""
    return AT_LENGTH or crc32(name.encode()) % every == 0
