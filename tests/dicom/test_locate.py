"""Trees of many exports: which doses are cases, which are not, and that names of files do not matter."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import exports
import pydicom
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import header, more_dose, refer, setting, uid, without

from dosimetry import find_cases, read_case
from dosimetry.dicom.find import locate_cases
from dosimetry.errors import AmbiguityError, DicomFileError, LinkError
from dosimetry.labels import masked_name
from dosimetry.model.dose import Summation
from dosimetry.warnings import Code


def rules(case):
    return {link.subject: link.rule for link in case.links}


def codes(case):
    return [caution.code for caution in case.warnings]


def reasons(located):
    return {left.header.path.name: left.reason for left in located.left}


# habits of planning systems


def test_dose_refers_to_the_plan_alone(tmp_path):
    trees.eclipse(tmp_path, "SYNTHETIC-E")
    case = read_case(tmp_path)
    assert rules(case) == {"structures": "reference", "plan": "reference"}
    assert case.links[0].reason == "the plan refers to it by UID"
    assert case.warnings == ()


def test_files_without_transfer_syntax_or_references(tmp_path):
    trees.monaco(tmp_path, "SYNTHETIC-M")
    case = read_case(tmp_path)
    assert rules(case) == {"structures": "reference", "plan": "frame-of-reference"}
    assert case.links[0].reason == "the plan refers to it by UID"
    assert codes(case) == [Code.LINK_BY_FRAME]
    assert Code.META_INCOMPLETE in {caution.code for caution in case.all_warnings}
    assert case.dose.values_gy.max() == pytest.approx(12.0, abs=1e-6)


def test_doses_of_beams_beside_that_of_the_plan(tmp_path):
    trees.raystation(tmp_path, "SYNTHETIC-R")
    located = locate_cases(tmp_path)
    assert [case.dose.path.name for case in located.cases] == ["dose.dcm"]
    assert reasons(located) == {
        f"beam{number}.dcm": "a BEAM dose: that of the whole plan is there" for number in (1, 2)
    }
    assert read_case(tmp_path).dose.summation is Summation.PLAN
    beam = read_case(tmp_path, dose="beam1.dcm")
    assert (beam.dose.summation, beam.dose.values_gy.max()) == (Summation.BEAM, pytest.approx(6.0, abs=1e-6))
    assert beam.dose.warnings[0].code is Code.DOSE_SUMMATION_UNCLEAR


def test_doses_of_beams_that_refer_to_nothing_are_not_mixed_up(tmp_path):
    """Without references the study and the frame of reference tell that beams lie beside their plan."""
    paths = trees.raystation(tmp_path, "SYNTHETIC-R")
    doses = [paths[0], tmp_path / "beam1.dcm", tmp_path / "beam2.dcm"]
    for path in doses:
        exports.edit(path, without("ReferencedRTPlanSequence"))
    located = locate_cases(tmp_path)
    assert [case.dose.path.name for case in located.cases] == ["dose.dcm"]
    assert set(reasons(located).values()) == {
        "a BEAM dose beside that of a whole plan in its study and frame of reference"
    }
    assert rules(read_case(tmp_path)) == {"structures": "reference", "plan": "frame-of-reference"}


def test_beam_of_another_plan_stays_a_choice(tmp_path):
    """The whole dose of one plan says nothing of another plan's beams."""
    paths = exports.export(tmp_path)
    beam = more_dose(
        tmp_path / "beam.dcm", "b", plan=paths[2], structures=paths[1], factor=0.5, summation=Summation.BEAM
    )
    exports.edit(beam, refer("ReferencedRTPlanSequence", "1.2.3"))
    with pytest.raises(
        AmbiguityError, match=r"2 doses could be the plan; found beam\.dcm \(BEAM\), dose\.dcm \(PL"
    ):
        read_case(tmp_path)


def test_beam_is_not_taken_where_the_dose_of_the_plan_cannot_be_linked(tmp_path):
    paths = trees.raystation(tmp_path, "SYNTHETIC-R")
    exports.edit(paths[0], setting(FrameOfReferenceUID="1.2.3.4"))
    with pytest.raises(LinkError, match="another frame of reference"):
        read_case(tmp_path)


