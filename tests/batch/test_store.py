"""The store: whole results, each once, whoever writes and whatever stops them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch.results import HOSTILE, SETTINGS, case, failed, hostile, job, pair

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
    """Mean heart dose by result."""
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
    means = {
        row["key"]: row["value"] for row in store.dicts("measurements") if row["part"] == "heart" and row["value"]
    }
    assert means == {"a": 3.0, "b": 2.0}  # the later of two counts


def test_a_result_that_cannot_be_written_leaves_what_was_there(tmp_path):
    bad = case()
    bad.documents["dvh"]["structures"][0]["metrics"]["Mean[Gy]"] = float("nan")
    with open_sink(tmp_path, SETTINGS) as sink:
        sink.put(job("a"), case(1.0))
        with pytest.raises(ValueError, match="not JSON compliant"):
            sink.put(job("a"), bad)
    assert [row["value"] for row in Store(tmp_path).dicts("measurements") if row["structure"] == "Heart"] == [
        1.0,
        None,
    ]


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


def test_a_folder_without_a_store_is_named_with_the_way_out(tmp_path):
    with pytest.raises(UsageError, match="dosimetry batch ROOT --out DIR"):
        Store(tmp_path)


WRITER = """
import sys
from pathlib import Path
from batch.results import SETTINGS, case, job
from dosimetry.batch.store import open_sink
with open_sink(Path(sys.argv[1]), SETTINGS) as sink:
    print("open", flush=True)
    for number in range(int(sys.argv[3])):
        sink.put(job(f"{sys.argv[2]}{number}"), case(float(number)))
"""


def writer(folder, name, count):
    paths = [str(Path(__file__).parents[1]), *sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
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


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_writer_leaves_whole_results(tmp_path):
    for number in range(3):
        running = writer(tmp_path, f"{number}-", 100_000)
        with running:
            assert running.stdout.readline() == "open\n"
            time.sleep(0.05 + 0.07 * number)
            running.send_signal(signal.SIGKILL)
    store = Store(tmp_path)
    results = [row["key"] for row in store.dicts("results")]
    assert len(results) == len(set(results)) > 0
    counted = dict.fromkeys(results, 0)
    for row in store.dicts("measurements"):
        counted[row["key"]] += 1
    assert set(counted.values()) == {4}
    assert sorted(row["key"] for row in store.dicts("documents")) == sorted(results)
    with sqlite3.connect(store.files[0]) as checked:
        assert checked.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_page_of_the_schema_is_that_of_the_code(project_root):
    page = (project_root / "docs" / "batch-store.md").read_text(encoding="utf-8")
    assert page.split("## Tables\n\n")[1] == schema_page().rstrip() + "\n"
    assert all(table.columns[0].name == "key" for table in TABLES)
