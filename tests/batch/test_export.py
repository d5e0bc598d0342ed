"""One store as CSV, as Parquet, in a real PostgreSQL server, as a cohort and as a page: the same numbers."""

from __future__ import annotations

import csv
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from batch.results import HOSTILE, SETTINGS, case, failed, hostile, job, pair
from command import dosimetry

from dosimetry.batch.export import EXPORTED, export_csv, export_parquet, export_sql
from dosimetry.batch.job import Kind
from dosimetry.batch.observed import observations
from dosimetry.batch.overview import overview
from dosimetry.batch.status import status_of
from dosimetry.batch.store import Store, open_sink
from dosimetry.errors import OutputError, UsageError
from dosimetry.report.html import render


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    with open_sink(folder, SETTINGS) as sink:
        sink.put(job("h", technique=HOSTILE), hostile())
        sink.put(job("f"), failed())
        for number in range(9):
            patient = f"P-{number}"
            extra = 20.0 if number == 8 else 0.0
            outcome = pair(4.0 + 0.1 * number, 6.5 + 0.1 * number + extra)
            sink.put(job(f"p{number}", kind=Kind.PAIR, patient=patient, technique="FB"), outcome)
    return Store(folder)


def test_csv_holds_every_row_and_no_formula(store, tmp_path):
    export_csv(store, tmp_path / "csv")
    for table in EXPORTED:
        with (tmp_path / "csv" / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == list(table.names)
        assert len(rows) - 1 == len(list(store.rows(table.name)))
        assert not any(cell.startswith(("=", "@")) for row in rows for cell in row)
    with (tmp_path / "csv" / "wide.csv").open(encoding="utf-8", newline="") as stream:
        wide = list(csv.DictReader(stream))
    by_side = {(row["key"], row["side"]): row["heart Mean[Gy]"] for row in wide}
    assert (by_side["p1", "without"], by_side["p1", "with"]) == ("4.1", "6.6")
    assert float(by_side["p1", "increment"]) == pytest.approx(2.5)
    assert by_side["h", ""] == "5.0"


def test_parquet_holds_the_same(store, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra")
    export_parquet(store, tmp_path)
    for table in EXPORTED:
        read = parquet.read_table(tmp_path / f"{table.name}.parquet")
        assert read.column_names == list(table.names)
        assert [tuple(row.values()) for row in read.to_pylist()] == list(store.rows(table.name))


def programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("no PostgreSQL server: install Debian's postgresql")
    return found[-1].parent


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server of the tests' own, on a socket in a folder that goes with them."""
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is an extra")
    pytest.importorskip("psycopg", reason="psycopg is an extra")
    binaries = programs()
    # a socket's path has a hundred letters at most; the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres" if "postgres" in {one.pw_name for one in pwd.getpwall()} else "nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
    data = folder / "data"
    make = [binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(make, check=True, **quiet)
    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run([binaries / "pg_ctl", "-D", data, "-o", settings, "-w", "start"], check=True, **quiet)
    yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder)


def test_postgresql_holds_the_same_however_often_it_is_told(store, server):
    import sqlalchemy as sa

    for _ in range(2):
        counts = export_sql(store, server)
    engine = sa.create_engine(server)
    with engine.begin() as connection:
        for table in EXPORTED:
            columns = ", ".join(f'"{name}"' for name in table.names)
            asked = sa.text(f"SELECT {columns} FROM dosimetry_{table.name}")  # noqa: S608  names of our own
            rows = connection.execute(asked).fetchall()
            assert sorted(map(tuple, rows), key=str) == sorted(store.rows(table.name), key=str)
            assert counts[table.name] == len(rows)
        connection.execute(sa.text("INSERT INTO dosimetry_results (key, state) VALUES ('elsewhere', 'done')"))
    export_sql(store, server)
    with engine.begin() as connection:
        kept = connection.execute(sa.text("SELECT count(*) FROM dosimetry_results")).scalar_one()
    engine.dispose()
    assert kept == 12  # what another store wrote stays


def test_a_database_that_refuses_is_told_without_its_password(store):
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is an extra")
    pytest.importorskip("psycopg", reason="psycopg is an extra")
    with pytest.raises(OutputError) as refused:
        export_sql(store, "postgresql+psycopg://me:SECRET@localhost:1/none")
    assert "SECRET" not in str(refused.value)
    with pytest.raises(UsageError) as wrong:
        export_sql(store, "no url with SECRET")
    assert "SECRET" not in str(wrong.value)


def test_sides_of_pairs_are_techniques_of_a_cohort(store):
    found = observations(store)
    assert {one.technique for one in found} == {"FB, without IMN", "FB, with IMN"}
    assert len({one.patient for one in found}) == 9
    done = dosimetry("cohort", store.files[0].parent, "--reference", "FB, without IMN", "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert {row["technique"] for row in rows} == {"FB, without IMN", "FB, with IMN"}


def test_cases_without_pairs_are_techniques_by_their_label(tmp_path):
    with open_sink(tmp_path, SETTINGS) as sink:
        sink.put(job("a", technique="FB", imn="with"), case(6.0))
        sink.put(job("b", technique="DIBH"), case(3.0))
    found = {
        (one.technique, one.part): one.value for one in observations(Store(tmp_path)) if one.metric == "Mean[Gy]"
    }
    assert found["FB, with IMN", "heart"] == 6.0
    assert found["DIBH", "heart"] == 3.0
    with open_sink(tmp_path, SETTINGS) as sink:
        sink.put(job("c", technique="DIBH"), case(9.0))
    with pytest.raises(UsageError, match="two different numbers"):
        observations(Store(tmp_path))


def test_status_counts_states_and_reasons(store):
    found = status_of(store)
    assert found.states == {("case", "done with warnings"): 1, ("case", "failed"): 1, ("pair", "done"): 9}
    assert found.reasons == {("dicom-file", "ends before its contents do"): 1}
    assert (found.failed, found.patients, found.seconds) == (1, 9, pytest.approx(0.25 + 9 * 0.5))
    done = dosimetry("batch", "status", store.files[0].parent)
    assert done.returncode == 1
    assert "ends before its contents do" in done.stdout


def test_overview_shows_medians_outliers_and_failures(store):
    document = overview(store)
    card = document.summary[1]
    shown = {fact.label: fact.value for fact in card.facts}
    assert shown == {
        "pair, without IMN": "4.40",
        "pair, with IMN": "6.90",
        "increment": "+2.50",
        "single plan": "5.00",
    }
    far = document.sections[1].blocks[0].rows
    assert [(row[0], row[2], row[3]) for row in far] == [
        ("P-8", "pair, with IMN", "27.30"),
        ("P-8", "increment", "22.50"),
    ]
    page = render(document)
    assert "ends before its contents do" in page
    assert "<b>" not in page


def test_overview_is_written_by_the_command(store, tmp_path):
    page = tmp_path / "page.html"
    done = dosimetry("batch", "overview", store.files[0].parent, "--report", page)
    assert (done.returncode, done.stderr) == (0, "dosimetry: report: page.html\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    refused = dosimetry("batch", "export", store.files[0].parent)
    assert (refused.returncode, refused.stdout) == (2, "")