def test_physical_and_weighted_dose_are_not_guessed(tmp_path):
    trees.proton(tmp_path, "SYNTHETIC-P")
    with pytest.raises(AmbiguityError) as caught:
        read_case(tmp_path)
    assert str(caught.value) == (
        f"{masked_name(tmp_path)}: 2 doses could be the plan; found dose.dcm (PLAN), rbe.dcm (PLAN, EFFECTIVE); "
        "choose one with --dose FILE|UID; 'dosimetry find' lists them"
    )
    case = read_case(tmp_path, dose="rbe.dcm")
    assert Code.DOSE_EFFECTIVE in {caution.code for caution in case.all_warnings}


def test_difference_of_doses_is_no_case(tmp_path):
    """DoseType ERROR: a file of differences beside the dose is no second candidate, and alone it is refused."""
    paths = exports.export(tmp_path)
    error = more_dose(tmp_path / "difference.dcm", "d", plan=paths[2], structures=paths[1])
    exports.edit(error, setting(DoseType="ERROR"))
    assert read_case(tmp_path).dose.source.name == "dose.dcm"
    assert reasons(locate_cases(tmp_path)) == {
        "difference.dcm": "its DoseType is ERROR, a difference of doses",
    }
    paths[0].unlink()
    with pytest.raises(LinkError) as caught:
        read_case(tmp_path)
    assert str(caught.value) == (
        f"{masked_name(tmp_path)}: no dose that is a case; found difference.dcm (PLAN, ERROR): its DoseType is "
        "ERROR, a difference of doses"
    )


def test_relative_dose_does_not_leave_the_field_to_a_beam(tmp_path):
    paths = trees.raystation(tmp_path, "SYNTHETIC-R")
    exports.edit(paths[0], setting(DoseUnits="RELATIVE"))
    assert [case.dose.path.name for case in locate_cases(tmp_path).cases] == ["dose.dcm"]


# plans


def test_plan_that_refers_to_the_dose(tmp_path):
    """ReferencedDoseSequence of a plan is a statement too."""
    dose, _, plan = exports.export(tmp_path)
    exports.edit(dose, without("ReferencedRTPlanSequence"))

    def change(dataset):
        item = pydicom.Dataset()
        item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.2"
        item.ReferencedSOPInstanceUID = uid(dose)
        dataset.ReferencedDoseSequence = [item]

    exports.edit(plan, change)
    case = read_case(tmp_path)
    assert case.links[1].reason == "the plan refers to this dose by UID"
    assert case.warnings == ()


def test_two_doses_and_one_plan_without_references(tmp_path):
    dose, structures, _ = exports.export(tmp_path)
    more_dose(tmp_path / "second.dcm", "2", structures=structures)
    exports.edit(dose, without("ReferencedRTPlanSequence"))
    case = read_case(tmp_path, dose=dose)
    assert case.rtplan is None
    assert case.warnings[0].text == (
        "the dose refers to no plan, and of its study 1 plan(s) and 2 dose(s) could belong together: prescription, "
        "fractions and approval are unknown; a link file (--links) can settle it"
    )


def test_plan_of_another_dose_is_not_taken(tmp_path):
    """The only plan of the study is that of the dose which refers to it, and no other's."""
    _, structures, _ = exports.export(tmp_path)
    second = more_dose(tmp_path / "second.dcm", "2", structures=structures)
    assert read_case(tmp_path, dose=second).rtplan is None


def test_plan_on_another_structure_set_is_not_taken_by_study(tmp_path):
    dose, _, plan = exports.export(tmp_path)
    exports.edit(dose, without("ReferencedRTPlanSequence"))
    exports.edit(plan, refer("ReferencedStructureSetSequence", "1.2.3"))
    assert read_case(tmp_path).rtplan is None


