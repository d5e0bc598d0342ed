"""Which files make a case, for which reason, and what is said where they do not."""

from __future__ import annotations

import os
import shutil

import exports
import pytest

from dosimetry import find_cases, read_case
from dosimetry.dicom.find import locate_cases, read_parts
from dosimetry.dicom.write import StudyHeader, write_dose, write_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import AmbiguityError, DicomFileError, DosimetryError, LinkError, NotDicomError
from dosimetry.labels import masked_name
from dosimetry.model.case import Link
from dosimetry.model.dose import Summation
from dosimetry.provenance import pseudonym
from dosimetry.warnings import Code

BY_UID = {"structures": "reference", "plan": "reference"}


def rules(case):
    return {link.subject: link.rule for link in case.links}


def codes(case):
    return [caution.code for caution in case.warnings]


def header(patient="SYNTHETIC-TINY", **values):
    return StudyHeader(patient_id=patient, **values)


def without(*keywords):
    def change(dataset):
        for keyword in keywords:
            if keyword in dataset:
                delattr(dataset, keyword)

    return change


def setting(**values):
    def change(dataset):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def refer(keyword, uid):
    def change(dataset):
        dataset[keyword].value[0].ReferencedSOPInstanceUID = uid

    return change


def other_frame(dataset):
    dataset.FrameOfReferenceUID = "1.2.3.4"
    dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = "1.2.3.4"
    for item in dataset.StructureSetROISequence:
        item.ReferencedFrameOfReferenceUID = "1.2.3.4"


def beam_dose(folder, name, label, **references):
    path = folder / name
    dose = exports.small_dose(summation=Summation.BEAM)
    write_dose(path, dose, header(series_label=label), **references)
    return path


# one case


@pytest.mark.parametrize("how", ["folder", "text", "files", "files in another order", "nested folder"])
def test_case_by_references(tmp_path, how):
    paths = exports.export(tmp_path / "a" / "b")
    source = {
        "folder": tmp_path / "a" / "b",
        "text": str(tmp_path / "a" / "b"),
        "files": paths,
        "files in another order": [str(path) for path in paths[::-1]],
        "nested folder": tmp_path,
    }[how]
    case = read_case(source)
    assert case.links == (
        Link("structures", "reference", "the dose refers to it by UID"),
        Link("plan", "reference", "the dose refers to this plan by UID"),
    )
    assert case.warnings == ()
    assert case.structures.names() == ("Box", "Ring")
    assert case.rtplan.prescriptions[0].dose_gy == 10.0
    assert case.patient.pseudonym == pseudonym("SYNTHETIC-TINY")
    assert case.patient.position == "HFS"
    assert [source.kind for source in case.sources] == ["RTDOSE", "RTSTRUCT", "RTPLAN"]
    assert compute_dvh(case.dose, case.structures["Box"]).mean_gy == pytest.approx(exports.BOX_MEAN_GY, abs=1e-6)


def test_structure_set_by_the_reference_of_the_plan(tmp_path):
    dose, *_ = exports.export(tmp_path)
    exports.edit(dose, without("ReferencedStructureSetSequence"))
    case = read_case(tmp_path)
    assert case.links[0] == Link("structures", "reference", "the plan refers to it by UID")
    assert case.warnings == ()


def test_without_plan(tmp_path):
    exports.export(tmp_path, plan=False)
    case = read_case(tmp_path)
    assert case.rtplan is None
    assert rules(case) == {"structures": "reference"}
    assert codes(case) == [Code.PLAN_MISSING]


def test_without_any_reference_frame_and_study_decide_aloud(tmp_path):
    dose, _, plan = exports.export(tmp_path)
    exports.edit(dose, without("ReferencedStructureSetSequence", "ReferencedRTPlanSequence"))
    exports.edit(plan, without("ReferencedStructureSetSequence"))
    case = read_case(tmp_path)
    assert rules(case) == {"structures": "frame-of-reference", "plan": "frame-of-reference"}
    assert codes(case) == [Code.LINK_BY_FRAME, Code.LINK_BY_FRAME]


