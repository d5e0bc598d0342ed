"""The first run on a machine: ``dosimetry dvh`` with an empty cache, in all and by kernel, and the run after it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter

from inputs import SAMPLE

_LIMIT_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE, help="export of one plan")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as cache:
        first_s, busy_s, told = run(folder, cache)
        (log,) = Path(cache).rglob("compile.log")
        lines = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
        second_s, _, told_again = run(folder, cache)
    print("told on stderr:\n" + "".join(f"  {line}\n" for line in told.splitlines()))
    print(f"{'kernel':24} {'compilations':>12} {'seconds alone':>14}")
    alone: dict[str, list[float]] = defaultdict(list)
    for kernel, _with_callees, seconds in lines:
        alone[kernel].append(float(seconds))
    for kernel, each in sorted(alone.items(), key=lambda entry: -sum(entry[1])):
        print(f"{kernel:24} {len(each):12} {sum(each):14.2f}")
    total = sum(map(sum, alone.values()))
    print(f"{'all kernels':24} {len(lines):12} {total:14.2f}")
    state = "kept" if first_s <= _LIMIT_S else "MISSED"
    print(f"first run {first_s:.1f} s, {busy_s:.1f} s of them on a processor (at most {_LIMIT_S:g}: {state})")
    print(f"second run {second_s:.1f} s, {'with' if 'compil' in told_again else 'without'} compilation")


def run(folder: Path, cache: str) -> tuple[float, float, str]:
    """Return the seconds of one process, those on a processor (0 on Windows), and what it told on stderr."""
    command = [sys.executable, "-m", "dosimetry", "dvh", str(folder), "--format", "json"]
    start, before = perf_counter(), os.times()
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "DOSIMETRY_CACHE_DIR": cache}
    )
    seconds, after = perf_counter() - start, os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, busy, done.stderr


if __name__ == "__main__":
    main()