def test_sum_of_plans_takes_the_structure_set_of_the_plans(tmp_path):
    """A MULTI_PLAN dose refers to several plans; where they agree on the structure set, it is the dose's too."""
    dose, _, plan = exports.export(tmp_path)
    exports.edit(plan, setting(SOPInstanceUID="1.2.3"), tmp_path / "second.dcm")

    def change(dataset):
        item = pydicom.Dataset()
        item.ReferencedSOPInstanceUID = "1.2.3"
        dataset.ReferencedRTPlanSequence.append(item)
        dataset.DoseSummationType = "MULTI_PLAN"
        del dataset.ReferencedStructureSetSequence

    exports.edit(dose, change)
    case = read_case(tmp_path)
    assert rules(case) == {"structures": "reference"}
    assert case.warnings[0].text == "the dose refers to 2 plans: it is a sum, and no single plan describes it"
    (tmp_path / "second.dcm").unlink()
    case = read_case(tmp_path)
    assert case.rtplan is None
    assert case.warnings[0].text.endswith("no single plan describes it; 1 of them not at hand")


# structure sets


def test_one_structure_set_serves_several_doses_and_is_read_once(tmp_path):
    paths = exports.export(tmp_path)
    for number in (2, 3):
        more_dose(tmp_path / f"{number}.dcm", f"{number}", structures=paths[1], factor=number)
    cases = find_cases(tmp_path)
    assert sorted(case.dose.values_gy.max().round(6) for case in cases) == [12.0, 24.0, 36.0]
    assert len({id(case.structures) for case in cases}) == 1


def test_edited_structure_set_is_taken_only_if_chosen(tmp_path):
    """An edited set has a new UID: nothing states that it belongs to the dose."""
    dose, structures, _ = exports.export(tmp_path)
    exports.edit(structures, setting(SOPInstanceUID="1.2.3"))
    with pytest.raises(
        LinkError, match=r"its structure set is not in the folder.*choose one with --structures FILE"
    ):
        read_case(tmp_path)
    for choice in (structures, "structures.dcm", "1.2.3"):
        case = read_case(tmp_path, structures=choice)
        assert rules(case) == {"structures": "named", "plan": "reference"}
        assert codes(case) == [Code.LINK_REFERENCE_MISMATCH]
    assert rules(read_case([dose, structures], structures=structures)) == {"structures": "named"}


def test_chosen_structure_set_of_another_frame_of_reference_is_refused(tmp_path):
    exports.export(tmp_path / "a")
    other = exports.export(tmp_path / "b", header("SYNTHETIC-B"))[1]
    with pytest.raises(LinkError, match="structure set lies in another frame of reference than the dose"):
        read_case(tmp_path / "a", structures=other)


def test_structure_set_of_the_plan_is_not_taken_for_that_of_the_dose(tmp_path):
    dose, *_ = exports.export(tmp_path)
    exports.edit(dose, refer("ReferencedStructureSetSequence", "1.2.3"))
    with pytest.raises(LinkError) as caught:
        read_case(tmp_path)
    assert str(caught.value) == (
        "dose.dcm: dose and plan refer to different structure sets, and that of the dose is not at hand; found "
        "structures.dcm; if the plan's is meant, choose one with --structures FILE|UID, or record it in a link "
        "file (--links)"
    )


def test_plan_on_another_structure_set_than_the_dose_is_said(tmp_path):
    _, _, plan = exports.export(tmp_path)
    exports.edit(plan, refer("ReferencedStructureSetSequence", "1.2.3"))
    case = read_case(tmp_path)
    assert [(caution.code, caution.text) for caution in case.warnings] == [
        (
            Code.LINK_REFERENCE_MISMATCH,
            "the plan refers to another structure set than its dose; that of the dose is used",
        )
    ]


# choices


