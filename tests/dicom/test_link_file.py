"""Link files: decisions of a person, read every time, refused where they do not fit any more."""

from __future__ import annotations

import os
import shutil
import zipfile

import exports
import pytest
import trees
from trees import header, more_dose, refer, setting, uid, without

from dosimetry import find_cases, read_case
from dosimetry.dicom.decisions import read_links
from dosimetry.dicom.find import locate_cases, read_parts
from dosimetry.dicom.scan import content_hash
from dosimetry.dicom.starter import starter
from dosimetry.errors import AmbiguityError, LinkError
from dosimetry.warnings import Code

HEAD = 'links = "dosimetry/links/1"\n'


def rules(case):
    return {link.subject: link.rule for link in case.links}


def links(folder, text, name="links.toml"):
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8")
    return path


@pytest.fixture
def edited(tmp_path):
    """Return an export whose structure set was edited, so that its UID is another one."""
    paths = exports.export(tmp_path / "case")
    exports.edit(paths[1], setting(SOPInstanceUID="1.2.3"))
    return paths


DECISION = '[[case]]\ndose.path = "case/dose.dcm"\nstructures.path = "case/structures.dcm"\n'


@pytest.mark.parametrize("how", ["folder", "above", "dose alone", "dose and another set", "parts"])
def test_decision_links_what_nothing_else_links(tmp_path, edited, how):
    path = links(tmp_path, DECISION)
    other = exports.edit(edited[1], setting(SOPInstanceUID="1.2.4"), tmp_path / "other.dcm")
    read = {
        "folder": lambda: read_case(tmp_path / "case", links=path),
        "above": lambda: read_case(str(tmp_path), links=str(path)),
        "dose alone": lambda: read_case(edited[0], links=path),
        "dose and another set": lambda: read_case([edited[0], other], links=read_links(path)),
        "parts": lambda: read_parts([edited[0]], links=path)[0],
    }[how]
    case = read()
    assert case.links[0].rule == "decision"
    sha256 = content_hash(path)[:12]
    assert case.links[0].reason == f"decided in the link file of SHA-256 {sha256}, same frame of reference"
    assert case.structures.sop_instance_uid == "1.2.3"
    assert [caution.code for caution in case.warnings][-1] is Code.LINK_REFERENCE_MISMATCH


def test_starter_holds_what_was_found_and_can_be_read_back(tmp_path, edited):
    trees.raystation(tmp_path / "r", "SYNTHETIC-R")
    trees.eclipse(tmp_path / "e", "SYNTHETIC-E")
    located = locate_cases(tmp_path)
    path = tmp_path / "links.toml"
    text = starter(located, path)
    path.write_text(text, encoding="utf-8")
    again = locate_cases(tmp_path, links=path)
    assert [(case.dose, case.structures, case.plan) for case in again.cases] == [
        (case.dose, case.structures, case.plan) for case in located.cases
    ]
    assert {link.rule for case in again.cases for link in case.links} == {"decision"}
    assert again.left == located.left
    # what is left over stands there as a comment, to be decided on
    opened = text.replace(
        '# [[case]]\n# dose.path = "case/dose.dcm"\n', '[[case]]\ndose.path = "case/dose.dcm"\n'
    ).replace('# structures.path = "case/structures.dcm"', 'structures.path = "case/structures.dcm"')
    assert opened != text
    path.write_text(opened, encoding="utf-8")
    assert len(locate_cases(tmp_path, links=path).cases) == 3
    assert read_case(edited[0].parent, links=path).structures.sop_instance_uid == "1.2.3"


def test_left_out_dose_is_no_case(tmp_path):
    paths = exports.export(tmp_path)
    more_dose(tmp_path / "second.dcm", "2", plan=paths[2], structures=paths[1])
    with pytest.raises(AmbiguityError):
        read_case(tmp_path)
    path = links(tmp_path, '[[leave_out]]\ndose.path = "second.dcm"\nwhy = "calculated anew for a test"\n')
    assert read_case(tmp_path, links=path).dose.source.name == "dose.dcm"
    assert [left.reason for left in locate_cases(tmp_path, links=path).left] == ["the link file leaves it out"]


