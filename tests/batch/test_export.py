"""One store as CSV, as Parquet, in a real PostgreSQL server, as a cohort and as a page: the same numbers."""

from __future__ import annotations

import csv
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from batch.results import HOSTILE, SETTINGS, case, failed, hostile, job, pair, structure
from command import dosimetry

from dosimetry.batch.export import EXPORTED, export_csv, export_parquet, export_sql
from dosimetry.batch.job import Kind
from dosimetry.batch.observed import observations
from dosimetry.batch.overview import overview
from dosimetry.batch.settings import Settings
from dosimetry.batch.status import status_of
from dosimetry.batch.store import Store, open_sink
from dosimetry.batch.wide import wide_rows
from dosimetry.errors import OutputError, UsageError
from dosimetry.labels import masked_name
from dosimetry.report.html import render
from dosimetry.text import csv_cell


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


def cell_of(text, kind):
    if kind == "text":
        return text or None
    return None if not text else float(text) if kind == "number" else int(text)


def shown(cell):
    return (csv_cell(cell) or None) if isinstance(cell, str) else cell


def test_csv_holds_every_row_and_no_formula(store, tmp_path):
    export_csv(store, tmp_path / "csv")
    for table in EXPORTED:
        with (tmp_path / "csv" / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == list(table.names)
        kinds = [column.kind for column in table.columns]
        read = [tuple(cell_of(*one) for one in zip(row, kinds, strict=True)) for row in rows[1:]]
        assert read == [tuple(map(shown, row)) for row in store.rows(table.name)]
        assert not any(cell.startswith(("=", "@")) for row in rows for cell in row)
    with (tmp_path / "csv" / "wide.csv").open(encoding="utf-8", newline="") as stream:
        wide = list(csv.DictReader(stream))
    by_side = {(row["key"], row["side"]): row["heart Mean[Gy]"] for row in wide}
    assert (by_side["p1", "without"], by_side["p1", "with"]) == ("4.1", "6.6")
    assert float(by_side["p1", "increment"]) == pytest.approx(2.5)
    assert by_side["h", ""] == "5.0"
    before = {path.name: path.read_bytes() for path in (tmp_path / "csv").iterdir()}
    export_csv(store, tmp_path / "csv")
    assert {path.name: path.read_bytes() for path in (tmp_path / "csv").iterdir()} == before


def test_the_long_table_is_to_a_cohort_what_the_store_is(store, tmp_path):
    export_csv(store, tmp_path)
    options = ("--reference", "FB, without IMN", "--format", "csv")
    of_table = dosimetry("cohort", tmp_path / "long.csv", *options)
    of_store = dosimetry("cohort", store.files[0].parent, *options)
    assert (of_table.returncode, of_table.stdout) == (0, of_store.stdout), of_table.stderr
    assert of_table.stdout.count("\n") > 2
    with (tmp_path / "long.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(list(store.rows("measurements")))
    kinds = {row["kind"]: row for row in rows}
    assert (kinds["increment"]["technique"], kinds["increment"]["side"]) == ("FB", "increment")
    assert kinds["plan"]["key"] == "h"


def test_rois_of_one_name_and_of_the_name_of_a_part_have_columns_of_their_own(tmp_path):
    outcome = case()
    outcome.documents["dvh"]["structures"] = [
        structure("Heart", 1, mean=1.0),
        structure("heart", 2, mean=2.0),
        structure("PTV", 3, None, mean=3.0),
        structure("PTV", 4, None, mean=4.0),
        structure("lad", 5, None, mean=5.0),
        structure("A_LAD", 6, "lad", mean=6.0),
    ]
    with open_sink(tmp_path, SETTINGS) as sink:
        sink.put(job("a"), outcome)
    header, rows = wide_rows(Store(tmp_path))
    (row,) = rows
    means = {name: value for name, value in zip(header, row, strict=True) if name.endswith(" Mean[Gy]")}
    assert means == {
        "ROI Heart Mean[Gy]": 1.0,
        "ROI heart Mean[Gy]": 2.0,
        "ROI PTV Mean[Gy]": 3.0,
        "ROI PTV (2) Mean[Gy]": 4.0,
        "ROI lad Mean[Gy]": 5.0,
        "lad Mean[Gy]": 6.0,
    }


def test_results_of_other_settings_count_no_more(tmp_path):
    older, newer = (Settings(metrics=("Mean[Gy]", more)) for more in ("V5Gy[%]", "V20Gy[%]"))
    for settings, mean in ((older, 1.0), (newer, 2.0)):
        with open_sink(tmp_path, settings) as sink:
            for name in "ab":
                one = job(f"{name}{mean:g}", patient=name)
                sink.put(replace(one, ref=f"ref-{name}"), case(mean))
    store = Store(tmp_path)
    assert {one.value for one in observations(store) if one.part == "heart"} == {2.0}
    assert len(list(wide_rows(store)[1])) == 2
    found = status_of(store)
    assert (found.states, found.superseded) == ({("case", "done"): 2}, 2)
    facts = overview(store).summary[1].facts
    assert [fact.value for fact in facts] == ["2.00"]
    assert len(list(store.rows("results"))) == 4  # tables have all, with their settings


def test_a_folder_that_cannot_be_written_is_told(store, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for export in (export_csv, export_parquet):
        with pytest.raises(OutputError):
            export(store, tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


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
    for url in (
        "no url with SECRET",
        "postgresql+psycopg://me:SECRET@host:port/name",
        "nothing://me:SECRET@host/name",
    ):
        with pytest.raises(UsageError) as wrong:
            export_sql(store, url)
        assert "SECRET" not in str(wrong.value)
    done = dosimetry(
        "batch", "export", store.files[0].parent, "--sql", "postgresql+psycopg://me:SE@CRET@localhost:1/none"
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "CRET" not in done.stderr


def test_a_database_without_the_rights_is_told_by_its_state(store, server):
    import sqlalchemy as sa

    engine = sa.create_engine(server)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE ROLE guest LOGIN"))
        connection.execute(sa.text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    engine.dispose()
    with pytest.raises(OutputError, match="SQLSTATE 42501"):
        export_sql(store, server.replace("tester@", "guest@"), prefix="other_")


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
    assert found.rate_per_h > 3600  # eleven results in well under eleven seconds
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
        ("P-8", "increment", "+22.50"),
    ]
    page = render(document)
    assert "ends before its contents do" in page
    assert "<b>" not in page


def test_overview_counts_other_differences_apart_from_increments(tmp_path):
    other = pair(4.0, 9.0)
    other.documents["imni"]["comparison"]["class"] = "technique-comparison"
    with open_sink(tmp_path, SETTINGS) as sink:
        sink.put(job("a", kind=Kind.PAIR, patient="A"), pair(4.0, 6.0))
        sink.put(job("b", kind=Kind.PAIR, patient="B"), other)
    shown = {fact.label: fact.value for fact in overview(Store(tmp_path)).summary[1].facts}
    assert shown["increment"] == "+2.00"
    assert shown["difference: technique comparison"] == "+5.00"


def test_overview_is_written_by_the_command(store, tmp_path):
    page = tmp_path / "page.html"
    done = dosimetry("batch", "overview", store.files[0].parent, "--report", page)
    assert (done.returncode, done.stderr) == (0, f"dosimetry: report: {masked_name(page)}\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    refused = dosimetry("batch", "export", store.files[0].parent)
    assert (refused.returncode, refused.stdout) == (2, "")