def test_dose_is_chosen_by_file_uid_or_hash(tmp_path):
    from dosimetry.provenance import keyed_hash

    dose, *_ = exports.export(tmp_path / "a")
    other = exports.export(tmp_path / "b", header(series_label="b"))[0]
    with pytest.raises(
        AmbiguityError, match=r"found dose\.dcm \(PLAN, UID hash [0-9a-f]{16}\), dose\.dcm \(PLAN, UI"
    ):
        read_case(tmp_path)
    for path in (dose, other):
        here = path.relative_to(tmp_path)
        for choice in (
            path,
            str(path),
            here,
            str(here),
            uid(path),
            keyed_hash(uid(path)),
            keyed_hash(uid(path))[:8],
        ):
            assert read_case(tmp_path, dose=choice).dose.sop_instance_uid == uid(path)
    with pytest.raises(AmbiguityError, match=r"--dose: 2 RTDOSE files are meant by it; found .*; name the file"):
        read_case(tmp_path, dose="dose.dcm")


def test_choices_that_fit_nothing(tmp_path):
    dose, structures, plan = exports.export(tmp_path)
    with pytest.raises(LinkError) as caught:
        read_case(tmp_path, dose="1.2.3")
    assert str(caught.value) == (
        "--dose: no RTDOSE is meant by it; expected a file, a SOPInstanceUID, or its hash as 'dosimetry find' "
        "prints it; found dose.dcm (PLAN) at hand"
    )
    with pytest.raises(LinkError, match=r"found structures\.dcm at hand; a ROI is chosen with --structure$"):
        read_case(tmp_path, structures="Heart")
    with pytest.raises(LinkError, match=r"plan\.dcm: --dose: is no RTDOSE; found RTPLAN"):
        read_case(tmp_path, dose=plan)
    with pytest.raises(LinkError, match=r"structures\.dcm: --dose: is no RTDOSE; found RTSTRUCT"):
        read_case([dose, structures], dose=structures)


def test_copy_of_a_dose_may_be_chosen(tmp_path):
    dose, *_ = exports.export(tmp_path)
    shutil.copy(dose, tmp_path / "acopy.dcm")
    for choice in ("acopy.dcm", "dose.dcm", uid(dose)):
        assert read_case(tmp_path, dose=choice).dose.sop_instance_uid == uid(dose)


# names of files do not matter


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """The files of six exports with five habits, one of them edited, and what else lies about."""
    root = tmp_path_factory.mktemp("contents")
    for make in (trees.eclipse, trees.monaco, trees.raystation, trees.proton):
        make(root / make.__name__, f"SYNTHETIC-{make.__name__}")
    exports.export(root / "plain", header("SYNTHETIC-plain"))
    edited = exports.export(root / "edited", header("SYNTHETIC-edited"))
    exports.edit(edited[1], setting(SOPInstanceUID="1.2.3"))
    more_dose(
        root / "plain" / "second.dcm", "2", patient="SYNTHETIC-plain", structures=root / "plain/structures.dcm"
    )
    exports.edit(root / "plain" / "dose.dcm", setting(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), root / "ct.dcm")
    (root / "notes.txt").write_text("what somebody wrote down")
    return [path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()]


def told(located):
    cases = {
        case.dose.uid: (
            case.structures.uid,
            case.plan and case.plan.uid,
            tuple((link.subject, link.rule, link.reason) for link in case.links),
            tuple(map(str, case.warnings)),
        )
        for case in located.cases
    }
    left = {left.header.uid: (left.reason, {header.uid for header in left.candidates}) for left in located.left}
    return [case.dose.uid for case in located.cases], cases, left, located.scan.others


@pytest.fixture(scope="module")
def expected(contents, tmp_path_factory):
    root = tmp_path_factory.mktemp("in order")
    for number, content in enumerate(contents):
        (root / f"{number:03d}.dcm").write_bytes(content)
    found = told(locate_cases(root))
    assert len(found[1]) == 7
    assert len(found[2]) == 5  # two beams; dose, structure set and plan of the edited export
    return found


NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"], max_codepoint=0x2FFF)
    | st.sampled_from("\udcf6\udce9"),  # bytes that are not UTF-8
    min_size=1,
    max_size=12,
).filter(lambda name: not name.startswith("."))


