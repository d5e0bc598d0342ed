"""A real Dask scheduler with worker processes on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import batch_archive
import pytest
from command import dosimetry

pytest.importorskip("distributed")

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path):
    """Give the address of a scheduler with two worker processes, each under a nanny."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = batch_archive.command()[1]
    module = [sys.executable, "-m", "distributed.cli"]
    scheduler = [
        *module[:-1],
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-dashboard",
    ]
    worker = [*module[:-1], "distributed.cli.dask_worker", address, "--nworkers", "2", "--nthreads", "1"]
    worker += ["--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(tmp_path / "dask")]
    started = []
    with (tmp_path / "cluster.log").open("w") as log:
        try:
            for line in (scheduler, worker):
                one = subprocess.Popen(line, env=environment, stdout=log, stderr=log, start_new_session=True)
                started.append(one)  # whatever was started is ended, should the next one fail
            wait_for_workers(address, 2)
            yield address
        finally:
            for one in reversed(started):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(one.pid, signal.SIGKILL)
                one.wait(timeout=30)


def wait_for_workers(address, count):
    from distributed import Client

    deadline = time.monotonic() + 60
    while True:
        try:
            with Client(address, timeout=5, set_as_default=False) as client:
                client.wait_for_workers(count, timeout=max(1.0, deadline - time.monotonic()))
                return
        except (OSError, TimeoutError):
            if time.monotonic() > deadline:
                raise


def worker_pids(address):
    from distributed import Client

    with Client(address, timeout=30, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def test_a_cluster_gives_what_one_process_gives_and_survives_a_killed_worker(cluster, tmp_path):
    root = tmp_path / "archive"
    assert dosimetry("samples", root, "--cohort", 1).returncode == 0
    batch_archive.archive(root, 20)
    single, out = tmp_path / "single", tmp_path / "out"
    assert batch_archive.batch(root, "--out", single, "--workers", "1")[0] == 0
    pids = worker_pids(cluster)
    run = batch_archive.start(root, "--out", out, "--scheduler", cluster)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not ((out / "log.jsonl").exists() and len(batch_archive.log(out)) > 3):
        time.sleep(0.05)
    os.kill(pids[0], signal.SIGKILL)
    said = run.communicate(timeout=240)[1]
    assert run.returncode == 0, said
    assert batch_archive.kept(out) == batch_archive.kept(single)
    pairs = [row[5]["imni"] for row in batch_archive.kept(out).values() if row[0] == "pair"]
    assert len(pairs) == 2


def test_no_scheduler_is_one_line(tmp_path):
    batch_archive.archive(tmp_path / "a", 1)
    code, said = batch_archive.batch(tmp_path / "a", "--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1")
    assert code == 2
    assert "no scheduler answers" in said
    assert "Traceback" not in said