def test_decision_on_a_beam_makes_it_a_case(tmp_path):
    trees.raystation(tmp_path, "SYNTHETIC-R")
    path = links(tmp_path, '[[case]]\ndose.path = "beam1.dcm"\n')
    assert len(find_cases(tmp_path, links=path)) == 2


def test_plan_by_decision(tmp_path):
    dose, structures, plan = exports.export(tmp_path)
    more_dose(tmp_path / "second.dcm", "2", structures=structures)
    exports.edit(dose, without("ReferencedRTPlanSequence"))
    path = links(
        tmp_path,
        f'[[case]]\ndose.path = "dose.dcm"\nplan.uid = "{uid(plan)}"\n'
        '[[case]]\ndose.path = "second.dcm"\nplan = "none"\n',
    )
    first, second = sorted(find_cases(tmp_path, links=path), key=lambda case: case.dose.source.name)
    assert rules(first) == {"structures": "reference", "plan": "decision"}
    assert first.rtplan.label == "TINY"
    assert [caution.text for caution in first.warnings] == ["the dose refers to no plan; the named one is used"]
    assert second.rtplan is None
    assert second.warnings[0].text.startswith("no plan, as decided in the link file of SHA-256 ")


def test_decision_by_uid_or_content(tmp_path, edited):
    for which in (f'dose.uid = "{uid(edited[0])}"', f'dose.sha256 = "{content_hash(edited[0])}"'):
        path = links(tmp_path, f'[[case]]\n{which}\nstructures.uid = "1.2.3"\n')
        assert rules(read_case(tmp_path, links=path))["structures"] == "decision"


def test_moved_file_is_known_by_its_content(tmp_path, edited):
    path = links(
        tmp_path,
        f'[[case]]\ndose.path = "case/dose.dcm"\ndose.sha256 = "{content_hash(edited[0])}"\n'
        'structures.path = "case/structures.dcm"\n',
    )
    edited[0].rename(tmp_path / "case" / "renamed.dcm")
    assert rules(read_case(tmp_path, links=path))["structures"] == "decision"


def test_decision_in_an_archive(tmp_path, edited):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as made:
        for path in edited:
            made.write(path, f"a/{path.name}")
    shutil.rmtree(tmp_path / "case")
    located = locate_cases(tmp_path / "export.zip")
    text = starter(located, tmp_path / "links.toml")
    assert '# dose.path = "export.zip/a/dose.dcm"' in text
    path = links(tmp_path, DECISION.replace("case/", "export.zip/a/"))
    assert rules(read_case(tmp_path / "export.zip", links=path))["structures"] == "decision"
    # the decision is on a dose in the archive, and says nothing of others
    exports.export(tmp_path / "b", header("SYNTHETIC-B"))
    assert rules(read_case(tmp_path / "b", links=path))["structures"] == "reference"


def test_decisions_on_other_patients_do_not_matter(tmp_path, edited):
    exports.export(tmp_path / "b", header("SYNTHETIC-B"))
    for more in ("", '[[case]]\ndose.uid = "1.2.3.4"\n'):
        path = links(tmp_path, DECISION + more)
        assert rules(read_case(tmp_path / "b", links=path)) == {"structures": "reference", "plan": "reference"}
    assert edited


