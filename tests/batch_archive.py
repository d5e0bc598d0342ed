"""Archives of tiny cases, and the engine run on them in this process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import exports
import trees
from damage import DAMAGES, damaged

from dosimetry.batch.store import Store

TESTS = Path(__file__).parent


def archive(root, count, **options):
    """Write cases that all differ, one a folder; the files of the first are changed in place for the others."""
    from dosimetry.model.dose import Dose

    for number in range(count):
        small = exports.small_dose()
        dose = Dose(small.grid, small.values_gy * (1 + 0.001 * number))
        exports.export(root / f"case{number:04d}", trees.header(f"SYNTHETIC-{number:04d}"), dose=dose, **options)
    return root


def spoil(root, every, seeds):
    """Damage one file of every so many cases, each in another way; return what was done by folder."""
    told = {}
    folders = sorted(path for path in root.iterdir() if path.is_dir())[::every]
    for folder, seed in zip(folders, seeds, strict=False):
        file = folder / exports.NAMES[seed % 3]
        data, what = damaged(folder.name, file.read_bytes(), seed)
        file.write_bytes(data)
        told[folder.name] = (file.name, what)
    assert len(DAMAGES) == len({what for _, what in told.values()}) or len(told) < 40
    return told


def command(*arguments):
    import dosimetry

    place = os.pathsep.join((str(Path(dosimetry.__file__).parents[1]), str(TESTS)))
    return [sys.executable, "-m", "dosimetry", "batch", *map(str, arguments)], {**os.environ, "PYTHONPATH": place}


def _hear_interrupts():
    """A shell makes what it runs in the background ignore interrupts, and so would a batch that the tests start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(*arguments, **options):
    """Start a batch in a process group of its own."""
    line, environment = command(*arguments)
    return subprocess.Popen(
        line,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_hear_interrupts,  # noqa: PLW1509  sets one signal, takes no lock
        **options,
    )


def batch(*arguments, seconds=300):
    """Run a batch; return exit code and what it said."""
    line, environment = command(*arguments)
    run = subprocess.run(line, env=environment, text=True, capture_output=True, timeout=seconds, check=False)
    return run.returncode, run.stderr


def kept(out):
    """Return all results of a store: by key, what was kept without how long it took."""
    store = Store(out)
    rows = list(store.dicts("results"))
    assert len({row["key"] for row in rows}) == len(rows)
    found = {}
    for row in rows:
        documents = {name: store.document(row["key"], name) for name in ("dvh", "imni", "check")}
        about = [row[name] for name in ("kind", "ref", "state", "code", "reason")]
        found[row["key"]] = (*about, {name: one for name, one in documents.items() if one is not None})
    return found


def log(out):
    return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]