def test_plan_of_another_study_is_not_taken_by_frame(tmp_path):
    dose, _, plan = exports.export(tmp_path)
    exports.edit(dose, without("ReferencedRTPlanSequence"))
    exports.edit(plan, setting(StudyInstanceUID="1.2.3"))
    case = read_case(tmp_path)
    assert case.rtplan is None
    assert codes(case) == [Code.PLAN_MISSING]


def test_dose_of_several_plans_has_no_single_plan(tmp_path):
    exports.export(tmp_path)
    exports.export(tmp_path, label="b")

    def change(dataset):
        other = exports.pydicom.dcmread(tmp_path / "bplan.dcm").SOPInstanceUID
        item = exports.pydicom.Dataset()
        item.ReferencedSOPInstanceUID = other
        dataset.ReferencedRTPlanSequence.append(item)
        dataset.DoseSummationType = "MULTI_PLAN"

    exports.edit(tmp_path / "dose.dcm", change)
    (tmp_path / "bdose.dcm").unlink()
    case = read_case(tmp_path)
    assert case.rtplan is None
    assert case.warnings[0].code is Code.PLAN_MISSING
    assert "refers to 2 plans" in case.warnings[0].text


@pytest.mark.parametrize("keywords", [(), ("ReferencedRTPlanSequence",)])
@pytest.mark.parametrize("named", [False, True])
def test_a_sum_is_not_given_the_fractions_of_one_plan(tmp_path, keywords, named):
    """A MULTI_PLAN dose that names one plan, or none, is not in the fractions of the one that lies beside it."""
    paths = exports.export(tmp_path)
    exports.edit(paths[0], without(*keywords))
    exports.edit(paths[0], setting(DoseSummationType="MULTI_PLAN"))
    case = read_case(paths if named else tmp_path)
    assert case.rtplan is None
    assert case.dose.fractions is None
    assert Code.PLAN_MISSING in codes(case)
    assert "it is a sum, and no single plan describes it" in " ".join(caution.text for caution in case.warnings)


# references that lead elsewhere


def test_mismatch_in_a_folder_is_not_linked(tmp_path):
    dose, _, plan = exports.export(tmp_path)
    for path in (dose, plan):
        exports.edit(path, refer("ReferencedStructureSetSequence", "1.2.3"))
    with pytest.raises(LinkError) as caught:
        read_case(tmp_path)
    assert str(caught.value) == (
        "dose.dcm: its structure set is not in the folder; expected the RTSTRUCT that the dose or its plan refer to"
        "; found structures.dcm; if it was edited or sent anew under another UID, choose one with --structures FILE"
        "|UID, or record it in a link file (--links)"
    )


def test_mismatch_of_named_files_is_a_warning(tmp_path):
    paths = exports.export(tmp_path)
    exports.edit(paths[0], refer("ReferencedStructureSetSequence", "1.2.3"))
    exports.edit(paths[0], refer("ReferencedRTPlanSequence", "1.2.4"))
    exports.edit(paths[2], refer("ReferencedStructureSetSequence", "1.2.3"))
    case = read_case(paths)
    assert rules(case) == {"structures": "named", "plan": "reference-mismatch"}
    assert codes(case) == [Code.LINK_REFERENCE_MISMATCH, Code.LINK_REFERENCE_MISMATCH]
    assert case.rtplan.label == "TINY"


def test_plan_that_the_dose_does_not_refer_to_is_left_in_the_folder(tmp_path):
    dose, *_ = exports.export(tmp_path)
    exports.edit(dose, refer("ReferencedRTPlanSequence", "1.2.3"))
    case = read_case(tmp_path)
    assert case.rtplan is None
    assert codes(case) == [Code.PLAN_MISSING]