STALE = {
    "dose gone": (
        lambda paths: paths[0].unlink(),
        "",
        "[[case]] 1 dose: a decision does not fit the files any more; expected the file that was decided on; found",
    ),
    "structures gone": (lambda paths: paths[1].unlink(), "", "[[case]] 1 structures: a decision does not fit"),
    "dose changed": (
        lambda paths: exports.edit(paths[0], setting(SeriesDescription="changed")),
        'dose.sha256 = "{dose}"\n',
        "…: the file was changed; check the files, and decide anew: correct or remove the entry",
    ),
    "structures changed": (
        lambda paths: exports.edit(paths[1], setting(SeriesDescription="changed")),
        'structures.sha256 = "{structures}"\n',
        "[[case]] 1 structures: a decision does not fit the files any more; expected SHA-256 ",
    ),
    "other UID": (
        lambda paths: exports.edit(paths[0], setting(SOPInstanceUID="1.2.9")),
        'dose.uid = "1.2.8"\n',
        "expected the SOPInstanceUID that was decided on; found another one",
    ),
    "another kind": (lambda paths: shutil.copy(paths[2], paths[1]), "", "expected RTSTRUCT; found RTPLAN"),
    "other frame": (
        lambda paths: exports.edit(paths[0], setting(FrameOfReferenceUID="1.2.9")),
        "",
        "structures.dcm: structure set lies in another frame of reference than the dose",
    ),
}


@pytest.mark.parametrize("name", STALE)
def test_decision_that_does_not_fit_any_more(tmp_path, edited, name):
    spoil, more, words = STALE[name]
    hashes = {path.stem: content_hash(path) for path in edited}
    path = links(tmp_path, DECISION + more.format(**hashes))
    spoil(edited)
    for root in (tmp_path, tmp_path / "case"):
        with pytest.raises(LinkError) as caught:
            read_case(root, links=path)
        assert words in str(caught.value)


def test_decisions_by_uid_that_fit_nothing_beside_the_link_file(tmp_path, edited):
    path = links(tmp_path, '[[case]]\ndose.uid = "1.2.9"\n')
    with pytest.raises(
        LinkError, match=r"\[\[case\]\] 1 dose: .* expected an RTDOSE of this UID or SHA-256 beside"
    ):
        locate_cases(tmp_path, links=path)
    path = links(tmp_path, f'[[case]]\ndose.uid = "{uid(edited[0])}"\nstructures.uid = "1.2.9"\n')
    with pytest.raises(LinkError, match="expected an RTSTRUCT of this UID or SHA-256; found none at hand"):
        locate_cases(tmp_path, links=path)


def test_uid_of_two_files(tmp_path, edited):
    exports.edit(edited[1], setting(SeriesDescription="changed"), tmp_path / "case" / "again.dcm")
    path = links(tmp_path, '[[case]]\ndose.path = "case/dose.dcm"\nstructures.uid = "1.2.3"\n')
    with pytest.raises(LinkError, match="expected one file; found 2 of this UID; add its path or sha256"):
        read_case(tmp_path, links=path)


def test_one_dose_is_decided_once(tmp_path, edited):
    path = links(tmp_path, f'{DECISION}[[leave_out]]\ndose.uid = "{uid(edited[0])}"\n')
    with pytest.raises(LinkError, match=r"links\.toml: \[\[leave_out\]\] 1: a dose is decided twice"):
        read_case(tmp_path, links=path)


def test_option_against_decision(tmp_path, edited):
    other = exports.edit(edited[1], setting(SOPInstanceUID="1.2.4"), tmp_path / "other.dcm")
    path = links(tmp_path, DECISION)
    with pytest.raises(LinkError, match="--structures: the link file decides on another structure set"):
        read_case(tmp_path, structures=other, links=path)
    assert rules(read_case(tmp_path, structures=edited[1], links=path))["structures"] == "decision"


BAD = {
    "not TOML": ("[[case", "is no link file; expected TOML with links = "),
    "no dose": ('[[case]]\nstructures.path = "a"\n', "case.1.dose: is no link file"),
    "unknown key": ('[[case]]\ndose.path = "a"\nstructure.path = "b"\n', "case.1.structure: is no link file"),
    "no way to know the file": ("[[case]]\ndose = {}\n", "found a file needs a path, a uid or a sha256"),
    "absolute path": ('[[case]]\ndose.path = "/etc/passwd"\n', "found a path is relative to the link file"),
    "drive": ("[[case]]\ndose.path = 'C:\\a'\n", "found a path is relative to the link file"),
    "not a UID": ('[[case]]\ndose.uid = "one"\n', "case.1.dose.uid: is no link file"),
    "not a hash": ('[[case]]\ndose.sha256 = "abc"\n', "case.1.dose.sha256: is no link file"),
    "path that no system has": ('[[case]]\ndose.path = "a\\u0000b"\n', "found no such file"),
}