@settings(max_examples=25)
@given(data=st.data())
def test_names_and_order_of_files_do_not_matter(contents, expected, tmp_path_factory, data):
    root = tmp_path_factory.mktemp("shuffled")
    folders = [root, *(root / name for name in data.draw(st.lists(NAMES, max_size=3, unique=True)))]
    for number in data.draw(st.permutations(range(len(contents)))):
        folder = data.draw(st.sampled_from(folders))
        # a number keeps names apart, as files and as folders
        name = f"{data.draw(NAMES)}~{number}"
        try:
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(contents[number])
        except OSError:  # a name that this file system does not take
            folder, name = root, f"{number}"
            (folder / name).write_bytes(contents[number])
    assert told(locate_cases(root)) == expected
    shutil.rmtree(root)


# what cannot be read


def test_folder_in_which_nothing_can_be_read(tmp_path):
    for path in exports.export(tmp_path):
        path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(DicomFileError) as caught:
        read_case(tmp_path)
    assert str(caught.value).startswith(
        f"{masked_name(tmp_path)}: no dose can be read: 3 files or folders are damaged or closed; found [dose.dcm: "
    )
    assert str(caught.value).endswith("] and 2 more")


def test_unreadable_file_of_one_patient_is_no_matter_of_another(tmp_path):
    exports.export(tmp_path / "a", header("SYNTHETIC-A"))
    paths = exports.export(tmp_path / "b", header("SYNTHETIC-B"))
    (tmp_path / "b" / "cut.dcm").write_bytes(paths[1].read_bytes()[:-700])
    assert [codes(case) for case in find_cases(tmp_path)] == [[], [Code.LINK_FILE_IGNORED]]


def test_hidden_files_and_folders_are_left_alone(tmp_path):
    paths = exports.export(tmp_path / "a")
    exports.export(tmp_path / "a" / ".Trash", header(series_label="old"))
    shutil.copy(paths[0], tmp_path / "a" / "._dose.dcm")
    located = locate_cases(tmp_path)
    assert (len(located.cases), located.left, located.scan.files) == (1, (), 3)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_are_not_followed_are_said(tmp_path):
    exports.export(tmp_path / "elsewhere")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "case").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "a" / "dose.dcm").symlink_to(tmp_path / "gone.dcm")
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    with pytest.raises(LinkError) as caught:
        read_case(tmp_path / "a")
    assert str(caught.value) == (
        "…: no RT Dose found; expected an RTDOSE with its RTSTRUCT; found no DICOM-RT file and 0 other file(s); 1 "
        "link(s) to folders were not followed: name the folder they lead to; 2 link(s) lead nowhere"
    )
    assert read_case(tmp_path / "a" / "case").warnings == ()  # named by the user, it is a folder


def test_dicomdir_stands_for_its_folder(tmp_path):
    exports.export(tmp_path / "IMAGES")
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    index = pydicom.Dataset()
    index.file_meta = meta
    index.FileSetID = "SYNTHETIC"
    record = pydicom.Dataset()
    record.DirectoryRecordType = "RT DOSE"
    record.add_new("ReferencedFileID", "OB", b"..\\..\\secret.dcm ")  # is never opened
    index.DirectoryRecordSequence = [record]
    index.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    assert rules(read_case(tmp_path / "DICOMDIR")) == {"structures": "reference", "plan": "reference"}
    assert len(locate_cases(tmp_path / "DICOMDIR").cases) == 1
    assert locate_cases(tmp_path).scan.others == 1


# real exports


def test_real_export_in_one_tree_with_headers_of_other_patients(shared_data):
    located = locate_cases(shared_data)
    assert [case.dose.path.parent.name for case in located.cases] == ["breast_boost"]
    assert {left.header.kind for left in located.left} == {"RTDOSE"}
    assert len(located.left) + len(located.cases) + len(located.scan.broken) == 10


def test_real_export_without_its_references(shared_data, tmp_path):
    shutil.copytree(shared_data / "breast_boost", tmp_path / "a")
    exports.edit(
        tmp_path / "a" / "rtdose.dcm", without("ReferencedRTPlanSequence", "ReferencedStructureSetSequence")
    )
    case = locate_cases(tmp_path).cases[0]
    assert codes(case).count(Code.LINK_BY_FRAME) >= 1
    assert Path(case.structures.path).name == "rtss.dcm"
