"""Throughput, overhead and memory of ``dosimetry batch``.

    python benchmarks/bench_batch.py rate [--cases 60]     cases/s with 1 and 2 workers, and the pure calculation
    python benchmarks/bench_batch.py memory [--cases 2000] memory of each worker over many cases, with a plot
    python benchmarks/bench_batch.py finding [--cases 2000] seconds of looking for cases, and of keeping results

Wall-clock figures need a machine that does nothing else; CPU seconds are printed beside them and hold on any.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parents[1]
PLAN = ROOT / "sample_plans" / "left_fb_tangents"
PICTURE = Path(__file__).with_name("batch_memory.png")


def multiply(root: Path, source: Path, count: int) -> None:
    """Copy a plan many times, each with UIDs of its own: results are computed once for the same content."""
    import pydicom

    files = sorted(source.glob("*.dcm"))
    uids = [str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID).encode() for path in files]
    content = [path.read_bytes() for path in files]
    for number in range(count):
        folder = root / f"case{number:05d}"
        folder.mkdir(parents=True)
        for path, data in zip(files, content, strict=True):
            for uid in uids:
                data = data.replace(uid, uid[:-5] + f"{number:05d}".encode())  # noqa: PLW2901  of the same length
            (folder / path.name).write_bytes(data)


def tiny(folder: Path) -> Path:
    """Write a case of two small structures."""
    sys.path.insert(0, str(ROOT / "tests"))
    import exports

    exports.export(folder)
    return folder


@dataclass
class Timed:
    """One run."""

    cases: int
    wall_s: float
    cpu_s: float
    lines: list[dict]

    def of_jobs(self, name: str) -> list:
        """Return one value of each job."""
        return [line[name] for line in self.lines if line["event"] == "job"]


def run(root: Path, out: Path, workers: int) -> Timed:
    """Run a batch; its time is counted from the first result on, since starting costs the same for any archive."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = [sys.executable, "-m", "dosimetry", "batch", root, "--out", out, "--workers", str(workers)]
    subprocess.run(list(map(str, line)), check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [json.loads(text) for text in (out / "log.jsonl").read_text().splitlines()]
    stamps = [datetime.fromisoformat(one["time"]).timestamp() for one in lines if one["event"] == "job"]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # the first results of all workers fall together: they stand at the start
    return Timed(len(stamps) - workers, stamps[-1] - stamps[workers - 1], cpu, lines)


def pure(root: Path) -> tuple[float, float]:
    """Return wall-clock and CPU seconds a case of the calculation alone, in this process."""
    from dosimetry.batch.discovery import Discovery
    from dosimetry.batch.settings import Settings
    from dosimetry.batch.work import compute_case
    from dosimetry.dvh.cores import use_cores

    use_cores(1)
    settings = Settings()
    jobs = list(Discovery(root, settings).jobs())
    for job in jobs[:2]:
        compute_case(job, settings)
    wall, cpu = perf_counter(), process_time()
    for job in jobs:
        compute_case(job, settings)
    return (perf_counter() - wall) / len(jobs), (process_time() - cpu) / len(jobs)


def rate(place: Path, count: int) -> None:
    multiply(place / "archive", PLAN, count)
    alone_wall, alone_cpu = pure(place / "archive")
    print(f"pure calculation: {alone_wall * 1e3:.0f} ms a case, {alone_cpu * 1e3:.0f} ms of CPU")
    rates = {}
    for workers in (1, 2):
        done = run(place / "archive", place / f"out{workers}", workers)
        rates[workers] = done.cases / done.wall_s
        over = done.wall_s / done.cases * workers / alone_wall - 1
        print(
            f"{workers} worker(s): {rates[workers]:.2f} cases/s, {over:+.1%} over the calculation; "
            f"CPU {done.cpu_s / count * 1e3:.0f} ms a case with starting; "
            f"kernels compiled {sum(done.of_jobs('compiled'))}"
        )
    print(f"2 workers do {rates[2] / rates[1]:.2f} times the cases of 1")


def memory(place: Path, count: int) -> None:
    multiply(place / "archive", tiny(place / "one"), count)
    done = run(place / "archive", place / "out", 2)
    peaks = done.of_jobs("peak_mib")
    half = len(peaks) // 2
    print(
        f"{count} cases: highest {max(peaks[:half])} MiB in the first half, {max(peaks[half:])} MiB in the second"
    )
    print(f"a case: {done.wall_s / done.cases * 1e3:.1f} ms, CPU {done.cpu_s / count * 1e3:.1f} ms")
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    axes.plot(range(1, len(peaks) + 1), peaks, ".", markersize=2)
    axes.set(xlabel="case", ylabel="memory of its worker [MiB]", ylim=(0, 1.2 * max(peaks)))
    axes.set_title(f"Highest resident memory so far: two workers, {count:,} cases")
    figure.savefig(PICTURE, dpi=150)
    print(f"plot: {PICTURE.name}")


def finding(place: Path, count: int) -> None:
    from dosimetry.batch.discovery import Discovery
    from dosimetry.batch.settings import Settings

    multiply(place / "archive", PLAN, count)
    size = sum(path.stat().st_size for path in (place / "archive" / "case00000").iterdir())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = perf_counter(), process_time()
    found = sum(1 for _ in Discovery(place / "archive", Settings()).jobs())
    wall, cpu = perf_counter() - wall, process_time() - cpu
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(
        f"{found} cases of {size / 1e6:.2f} MB found and hashed: {wall / found * 1e3:.2f} ms a case, "
        f"{cpu / found * 1e3:.2f} ms of CPU, {grown / found / 1e3:.1f} kB of memory a case"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rate", "memory", "finding"))
    parser.add_argument("--cases", type=int)
    asked = parser.parse_args()
    work, usual = {"rate": (rate, 60), "memory": (memory, 2000), "finding": (finding, 500)}[asked.what]
    with tempfile.TemporaryDirectory() as place:
        work(Path(place), asked.cases or usual)


if __name__ == "__main__":
    main()
