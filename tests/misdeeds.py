"""A case that does something bad to the process that reads it."""

from __future__ import annotations

import os
import signal


class Trap:
    """Stands for a located case."""

    def __init__(self, case):
        self.case = case

    def read(self):
        deed = os.environ["DOSIMETRY_TEST_DEED"]
        if deed == "hang":
            # one call that does not come back and never lets go of the interpreter's lock
            sum(range(10**15))
        if deed == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        held = []
        while True:
            held.append(bytearray(64 * 2**20))
