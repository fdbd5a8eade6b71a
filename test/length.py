"""How much of what could be tried is tried: little in each run of the tests, all now and then.

With ``TORCHPROF_TEST_AT_LENGTH`` in the environment properties are checked on more examples, the
examples of the documentation run as they are, and what was proved on the CPU is proved on the
accelerator, too.
"""

from __future__ import annotations

import os

AT_LENGTH = "TORCHPROF_TEST_AT_LENGTH" in os.environ