def test_other_frame_of_reference_is_refused_even_if_named(tmp_path):
    paths = exports.export(tmp_path)
    exports.edit(paths[1], other_frame)
    for source in (tmp_path, paths, paths[:2]):
        with pytest.raises(LinkError) as caught:
            read_case(source)
        assert str(caught.value) == (
            "structures.dcm: structure set lies in another frame of reference than the dose; expected the "
            "FrameOfReferenceUID of dose.dcm; found another one; use the structure set that was drawn on the "
            "planning CT of this dose"
        )


def test_plan_in_another_frame_of_reference_is_refused_if_named(tmp_path):
    paths = exports.export(tmp_path)
    exports.edit(paths[0], refer("ReferencedRTPlanSequence", "1.2.3"))
    exports.edit(paths[2], setting(FrameOfReferenceUID="1.2.3.4"))
    with pytest.raises(LinkError, match=r"plan\.dcm: the RTPLAN does not belong to the dose"):
        read_case(paths)


def test_frame_of_reference_of_the_rois_counts(tmp_path):
    """ReferencedFrameOfReferenceSequence is optional; each ROI names its frame all the same."""
    paths = exports.export(tmp_path, plan=False)
    exports.edit(paths[0], without("ReferencedStructureSetSequence"))
    exports.edit(paths[1], without("FrameOfReferenceUID", "ReferencedFrameOfReferenceSequence"))
    assert rules(read_case(tmp_path)) == {"structures": "frame-of-reference"}
    assert codes(read_case(paths)) == [Code.PLAN_MISSING]
    exports.edit(paths[0], setting(FrameOfReferenceUID="1.2.3.4"))
    with pytest.raises(LinkError, match="structure set lies in another frame of reference"):
        read_case(paths)


def test_unknown_frame_of_reference_is_said(tmp_path):
    paths = exports.export(tmp_path, plan=False)
    exports.edit(paths[0], without("FrameOfReferenceUID", "ReferencedStructureSetSequence"))
    case = read_case(paths)
    assert codes(case) == [Code.PLAN_MISSING, Code.LINK_FRAME_UNKNOWN]
    assert case.links[0].reason == "named by the user; the frame of reference is not stated"
    with pytest.raises(LinkError, match="no structure set of this patient in the dose's frame of reference"):
        read_case(tmp_path)


def test_dose_and_plan_that_refer_to_different_sets(tmp_path):
    dose, structures, _ = exports.export(tmp_path)
    exports.edit(structures, setting(SOPInstanceUID="1.2.3"), tmp_path / "other.dcm")
    exports.edit(dose, refer("ReferencedStructureSetSequence", "1.2.3"))
    with pytest.raises(AmbiguityError) as caught:
        read_case(tmp_path)
    assert "dose and plan refer to different structure sets; found other.dcm, structures.dcm" in str(caught.value)


def test_two_sets_in_the_frame_are_not_guessed(tmp_path):
    paths = exports.export(tmp_path, plan=False)
    exports.edit(paths[1], setting(SOPInstanceUID="1.2.3"), tmp_path / "other.dcm")
    exports.edit(paths[0], without("ReferencedStructureSetSequence"))
    with pytest.raises(AmbiguityError, match=r"2 structure sets lie in .* found other\.dcm, structures\.dcm; c"):
        read_case(tmp_path)
    assert rules(read_case([paths[0], tmp_path / "other.dcm"])) == {"structures": "named"}


def test_different_patient_ids_are_said(tmp_path):
    paths = exports.export(tmp_path, plan=False)
    exports.edit(paths[1], setting(PatientID="SOMEBODY-ELSE"))
    assert Code.PATIENT_MISMATCH in codes(read_case(tmp_path))
    exports.edit(paths[0], without("ReferencedStructureSetSequence"))
    with pytest.raises(LinkError, match="no structure set of this patient"):
        read_case(tmp_path)


# several


def test_several_patients_below_one_root(tmp_path):
    for name in ("a", "b", "c"):
        exports.export(tmp_path / name, header(f"SYNTHETIC-{name}"))
    cases = find_cases(tmp_path)
    assert [case.patient.pseudonym for case in cases] == [pseudonym(f"SYNTHETIC-{name}") for name in "abc"]
    assert [rules(case) for case in cases] == [BY_UID] * 3
    with pytest.raises(AmbiguityError, match="3 doses could be the plan"):
        read_case(tmp_path)


