"""The store: whole results, each once, whoever writes and whatever stops them."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from batch.results import HOSTILE, SETTINGS, case, failed, hostile, job, pair
from command import dosimetry

from dosimetry.batch.job import Kind
from dosimetry.batch.schema import SCHEMA_VERSION, TABLES, schema_page
from dosimetry.batch.store import Store, open_sink
from dosimetry.errors import OutputError, UsageError


def kept(folder, *results, shard=None):
    with open_sink(folder, SETTINGS, shard) as sink:
        for one, outcome in results:
            sink.put(one, outcome)
    return Store(folder)


def hearts(store):
    """Mean heart dose of each case."""
    rows = store.dicts("measurements")
    return {row["key"]: row["value"] for row in rows if (row["part"], row["metric"]) == ("heart", "Mean[Gy]")}


def test_what_is_kept_comes_back_whole(tmp_path):
    outcome = hostile()
    store = kept(
        tmp_path, (job("a", technique=HOSTILE), outcome), (job("p", kind=Kind.PAIR, technique="FB"), pair())
    )
    assert store.document("a", "dvh") == outcome.documents["dvh"]
    rows = {row["key"]: row for row in store.dicts("results")}
    assert (rows["a"]["state"], rows["a"]["technique"]) == ("done with warnings", HOSTILE)
    assert (rows["p"]["laterality"], rows["p"]["class"]) == ("left", "increment")
    measured = {
        (row["key"], row["side"], row["part"], row["metric"]): row["value"] for row in store.dicts("measurements")
    }
    assert measured["a", "", "heart", "Mean[Gy]"] == 5.0
    assert measured["a", "", "lung_left", "Mean[Gy]"] == 8.0
    assert measured["p", "increment", "heart", "Mean[Gy]"] == 2.5
    assert measured["p", "increment", "heart", "V20Gy[%]"] is None
    risks = {row["quantity"]: row for row in store.dicts("risks")}
    assert (risks["added_err"]["value"], risks["added_err"]["high"]) == (17.5, 35.0)
    assert risks["relative_increase"]["low"] is None
    (coverage,) = store.dicts("coverage")
    assert coverage["covered_with"] == "covered"
    assert store.settings()[rows["a"]["settings"]]["metrics"] == ["Mean[Gy]", "V20Gy[%]"]


def test_a_result_is_replaced_with_all_of_its_rows(tmp_path):
    store = kept(tmp_path, (job("a"), hostile()), (job("a"), case(6.0)))
    assert [row["state"] for row in store.dicts("results")] == ["done"]
    assert [row["value"] for row in store.dicts("measurements") if row["structure"] == "Heart"] == [6.0, None]
    assert list(store.rows("warnings")) == []
    assert len(list(store.rows("documents"))) == 1


def test_only_failures_that_may_pass_are_tried_again(tmp_path):
    with open_sink(tmp_path, SETTINGS) as sink:
        for key, outcome in (("done", case()), ("broken", failed()), ("slow", failed("timeout", "took too long"))):
            assert not sink.has(key)
            sink.put(job(key), outcome)
        assert [sink.has(key) for key in ("done", "broken", "slow", "other")] == [True, True, False, False]


def test_failures_that_a_run_meets_no_more_are_forgotten(tmp_path):
    with open_sink(tmp_path, SETTINGS, root="one") as sink:
        sink.put(job("repaired"), failed())
        sink.put(job("still"), failed())
        sink.put(job("done"), case())
    with open_sink(tmp_path, SETTINGS, root="other") as sink:
        sink.put(job("elsewhere"), failed())
    with open_sink(tmp_path, SETTINGS, root="one") as sink:
        assert sink.forget_failures({"still", "new"}) == 1
    assert sorted(row["key"] for row in Store(tmp_path).dicts("results")) == ["done", "elsewhere", "still"]


def test_shards_share_a_folder_and_know_of_each_other(tmp_path):
    kept(tmp_path, (job("a"), case(1.0)), shard=(1, 2))
    with open_sink(tmp_path, SETTINGS, (2, 2)) as sink:
        assert sink.has("a")
        sink.put(job("b"), case(2.0))
        sink.put(job("a"), case(3.0))
    with open_sink(tmp_path, SETTINGS) as sink:
        assert sink.has("a")
        assert sink.has("b")
    store = Store(tmp_path)
    assert [file.name for file in store.files] == [
        "results.1-of-2.sqlite",
        "results.2-of-2.sqlite",
        "results.sqlite",
    ]
    assert hearts(store) == {"a": 3.0, "b": 2.0}  # the later of two counts
    with store.frozen() as frozen:
        assert hearts(frozen) == {"a": 3.0, "b": 2.0}
    assert store.document("a", "dvh")["structures"][0]["metrics"]["Mean[Gy]"] == 3.0


def not_a_number():
    bad = case()
    bad.documents["dvh"]["structures"][0]["metrics"]["Mean[Gy]"] = float("nan")
    return bad


def no_number_for_sqlite():
    bad = case()
    bad.documents["dvh"]["structures"][0]["number"] = 2**70
    return bad


def incomplete():
    bad = case()
    del bad.documents["dvh"]["structures"][0]["name"]
    return bad


@pytest.mark.parametrize("make", [not_a_number, no_number_for_sqlite, incomplete])
def test_a_result_that_no_store_can_hold_is_a_failure_and_stops_no_other(tmp_path, make):
    with open_sink(tmp_path, SETTINGS) as sink:
        assert sink.put(job("a"), make()).state == "failed"
        assert sink.put(job("b"), case(2.0)).state == "done"
    store = Store(tmp_path)
    assert {row["key"]: row["code"] for row in store.dicts("results")} == {"a": "internal", "b": None}
    assert hearts(store) == {"b": 2.0}
    assert store.document("a", "dvh") is None


def test_text_that_no_database_takes_is_kept_with_its_place_marked(tmp_path):
    outcome = case(name="He\0art\ud800")
    store = kept(tmp_path, (job("a", technique="F\0B", patient="\udcff"), outcome))
    (row,) = store.dicts("results")
    assert (row["technique"], row["patient"]) == ("F\N{REPLACEMENT CHARACTER}B", "\N{REPLACEMENT CHARACTER}")
    assert {one["structure"] for one in store.dicts("structures")} == {"He\ufffdart\ufffd", "Lung_L"}
    assert store.document("a", "dvh") == outcome.documents["dvh"]  # the document loses nothing


@pytest.mark.parametrize("shard", [None, (1, 3)])
def test_foreign_damaged_and_newer_files_are_refused(tmp_path, shard):
    name = "results.sqlite" if shard is None else "results.1-of-3.sqlite"
    (tmp_path / name).write_bytes(b"no database at all, and longer than a header of sixteen bytes" * 20)
    with pytest.raises(OutputError, match="as a store"), open_sink(tmp_path, SETTINGS, shard):
        pass
    with pytest.raises(OutputError, match="as a store"):
        list(Store(tmp_path).rows("results"))
    (tmp_path / name).unlink()
    with sqlite3.connect(tmp_path / name) as foreign:
        foreign.execute("CREATE TABLE accounts (name)")
    with pytest.raises(OutputError, match="no store of batch results"), open_sink(tmp_path, SETTINGS, shard):
        pass
    (tmp_path / name).unlink()
    kept(tmp_path, shard=shard)
    with sqlite3.connect(tmp_path / name) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(OutputError, match="another schema"), open_sink(tmp_path, SETTINGS, shard):
        pass
    with pytest.raises(OutputError, match="another schema"), Store(tmp_path).frozen():
        pass


def test_a_file_that_is_damaged_further_on_is_told_in_one_line(tmp_path):
    store = kept(tmp_path, *((job(f"{number}"), case()) for number in range(60)))
    (file,) = store.files
    data = bytearray(file.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 64] = b"\xff" * 64
    file.write_bytes(data)
    for what in ("rows", "frozen"):
        with pytest.raises(OutputError, match="cannot be read as a store"):
            read(Store(tmp_path), what)
    refused = dosimetry("batch", "status", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1


def read(store, what):
    if what == "rows":
        return list(store.rows("measurements"))
    with store.frozen() as frozen:
        return list(frozen.rows("measurements"))


def test_a_document_that_is_damaged_is_told(tmp_path):
    store = kept(tmp_path, (job("a"), case()))
    with sqlite3.connect(store.files[0]) as opened:
        opened.execute("UPDATE documents SET json = ?", (b"no deflate",))
    with pytest.raises(OutputError, match="a result in it is damaged"):
        store.document("a", "dvh")


@pytest.mark.parametrize("shard", [None, (1, 2)])
def test_what_is_frozen_stays_while_a_batch_writes_on(tmp_path, shard):
    with open_sink(tmp_path, SETTINGS, shard) as sink:
        sink.put(job("a"), case(1.0))
        with Store(tmp_path).frozen() as store:
            sink.put(job("a"), case(2.0))
            sink.put(job("b"), case(3.0))
            assert [row["key"] for row in store.dicts("results")] == ["a"]
            assert hearts(store) == {"a": 1.0}
            assert list(store.settings().values()) == [SETTINGS.as_dict()]
        assert hearts(Store(tmp_path)) == {"a": 2.0, "b": 3.0}


def test_a_folder_without_a_store_is_named_with_the_way_out(tmp_path):
    with pytest.raises(UsageError, match="dosimetry batch ROOT --out DIR"):
        Store(tmp_path)


WRITER = """
import sys, time
from pathlib import Path
from batch.results import SETTINGS, case, job
from dosimetry.batch.store import open_sink
folder, name, count, stop_at, *shard = sys.argv[1:]
def stop(statement):
    if statement == "COMMIT":
        print("within", flush=True)
        time.sleep(600)
