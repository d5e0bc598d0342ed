"""Print the totals of all test runs, as the last line of the full check.

Arguments: a folder of JUnit files, and the exit status of the check so far.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def main() -> int:
    """Print 'N passed, N failed, N skipped'; return 1 if anything failed."""
    total = failed = skipped = 0
    for path in sorted(Path(sys.argv[1]).glob("*.xml")):
        for suite in ET.parse(path).getroot().iter("testsuite"):  # noqa: S314  written by our own pytest
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    passed = total - failed - skipped
    if sys.argv[2] != "0" and not failed:
        failed = 1  # a step that is not a test
    sys.stdout.write(f"{passed} passed, {failed} failed, {skipped} skipped\n")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
