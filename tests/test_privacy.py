"""Whose plan it is stands in no output, log or message of any command in any format, unless it is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import identity
import pytest
from command import dosimetry

if TYPE_CHECKING:
    from pathlib import Path

BOX = ["--structure", "heart", "--metric", "Mean[Gy]"]
WRONG_SUFFIX = f"{identity.SURNAME}.xyz"


@dataclass(frozen=True)
class Planted:
    """Two plans of one planted patient, an archive of one, and a folder to write into."""

    root: Path
    without: Path
    with_: Path
    archive: Path
    out: Path

    def file(self, kind):
        return next(self.without.glob(f"{kind}*"))


@pytest.fixture(scope="module")
def planted(project_root, tmp_path_factory):
    root = tmp_path_factory.mktemp("of") / identity.SURNAME
    plans = project_root / "sample_plans"
    without = identity.plant(plans / "left_fb_tangents", root)
    with_ = identity.plant(plans / "left_fb_tangents_imn", root)
    out = root / f"out_{identity.GIVEN}"
    out.mkdir()
    return Planted(root, without, with_, identity.archived(with_), out)


def silent(done, *codes):
    """Check that a command told nothing, and did not fail for another reason than the one that is meant."""
    for text in (done.stdout, done.stderr):
        assert identity.leaks(text) == []
        assert identity.absolute_paths(text) == []
    assert done.returncode in codes, done.stderr
    assert "internal error" not in done.stderr
    return done


def test_the_plant_is_in_every_file(planted):
    for path in sorted(planted.root.rglob("*.dcm")):
        text = path.read_bytes().decode("latin-1") + path.as_posix()
        assert identity.leaks(text) == list(identity.PLANTED)


# what goes well


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_dvh_find_and_names(planted, form):
    silent(dosimetry("dvh", planted.without, *BOX, "--format", form), 0)
    silent(dosimetry("find", planted.without.parent, "--format", form), 0)
    silent(dosimetry("names", planted.without, "--format", form), 0)


def test_archives_and_files_named_one_by_one(planted):
    silent(dosimetry("dvh", planted.archive, *BOX, "--format", "json"), 0)
    # of another structure set than the dose refers to: the link that was made is told
    done = dosimetry("dvh", planted.file("RD"), next(planted.with_.glob("RS*")), *BOX)
    silent(done, 0)


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_identity_is_shown_where_it_is_asked_for(planted, form):
    done = dosimetry("dvh", planted.without, *BOX, "--format", form, "--identify")
    assert done.returncode == 0
    assert identity.PATIENT_ID in done.stdout
    if form == "json":
        assert identity.leaks(done.stdout) == [*identity.PLANTED[:4], identity.UID_ROOT]
    listed = dosimetry("find", planted.without.parent, "--format", form, "--identify")
    assert f"RD.{identity.SURNAME}" in listed.stdout


def test_files_that_are_written_besides(planted):
    links, aliases, junit = (planted.out / f"{identity.SURNAME}.{kind}" for kind in ("toml", "names.toml", "xml"))
    silent(dosimetry("find", planted.without, "--write-links", links), 0)
    silent(dosimetry("names", planted.without, "--write-aliases", aliases), 0)
    assert identity.leaks(aliases.read_text(encoding="utf-8")) == []
    # a link file has no other way to name files, and says so
    assert "keep this file with the data" in links.read_text(encoding="utf-8")
    silent(dosimetry("dvh", planted.without, *BOX, "--links", links, "--format", "json"), 0)
    silent(dosimetry("dvh", planted.without, *BOX, "--aliases", aliases, "--format", "json"), 0)
    silent(dosimetry("check", planted.with_, "--protocol", "degro-2019", "--junit", junit, "--format", "csv"), 0, 1)
    assert identity.leaks(junit.read_text(encoding="utf-8")) == []


def test_pictures(planted):
    for kind in ("svg", "pdf", "png"):
        path = planted.out / f"{identity.SURNAME}.{kind}"
        silent(dosimetry("dvh", planted.without, *BOX, "--plot", path), 0)
        assert identity.leaks(path.read_bytes().decode("latin-1")) == []


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_comparisons(planted, form):
    silent(dosimetry("imni", "--without", planted.without, "--with", planted.with_, "--format", form), 0)
    silent(dosimetry("compare", f"FB={planted.without}", f"IMN={planted.with_}", "--format", form), 0)
    silent(dosimetry("check", planted.with_, "--protocol", "degro-2019", "--format", form), 0, 1)


# what goes wrong


def _spoiled(planted, target):
    folder = identity.copied(planted.without, target)
    path = next(folder.glob("RD*"))
    path.write_bytes(path.read_bytes()[:-400])
    return folder


MISTAKES = {
    "no such plan": lambda p: ("dvh", p.root / "nowhere"),
    "two plans": lambda p: ("dvh", p.root),
    "two folders": lambda p: ("dvh", p.without, p.with_),
    "dose alone": lambda p: ("dvh", p.file("RD")),
    "no dose of this name": lambda p: ("dvh", p.without, "--dose", p.root / "other.dcm"),
    "one argument too many": lambda p: ("find", p.without, p.with_),
    "unknown option": lambda p: ("dvh", p.without, "--bogus"),
    "no label": lambda p: ("compare", p.without, p.with_),
    "no such technique": lambda p: ("compare", f"A={p.without}", f"B={p.root / 'nowhere'}"),
    "no such side": lambda p: ("imni", "--without", p.root / "nowhere", "--with", p.with_),
    "kind of picture": lambda p: ("dvh", p.without, "--plot", p.out / WRONG_SUFFIX),
    "kind of report": lambda p: (
        "imni",
        "--without",
        p.without,
        "--with",
        p.with_,
        "--report",
        p.out / WRONG_SUFFIX,
    ),
    "no folder": lambda p: ("dvh", p.without, "--plot", p.root / "nowhere" / f"{identity.SURNAME}.png"),
    "no links": lambda p: ("dvh", p.without, "--links", p.out / f"{identity.SURNAME}-none.toml"),
    "no aliases": lambda p: ("dvh", p.without, *BOX, "--aliases", p.out / f"{identity.SURNAME}-none.toml"),
    "no sheet": lambda p: ("check", p.without, "--protocol", p.out / f"{identity.SURNAME}-none.toml"),
    "no cohort": lambda p: ("cohort", p.out / f"{identity.SURNAME}-none.csv"),
    "no rates": lambda p: (
        *("risk", "--heart-mean", "4", "--heart-mean-with-imn", "8", "--age", "50"),
        *("--rates", p.out / f"{identity.SURNAME}-none.csv"),
    ),
    "no folder for validation": lambda p: ("validate", "--report", p.root / "nowhere" / "report.html"),
    "in the way of samples": lambda p: ("samples", p.file("RD")),
    "no such archive": lambda p: ("batch", p.root / "nowhere", "--out", p.out / "store"),
    "no store": lambda p: ("batch", "status", p.root / "nowhere"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_messages_of_mistakes(planted, mistake):
    done = silent(dosimetry(*MISTAKES[mistake](planted)), 2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_damaged_files_are_found_again_without_their_names(planted, tmp_path):
    folder = _spoiled(planted, tmp_path)
    done = silent(dosimetry("dvh", folder), 2)
    assert re.search(r"error: RD\.….dcm \[argument 2, SHA-256 [0-9a-f]{8}\]: ends before", done.stderr)
    silent(dosimetry("find", folder), 0, 1)
    named = dosimetry("dvh", folder, "--identify")
    assert f"RD.{identity.SURNAME}_{identity.GIVEN}" in named.stderr
    assert identity.absolute_paths(named.stderr) == []


def test_slips_of_the_program_do_not_quote_files(planted, monkeypatch):
    from dosimetry.dicom import find

    def slip(*_arguments, **_options):
        raise ValueError(f"{planted.without} of {identity.SURNAME}")

    monkeypatch.setattr(find, "read_case", slip)
    monkeypatch.delenv("DOSIMETRY_DEBUG", raising=False)
    done = dosimetry("dvh", planted.without)
    assert done.returncode == 70
    assert "internal error: ValueError in dvh.py, line" in done.stderr
    assert identity.leaks(done.stderr) == []


def test_logs_of_the_library_tell_nothing(planted, tmp_path, caplog):
    from dosimetry.dicom.find import find_cases

    identity.copied(planted.with_, tmp_path)
    folder = _spoiled(planted, tmp_path)
    with caplog.at_level("DEBUG"):
        assert len(find_cases(folder.parent)) == 1
    assert identity.leaks(caplog.text) == []


def test_values_of_the_library_are_printed_without_identity(planted):
    from dosimetry.dicom.find import read_case

    case = read_case(planted.without)
    assert identity.leaks(repr(case.patient) + repr(case.sources) + repr(case.links)) == []