def test_patients_in_one_flat_folder_are_not_mixed(tmp_path):
    for name in ("a", "b"):
        exports.export(tmp_path, header(f"SYNTHETIC-{name}"), label=name)
    for case in find_cases(tmp_path):
        assert case.dose.structure_set_uid == case.structures.sop_instance_uid
        assert case.dose.plan_uids == (case.rtplan.sop_instance_uid,)


def test_two_doses_are_listed_with_what_to_do(tmp_path):
    exports.export(tmp_path)
    exports.export(tmp_path, label="2")
    with pytest.raises(AmbiguityError) as caught:
        read_case(tmp_path)
    assert str(caught.value) == (
        f"{masked_name(tmp_path)}: 2 doses could be the plan; found 2dose.dcm (PLAN), dose.dcm (PLAN); choose one "
        "with --dose FILE|UID; 'dosimetry find' lists them"
    )
    with pytest.raises(AmbiguityError, match="2 RTDOSE files for one case; found dose"):
        read_case([tmp_path / "dose.dcm", tmp_path / "2dose.dcm", tmp_path / "structures.dcm"])


def test_dose_that_cannot_be_linked_is_listed_too(tmp_path):
    paths = exports.export(tmp_path)
    lost = setting(SOPInstanceUID="1.2.4", FrameOfReferenceUID="1.2.5")
    exports.edit(paths[0], lost, tmp_path / "lost.dcm")
    with pytest.raises(AmbiguityError) as caught:
        read_case(tmp_path)
    assert (
        "2 doses could be the plan; found dose.dcm (PLAN); lost.dcm (PLAN), not linked: structure set lies in "
        "another frame of reference than the dose; choose"
    ) in str(caught.value)
    located = locate_cases(tmp_path)
    assert [case.dose.path.name for case in located.cases] == ["dose.dcm"]
    assert [problem.file for problem in located.problems] == ["structures.dcm"]
    assert len(find_cases(tmp_path)) == 1


def test_dose_of_the_plan_wins_over_those_of_its_beams(tmp_path):
    _, structures, plan = exports.export(tmp_path)
    references = {
        "plan_uid": exports.pydicom.dcmread(plan).SOPInstanceUID,
        "structure_set_uid": exports.pydicom.dcmread(structures).SOPInstanceUID,
    }
    beam_dose(tmp_path, "1beam.dcm", "b1", **references)
    beam_dose(tmp_path, "2beam.dcm", "b2", **references)
    case = read_case(tmp_path)
    assert (case.dose.source.name, case.dose.summation) == ("dose.dcm", Summation.PLAN)
    (tmp_path / "dose.dcm").unlink()
    with pytest.raises(AmbiguityError, match=r"2 doses .* found 1beam\.dcm \(BEAM\), 2beam\.dcm \(BEAM\)"):
        read_case(tmp_path)
    (tmp_path / "2beam.dcm").unlink()
    assert read_case(tmp_path).dose.warnings[0].code is Code.DOSE_SUMMATION_UNCLEAR


# copies


def test_copies_of_one_export_are_one_case(tmp_path):
    for path in exports.export(tmp_path / "a"):
        (tmp_path / "b").mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / "b" / f"copy-{path.name}")
    case = read_case(tmp_path)
    assert rules(case) == BY_UID
    assert case.warnings == ()
    assert len(find_cases(tmp_path)) == 1


@pytest.mark.parametrize("kind", ["dose", "structures", "plan"])
def test_edited_copy_under_the_same_uid_is_not_picked_by_chance(tmp_path, kind):
    exports.export(tmp_path)
    exports.edit(tmp_path / f"{kind}.dcm", setting(SeriesDescription="edited"), tmp_path / "edited.dcm")
    with pytest.raises(AmbiguityError) as caught:
        read_case(tmp_path)
    assert "edited.dcm" in str(caught.value)
    assert f"{kind}.dcm" in str(caught.value)


