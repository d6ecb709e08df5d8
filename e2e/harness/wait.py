"""Waiting for what the API only tells when it is asked. The one place that asks again and again."""

import time

DEADLINE_SECONDS = 30
# Between two questions. Nothing depends on it: what is true at once is seen at once.
PAUSE_SECONDS = 0.02


def until(probe, holds=bool, seconds=DEADLINE_SECONDS):
    """Asks `probe` until `holds` is true of its answer, and returns that answer; fails with the last one."""
    deadline = time.monotonic() + seconds
    while not holds(answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still: {answer!r}")
        time.sleep(PAUSE_SECONDS)
    return answer
