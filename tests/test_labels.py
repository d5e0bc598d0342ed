"""Messages name files by what they are, and so that the user finds them, but not by whose they are."""

from __future__ import annotations

import hashlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import DicomFileError, DosimetryError
from dosimetry.labels import file_label, masked_name, naming, without_paths


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/home/doe/rtdose.dcm", "rtdose.dcm"),
        ("RD.1.2.246.352.71.7.320687012.dcm", "RD.….dcm"),
        ("RS_19630709_4711001.dcm", "RS_….dcm"),
        ("RS_1963-07-09.dcm", "RS_….dcm"),
        ("RS_63-07-09.dcm", "RS_….dcm"),
        ("DOE^JANE RTPLAN.dcm", "… RTPLAN.dcm"),
        ("plan_DOE_dose_JANE.dcm", "plan_…_dose_….dcm"),
        ("RTDOSE2_DOE.DCM", "RTDOSE2_….DCM"),
        ("Müller.dcm", "….dcm"),
        ("dose(2).dcm", "dose(2).dcm"),
        ("RD\x1b[2J.dcm", "RD\N{REPLACEMENT CHARACTER}[2….dcm"),
    ],
)
def test_what_tells_whose_a_file_is_is_masked(name, shown):
    assert masked_name(name) == shown


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=9))
def test_no_word_that_is_not_an_exports_own_is_shown(word):
    assert word not in masked_name(f"RD_{word}.dcm")


def test_a_masked_file_is_found_again_by_argument_and_hash(tmp_path):
    folder = tmp_path / "DOE_JANE"
    folder.mkdir()
    path = folder / "RS_DOE.dcm"
    path.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()[:8]
    assert file_label(path) == f"RS_….dcm [SHA-256 {digest}]"
    with naming(["dvh", "--interval", str(folder)], identify=False):
        assert file_label(path) == f"RS_….dcm [argument 3, SHA-256 {digest}]"
        assert file_label(folder / "RS_JIM.dcm") == "RS_….dcm [argument 3]"
    with naming(["compare", f"FB={folder}"], identify=False):
        assert file_label(folder) == "…_… [argument 2]".replace("…_…", "…")
    with naming(["dvh", str(folder), "--identify"], identify=True):
        assert file_label(path) == "RS_DOE.dcm"


def test_messages_do_not_repeat_paths_as_they_were_typed():
    line = "unexpected extra argument (/data/DOE/JANE.dcm)"
    with naming(["dvh", "a", "/data/DOE/JANE.dcm"], identify=False):
        assert without_paths(line) == "unexpected extra argument (….dcm [argument 3])"
    with naming(["dvh", "/data/DOE/JANE.dcm"], identify=True):
        assert without_paths(line) == line


def test_an_error_survives_the_way_from_another_process():
    sent = pickle.dumps(DicomFileError("a problem", file="RS_DOE.dcm", found="this"))
    error = pickle.loads(sent)  # noqa: S301  our own  # noqa: S301  our own
    assert str(error) == "RS_….dcm: a problem; found this"


def test_a_label_is_made_when_it_is_first_asked_for(tmp_path):
    path = tmp_path / "DOE.dcm"
    error = DosimetryError("a problem", file=path)
    path.write_bytes(b"later")
    assert str(error) == f"….dcm [SHA-256 {hashlib.sha256(b'later').hexdigest()[:8]}]: a problem"