def test_files_named_twice(tmp_path):
    dose, structures, _ = exports.export(tmp_path)
    with pytest.raises(AmbiguityError, match="2 RTDOSE files"):
        read_case([dose, dose, structures])
    with pytest.raises(LinkError, match=r"dose\.dcm: is named twice in a sum"):
        read_parts([dose, structures, dose])
    with pytest.raises(LinkError, match="is named twice in a sum"):
        read_parts([tmp_path, tmp_path])
    shutil.copy(dose, tmp_path / "copy.dcm")
    with pytest.raises(LinkError, match=r"one dose is named twice in a sum; found dose\.dcm \(PLAN\), copy\.dcm"):
        read_parts([dose, tmp_path / "copy.dcm", structures])


# sums


def test_parts_of_a_sum(tmp_path):
    a = exports.export(tmp_path / "a")
    exports.export(tmp_path / "b", header("SYNTHETIC-TINY", series_label="b"))
    assert len(read_parts([tmp_path / "a"])) == 1
    parts = read_parts([tmp_path / "a", tmp_path / "b"])
    assert [rules(part) for part in parts] == [BY_UID, BY_UID]
    mixed = read_parts([tmp_path / "b", *a])
    assert [part.dose.source.sha256 for part in mixed] == [part.dose.source.sha256 for part in parts[::-1]]


def test_doses_named_one_by_one_share_the_structure_set(tmp_path):
    dose, structures, plan = exports.export(tmp_path)
    second = tmp_path / "second.dcm"
    write_dose(second, exports.small_dose(), header(series_label="2"))
    parts = read_parts([dose, second, structures, plan])
    assert [part.dose.source.name for part in parts] == ["dose.dcm", "second.dcm"]
    assert {part.structures.sop_instance_uid for part in parts} == {parts[0].structures.sop_instance_uid}
    assert [part.rtplan is None for part in parts] == [False, True]
    assert codes(parts[1]) == [Code.PLAN_MISSING]


# what else lies in folders


def test_unrelated_and_broken_files_beside_a_case(tmp_path):
    exports.export(tmp_path)
    (tmp_path / "README.txt").write_text("not DICOM")
    (tmp_path / "empty.dcm").touch()
    (tmp_path / ".DS_Store").write_bytes(b"\0" * 200)
    exports.edit(tmp_path / "dose.dcm", setting(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), tmp_path / "ct.dcm")
    data = (tmp_path / "structures.dcm").read_bytes()
    (tmp_path / "cut.dcm").write_bytes(data[:-700])  # within the contours
    located = locate_cases(tmp_path)
    assert len(located.cases) == 1
    assert located.scan.others == 3
    assert [path.name for path, _ in located.scan.broken] == ["cut.dcm"]
    case = read_case(tmp_path)
    assert [(c.code, c.text) for c in case.warnings] == [
        (Code.LINK_FILE_IGNORED, "1 file(s) or folder(s) beside it could not be read and were left out")
    ]


def test_class_decides_what_a_file_is_not_modality(tmp_path):
    paths = exports.export(tmp_path)
    exports.edit(paths[0], setting(Modality="RTSTRUCT"))
    exports.edit(paths[1], setting(Modality="RTDOSE"))
    for source in (tmp_path, paths):
        assert rules(read_case(source)) == BY_UID


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (
            ("dose.dcm", "plan.dcm"),
            "dose.dcm: no structure set for this dose; expected an RTSTRUCT; found none; export",
        ),
        (("structures.dcm",), "no RT Dose found; expected an RTDOSE with its RTSTRUCT; found RTSTRUCT and 0 other"),
        (
            ("structures.dcm", "plan.dcm"),
            "no RT Dose found; expected an RTDOSE with its RTSTRUCT; found RTPLAN, RTSTR",
        ),
        ((), "no RT Dose found; expected an RTDOSE with its RTSTRUCT; found no DICOM-RT file and 0 other file(s)"),
    ],
)
def test_missing_files(tmp_path, kept, words):
    for path in exports.export(tmp_path):
        if path.name not in kept:
            path.unlink()
    for find in (read_case, find_cases):
        with pytest.raises(LinkError) as caught:
            find(tmp_path)
        assert words in str(caught.value)