@pytest.mark.parametrize("name", BAD)
def test_file_that_is_no_link_file(tmp_path, edited, name):
    text, words = BAD[name]
    with pytest.raises(LinkError) as caught:
        read_case(edited[0].parent, links=links(tmp_path, text))
    assert str(caught.value).startswith("links.toml: ")
    assert words in str(caught.value)
    assert "/etc" not in str(caught.value)


def test_link_file_of_another_kind_or_none(tmp_path, edited):
    path = tmp_path / "links.toml"
    for content in (b'links = "dosimetry/links/2"\n', b"\xff\xfe", b"", edited[0].read_bytes()):
        path.write_bytes(content)
        with pytest.raises(LinkError, match=r"links\.toml: .*is no link file"):
            read_links(path)
    with pytest.raises(LinkError, match=r"nowhere\.toml: cannot be read; found No such file"):
        read_links(tmp_path / "nowhere.toml")
    with pytest.raises(LinkError, match="cannot be read; found Is a directory"):
        read_links(tmp_path)


def test_file_outside_of_what_is_read(tmp_path, edited):
    """A decision may name a structure set that lies elsewhere: the path is the user's own."""
    (tmp_path / "sets").mkdir()
    edited[1].rename(tmp_path / "sets" / "heart.dcm")
    path = links(tmp_path / "sets", '[[case]]\ndose.path = "../case/dose.dcm"\nstructures.path = "heart.dcm"\n')
    assert read_case(tmp_path / "case", links=path).structures.sop_instance_uid == "1.2.3"


@pytest.mark.skipif(os.name != "posix", reason="file names are text there")
def test_starter_names_files_by_uid_where_toml_cannot_hold_their_names(tmp_path):
    paths = exports.export(tmp_path)
    try:
        paths[0].rename(os.fsdecode(os.fsencode(tmp_path) + b"/d\xf6se.dcm"))
        paths[1].rename(tmp_path / 'a "quoted"\ttab.dcm')
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    paths[2].rename(tmp_path / 'a "quoted" \\ plan.dcm')
    path = tmp_path / "links.toml"
    text = starter(locate_cases(tmp_path), path)
    assert "dose.uid = " in text
    assert "structures.uid = " in text
    assert 'plan.path = "a \\"quoted\\" \\\\ plan.dcm"' in text
    path.write_text(text, encoding="utf-8")
    assert set(rules(read_case(tmp_path, links=path)).values()) == {"decision"}


def test_identity_is_not_in_a_starter(tmp_path):
    paths = exports.export(tmp_path, header("PLANTED-4711", patient_name="Doe^Jane"))
    exports.edit(paths[0], refer("ReferencedStructureSetSequence", "1.2.3"))
    exports.edit(paths[2], refer("ReferencedStructureSetSequence", "1.2.3"))
    text = starter(locate_cases(tmp_path), tmp_path / "links.toml")
    assert "Left over" in text
    assert [secret for secret in ("Doe", "PLANTED", uid(paths[0]), str(tmp_path)) if secret in text] == []


def test_example_of_the_documentation_is_a_link_file(source_tree, tmp_path):
    text = (source_tree / "docs" / "link_files.md").read_text(encoding="utf-8")
    path = tmp_path / "links.toml"
    path.write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    content = read_links(path).content
    assert content.case[0].structures.path == "case/edited.dcm"
    assert content.case[0].plan == "none"
    assert content.leave_out[0].dose.uid == "1.2.3.4"
