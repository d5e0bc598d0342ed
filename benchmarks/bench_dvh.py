"""Whole processes: ``dosimetry dvh`` with a warm cache, its peers on the same files, and the bare imports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from inputs import arguments, plans, process, ratio, timed
from peers import PLATIPY_VARIABLE, find_peers

if TYPE_CHECKING:
    from inputs import Plan
    from peers import Peer


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--platipy-python", metavar="PYTHON", help=f"has platipy; or set {PLATIPY_VARIABLE}")
    given = parser.parse_args()
    peers = find_peers(given.platipy_python)
    for peer in peers:
        if peer.missing:
            print(f"{peer.name} is skipped: {peer.missing}")
    with plans(given) as chosen:
        for plan in chosen:
            compare(plan, [peer for peer in peers if not peer.missing], given.rounds)


def compare(plan: Plan, peers: list[Peer], rounds: int) -> None:
    own = process([sys.executable, "-m", "dosimetry", "dvh", plan.structures, plan.dose, "--format", "json"])
    bare = process([sys.executable, "-c", "import numpy, numba, pydicom"])
    own()  # compiles where it must
    runs = {"dosimetry dvh": own, "import numpy, numba, pydicom": bare}
    seconds = timed(runs | {peer.name: process(peer.on(plan)) for peer in peers}, rounds)
    print(f"\n{plan.name}: {len(plan.numbers)} ROIs, whole process, least of up to {rounds}")
    for name, value in seconds.items():
        print(f"  {name:58} {value:7.2f} s")
    first, imports = seconds["dosimetry dvh"], seconds["import numpy, numba, pydicom"]
    ratio("dosimetry dvh : bare imports", first / imports, at_most=(3.0, 2.0))
    for peer in peers:
        print(f"  {peer.name + ' : dosimetry dvh':58} {seconds[peer.name] / first:7.2f}")


if __name__ == "__main__":
    main()