def test_unreadable_structure_set_is_counted(tmp_path):
    _, structures, _ = exports.export(tmp_path)
    structures.write_bytes(structures.read_bytes()[:-700])  # within the contours
    with pytest.raises(
        DosimetryError, match="no structure set for this dose; expected an RTSTRUCT; found none, and 1 unreadable"
    ):
        read_case(tmp_path)


def test_missing_files_among_those_named(tmp_path):
    dose, structures, plan = exports.export(tmp_path)
    with pytest.raises(
        LinkError, match=r"no RTDOSE among the files; found structures\.dcm, plan\.dcm; name the dose"
    ):
        read_case([structures, plan])
    with pytest.raises(LinkError, match=r"dose\.dcm: no structure set for this dose"):
        read_case([dose, plan])
    with pytest.raises(LinkError, match=r"dose\.dcm: no structure set for this dose"):
        read_case(dose)
    (tmp_path / "note.txt").write_text("some text, longer than what a header without preamble needs")
    with pytest.raises(NotDicomError, match=r"note\.txt: is not a DICOM file; expected .*; found other content"):
        read_case([dose, structures, tmp_path / "note.txt"])
    exports.edit(plan, setting(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"))
    with pytest.raises(LinkError, match=r"plan\.dcm: is not an RT object"):
        read_case([dose, structures, plan])


def test_bad_sources(tmp_path):
    dose, structures, _ = exports.export(tmp_path)
    with pytest.raises(LinkError, match="nowhere: no such file or folder"):
        read_case(tmp_path / "nowhere")
    with pytest.raises(LinkError, match="no file or folder given"):
        read_case([])
    with pytest.raises(LinkError, match="folders and files are mixed"):
        read_case([tmp_path, structures])
    with pytest.raises(LinkError, match="nowhere: no such folder"):
        locate_cases(tmp_path / "nowhere")
    with pytest.raises(LinkError, match=r"dose\.dcm: is neither a folder nor a zip archive"):
        find_cases(dose)
    with pytest.raises(LinkError, match="cannot be read; found File name too long"):
        read_case(tmp_path / ("x" * 5000))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_loops_of_links_do_not_hang(tmp_path):
    exports.export(tmp_path / "a")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    (tmp_path / "a" / "dangling.dcm").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a" / "again.dcm").symlink_to(tmp_path / "a" / "dose.dcm")
    case = read_case(tmp_path)
    assert rules(case) == BY_UID
    assert case.warnings == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_are_not_waited_for(tmp_path):
    paths = exports.export(tmp_path)
    os.mkfifo(tmp_path / "other.dcm")
    assert rules(read_case(tmp_path)) == BY_UID
    with pytest.raises(DicomFileError, match=r"other\.dcm: is not a regular file"):
        read_case([*paths, tmp_path / "other.dcm"])


@pytest.mark.skipif(os.name == "nt" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="root may read all")
def test_files_without_permission(tmp_path):
    paths = exports.export(tmp_path / "a")
    (tmp_path / "a" / "closed.dcm").touch(mode=0o000)
    (tmp_path / "a" / "folder").mkdir(mode=0o000)
    try:
        assert codes(read_case(tmp_path / "a")) == [Code.LINK_FILE_IGNORED]
        assert "2 file(s)" in read_case(tmp_path / "a").warnings[0].text
        with pytest.raises(DicomFileError, match=r"closed\.dcm: cannot be read; found Permission denied"):
            read_case([*paths, tmp_path / "a" / "closed.dcm"])
    finally:
        (tmp_path / "a" / "folder").chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="file names are text there")
def test_names_that_are_not_utf8(tmp_path):
    exports.export(tmp_path)
    try:
        (tmp_path / "dose.dcm").rename(os.fsdecode(os.fsencode(tmp_path) + b"/d\xf6s\xe9\n.dcm"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    case = read_case(tmp_path)
    assert rules(case) == BY_UID
    exports.export(tmp_path, label="2")
    with pytest.raises(AmbiguityError) as caught:
        read_case(tmp_path)
    str(caught.value).encode("utf-8")
    assert "\n" not in str(caught.value)


# privacy

NAME, PATIENT_ID, BIRTH = "Doe^Jane^Plantedname", "PLANTED-ID-4711", "19510203"
SECRETS = ("Doe", "Jane", "Planted", "PLANTED", "4711", BIRTH, "1.2.826.0.1", "clinic")


@pytest.fixture
def planted(tmp_path):
    """Return a case of an identified patient in a folder that bears the name."""
    folder = tmp_path / "clinic" / "Doe_Jane_PLANTED-ID-4711"
    who = StudyHeader(
        patient_name=NAME,
        patient_id=PATIENT_ID,
        study_uid="1.2.826.0.1.1",
        frame_of_reference_uid="1.2.826.0.1.2",
    )
    paths = exports.export(folder / "export", who)
    for path in paths:
        exports.edit(path, setting(PatientBirthDate=BIRTH))
    return paths


def shown(text):
    return [secret for secret in SECRETS if secret in text]


def test_objects_do_not_show_whose_they_are(planted):
    case = read_case(planted)
    assert case.patient.identity == (NAME, PATIENT_ID, BIRTH)
    located = locate_cases(planted[0].parent)
    for thing in (case, case.dose, case.structures, case.rtplan, case.patient, case.sources, located,
                  located.cases[0].dose, located.scan):  # fmt: skip
        assert shown(repr(thing)) == []
        assert shown(str(thing)) == []
    assert shown(" ".join(map(str, case.all_warnings))) == []
    assert shown(" ".join(link.reason for link in case.links)) == []


def test_errors_do_not_show_whose_files_they_are(planted):
    dose, structures, plan = planted
    folder = dose.parent
    told = []

    def note(source, find=read_case):
        with pytest.raises(DosimetryError) as caught:
            find(source)
        told.append(str(caught.value))

    note([dose, dose, structures])
    note([structures])
    note(folder / "nowhere")
    note([folder, dose])
    write_structures(folder / "second.dcm", exports.small_structures(), StudyHeader(patient_id=PATIENT_ID))
    note([dose, structures, folder / "second.dcm"])
    exports.edit(dose, refer("ReferencedStructureSetSequence", "1.2.3"))
    exports.edit(plan, refer("ReferencedStructureSetSequence", "1.2.3"))
    note(folder)
    exports.edit(structures, other_frame)
    note([dose, structures])
    exports.edit(dose, setting(DoseUnits="RELATIVE"))
    exports.edit(structures, lambda dataset: exports.set_raw(dataset, "PatientID", b"\xff\xfe", vr="LO"))
    note([dose, structures])
    dose.write_bytes(dose.read_bytes()[:900])
    note([dose, structures])
    assert len(told) == 9
    assert [shown(text) for text in told] == [[]] * 9
    assert [text for text in told if str(folder) in text or str(folder.parent) in text] == []


def test_find_cases_leaves_out_what_cannot_be_read_and_logs_it(tmp_path, caplog):
    exports.export(tmp_path / "good", header("SYNTHETIC-A"))
    paths = exports.export(tmp_path / "bad", header("SYNTHETIC-B"))
    exports.edit(paths[0], setting(DoseUnits="RELATIVE"))
    (case,) = find_cases(tmp_path)
    assert case.patient.pseudonym == pseudonym("SYNTHETIC-A")
    assert "dose is not in gray" in caplog.text
    assert "SYNTHETIC-B" not in caplog.text
