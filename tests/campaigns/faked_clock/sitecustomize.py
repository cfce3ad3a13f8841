"""On the path of every Python process under libfaketime, and loaded by it before anything else.

Because libfaketime 0.9.10 takes the monotonic deadline of `time.sleep` for a wall-clock time, and the sleep fails.
"""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