with open_sink(Path(folder), SETTINGS, tuple(map(int, shard)) or None) as sink:
    for number in range(int(count)):
        if number == int(stop_at):
            sink._connection.execute("PRAGMA cache_size = 1")  # pages are written before the end, too
            sink._connection.set_trace_callback(stop)
        sink.put(job(f"{name}{number}"), case(float(number)))
"""


def writer(folder, name, count, stop_at=-1, shard=()):
    paths = [str(Path(__file__).parents[1]), *sys.path]
    arguments = map(str, (folder, name, count, stop_at, *shard))
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def test_two_processes_write_one_file(tmp_path):
    running = [writer(tmp_path, name, 40) for name in "ab"]
    assert [one.communicate() and one.returncode for one in running] == [0, 0]
    store = Store(tmp_path)
    assert len(list(store.rows("results"))) == 80
    assert len(list(store.rows("measurements"))) == 80 * 4


def test_runs_that_begin_at_once_all_open_the_file(tmp_path):
    begin = threading.Barrier(4)

    def opened(folder):
        begin.wait()
        with open_sink(folder, SETTINGS) as sink:
            return sink.has("a")

    with ThreadPoolExecutor(4) as runs:
        for number in range(40):  # a change of journal that does not wait fails in one of fifteen
            assert list(runs.map(opened, [tmp_path / str(number)] * 4)) == [False] * 4


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("shard", [(), (1, 2)])
def test_a_writer_killed_within_a_transaction_leaves_what_was_there_before_it(tmp_path, shard):
    with writer(tmp_path, "k", 20, stop_at=12, shard=shard) as running:
        assert running.stdout.readline() == "within\n"
        running.send_signal(signal.SIGKILL)
    store = Store(tmp_path)
    with store.frozen() as frozen:
        assert hearts(frozen) == {f"k{number}": float(number) for number in range(12)}
        assert len(list(frozen.rows("measurements"))) == 12 * 4
    assert store.document("k12", "dvh") is None
    with open_sink(tmp_path, SETTINGS, shard or None) as sink:
        assert [sink.has(f"k{number}") for number in (11, 12)] == [True, False]
        sink.put(job("k12"), case(12.0))
    with sqlite3.connect(store.files[0]) as checked:
        assert checked.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len(hearts(store)) == 13


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can stand for another user")
@pytest.mark.parametrize("shard", [None, (1, 2)])
def test_a_store_in_a_folder_that_is_read_only_is_read(shard):
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    try:
        kept(folder, (job("a"), case(1.0)), shard=shard)
        folder.chmod(0o555)
        os.seteuid(65534)
        with Store(folder).frozen() as store:
            assert hearts(store) == {"a": 1.0}
        with pytest.raises(PermissionError):
            (folder / "new").touch()
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


def test_the_page_of_the_schema_is_that_of_the_code(project_root):
    page = (project_root / "docs" / "batch-store.md").read_text(encoding="utf-8")
    assert page.split("## Tables\n\n")[1] == schema_page().rstrip() + "\n"
    assert all(table.columns[0].name == "key" for table in TABLES)
