"""Zip archives stand where a folder may stand, and do no harm."""

from __future__ import annotations

import gc
import io
import os
import stat
import struct
import tempfile
import zipfile
from pathlib import Path
from random import Random

import exports
import pytest
from trees import header, more_dose, uid

from dosimetry import find_cases, read_case
from dosimetry.dicom import archive
from dosimetry.dicom.find import locate_cases, read_parts
from dosimetry.errors import AmbiguityError, DicomFileError, LinkError
from dosimetry.warnings import Code


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    """Return the folder in which archives are unpacked, here one that nobody else uses."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def case(tmp_path):
    return exports.export(tmp_path / "case")


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def of_case(paths, folder=""):
    return {f"{folder}{path.name}": path.read_bytes() for path in paths}


def test_archive_stands_where_a_folder_may_stand(tmp_path, case, private):
    path = zipped(tmp_path / "export.zip", {**of_case(case, "a/b/"), "a/notes.txt": b"what somebody wrote down"})
    renamed = path.rename(tmp_path / "export.dat")  # its content tells, not its name
    with_folder = read_case(case[0].parent)
    for read in (read_case(renamed), *find_cases(renamed), *read_parts([renamed])):
        assert read.links == with_folder.links
        assert read.warnings == ()
        assert [(source.kind, source.sha256, source.name) for source in read.sources] == [
            (source.kind, source.sha256, source.name) for source in with_folder.sources
        ]
    assert list(private.iterdir()) == []


def test_unpacked_files_are_private_and_vanish_with_their_last_user(tmp_path, case, private):
    located = locate_cases(zipped(tmp_path / "export.zip", of_case(case)))
    (folder,) = private.iterdir()
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    one = located.cases[0]
    assert located.scan.origin(one.dose) == tmp_path / "export.zip" / "dose.dcm"
    del located
    gc.collect()
    assert one.read().dose.values_gy.max() == pytest.approx(12.0, abs=1e-6)
    del one
    gc.collect()
    assert list(private.iterdir()) == []


def test_choice_in_an_archive(tmp_path, case, private):
    other = more_dose(tmp_path / "second.dcm", "2", structures=case[1])
    path = zipped(tmp_path / "export.zip", {**of_case(case, "a/"), "b/second.dcm": other.read_bytes()})
    with pytest.raises(AmbiguityError, match=r"export\.zip: 2 doses could be the plan; found dose\.dcm"):
        read_case(path)
    for choice in ("b/second.dcm", "second.dcm", path / "b" / "second.dcm", uid(other), other):
        assert read_case(path, dose=choice).dose.sop_instance_uid == uid(other)
    assert list(private.iterdir()) == []


def test_names_that_lead_out_of_the_folder(tmp_path, case, private):
    """Names of members never become paths."""
    names = ["../../../dose.dcm", "/etc/structures.dcm", "C:\\Windows\\..\\plan.dcm"]
    path = zipped(tmp_path / "slip.zip", {name: one.read_bytes() for name, one in zip(names, case, strict=True)})
    before = {found for found in tmp_path.rglob("*") if private not in found.parents}
    located = locate_cases(path)
    assert [located.scan.origin(header).relative_to(path).as_posix() for header in located.scan.headers] == [
        "dose.dcm",
        "etc/structures.dcm",
        "C:/Windows/plan.dcm",
    ]
    assert {found for found in tmp_path.rglob("*") if private not in found.parents} == before
    assert all(header.path.is_relative_to(private) for header in located.scan.headers)
    assert len(find_cases(path)) == 1


@pytest.mark.parametrize("name", ["a" * 300 + ".dcm", "nul\x01<>|?*.dcm", "do\u0308se\u202e.dcm", ".."])
def test_names_that_no_file_could_have(tmp_path, case, name):
    members = {**of_case(case[1:]), f"x/{name}": case[0].read_bytes()}
    assert len(find_cases(zipped(tmp_path / "odd.zip", members))) == 1


def test_two_members_of_one_name_are_both_seen(tmp_path, case):
    other = more_dose(tmp_path / "second.dcm", "2", structures=case[1])
    path = zipped(tmp_path / "twice.zip", of_case(case))
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("dose.dcm", other.read_bytes())
    with pytest.raises(AmbiguityError, match="2 doses could be the plan"):
        read_case(path)


def test_links_in_an_archive_are_not_followed(tmp_path, case):
    path = zipped(tmp_path / "links.zip", of_case(case))
    link = zipfile.ZipInfo("secret.dcm")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(link, "/etc/passwd")
    (case_,) = locate_cases(path).cases
    assert [caution.code for caution in case_.warnings] == [Code.LINK_FILE_IGNORED]
    ((place, error),) = locate_cases(path).scan.broken
    assert place == path / "secret.dcm"
    assert "is a link in a zip archive, which is not followed" in str(error)


def test_archives_within_are_not_opened(tmp_path, case):
    inner = zipped(tmp_path / "inner.zip", of_case(case))
    path = zipped(tmp_path / "outer.zip", {"inner.zip": inner.read_bytes(), "more/inner.zip": inner.read_bytes()})
    words = "2 zip archive(s) were not opened: name one instead of the folder"
    for root in (path, inner.parent / "folder"):
        if root.name == "folder":
            root.mkdir()
            for name in ("a.zip", "b.zip"):
                (root / name).write_bytes(inner.read_bytes())
        with pytest.raises(LinkError) as caught:
            read_case(root)
        assert str(caught.value).endswith(words)


def test_encrypted_members_are_said(tmp_path, case):
    path = zipped(tmp_path / "locked.zip", of_case(case))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    path.write_bytes(content)
    with pytest.raises(DicomFileError) as caught:
        read_case(path)
    assert str(caught.value) == (
        "locked.zip: no dose can be read: 3 files or folders are damaged or closed; found [dose.dcm: is encrypted: "
        "unpack the archive and name the folder] and 2 more"
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_compression_is_refused(tmp_path, case, method):
    """These unpack without a bound on memory."""
    path = zipped(tmp_path / "rare.zip", of_case(case), method)
    with pytest.raises(DicomFileError, match="is packed in a way that is not read: unpack the archive"):
        read_case(path)


# bombs


def test_member_that_grows_is_refused_before_it_is_unpacked(tmp_path, case, private):
    buffer = io.BytesIO(case[0].read_bytes())
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("dose.dcm", "w") as member:
        member.write(buffer.getvalue())
        for _ in range(100):
            member.write(bytes(2**20))
    assert path.stat().st_size < 200_000
    with pytest.raises(DicomFileError) as caught:
        read_case(path)
    assert str(caught.value).startswith(
        "data.zip: is a zip archive beyond the limits; expected members packed 200:1 at most; found one that grows"
    )
    assert str(caught.value).endswith("if it is what you think it is, unpack it and name the folder")
    assert list(private.iterdir()) == []


def test_dose_of_zeros_is_no_bomb(tmp_path):
    small = exports.small_dose()
    dose = type(small)(small.grid, small.values_gy * 0.0)
    path = zipped(tmp_path / "zeros.zip", of_case(exports.export(tmp_path / "zeros", dose=dose)))
    assert read_case(path).dose.values_gy.max() == 0.0


def test_too_many_members(tmp_path, monkeypatch, case):
    path = zipped(tmp_path / "many.zip", {**of_case(case), **{f"{number}": b"x" for number in range(20)}})
    monkeypatch.setattr(archive, "_MAX_MEMBERS", 22)
    with pytest.raises(DicomFileError, match=r"expected at most 22 members; found 23, listed in \d+ bytes"):
        read_case(path)
    monkeypatch.setattr(archive, "_MAX_MEMBERS", 23)
    assert read_case(path).warnings == ()


def test_directory_that_lies_about_its_size(tmp_path, case):
    """The count at the end of the archive is looked at before the directory is read."""
    path = zipped(tmp_path / "lies.zip", of_case(case))
    content = bytearray(path.read_bytes())
    struct.pack_into("<L", content, content.rfind(b"PK\x05\x06") + 12, 2**31)
    path.write_bytes(content)
    with pytest.raises(DicomFileError, match="beyond the limits; expected at most 100000 members; found 3, li"):
        read_case(path)


def test_too_much_content(tmp_path, monkeypatch, case, private):
    path = zipped(tmp_path / "much.zip", of_case(case))
    monkeypatch.setattr(archive, "_MAX_UNPACKED", 1000)
    with pytest.raises(DicomFileError, match="GB of RT objects; found more"):
        read_case(path)
    gc.collect()
    assert list(private.iterdir()) == []


def test_members_that_share_their_bytes(tmp_path, case):
    """Overlapping members let a small archive unpack to any size."""
    path = zipped(tmp_path / "overlap.zip", of_case(case))
    content = path.read_bytes()
    end = content.rfind(b"PK\x05\x06")
    start = struct.unpack_from("<L", content, end + 16)[0]
    directory = content[start:end] * 40
    tail = bytearray(content[end:])
    struct.pack_into("<HHLL", tail, 8, 120, 120, len(directory), start)
    path.write_bytes(content[:start] + directory + tail)
    with pytest.raises(DicomFileError, match="expected members of their own; found members that share their bytes"):
        read_case(path)


# damage


def test_damaged_member_is_a_note(tmp_path, case):
    path = zipped(tmp_path / "damaged.zip", {**of_case(case), "z.dcm": case[2].read_bytes()}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.find(b"z.dcm") + 400] ^= 0xFF
    path.write_bytes(content)
    located = locate_cases(path)
    assert [error.problem for _, error in located.scan.broken] == ["is a damaged member of a zip archive"]
    assert [caution.code for caution in read_case(path).warnings] == [Code.LINK_FILE_IGNORED]


@pytest.mark.parametrize("keep", [4, 30, 500, 0.5, 0.99])
def test_archive_cut_short(tmp_path, case, keep):
    path = zipped(tmp_path / "export.zip", of_case(case))
    content = path.read_bytes()
    path.write_bytes(content[: int(keep if keep > 1 else keep * len(content))])
    with pytest.raises(DicomFileError, match=r"export\.zip: is a damaged zip archive; make or fetch it again"):
        read_case(path)


def test_empty_archive(tmp_path):
    path = zipped(tmp_path / "empty.zip", {})
    with pytest.raises(LinkError, match=r"no RT Dose found; .* found no DICOM-RT file and 0 other"):
        read_case(path)


def test_archive_and_files_are_not_mixed(tmp_path, case):
    path = zipped(tmp_path / "export.zip", of_case(case))
    with pytest.raises(LinkError, match="folders and files are mixed; expected one folder or archive, or files"):
        read_case([path, case[1]])
    parts = read_parts([path, more_dose(tmp_path / "second.dcm", "2", structures=case[1]), case[1]])
    assert [Path(part.dose.source.name).name for part in parts] == ["dose.dcm", "second.dcm"]


def test_dicom_file_with_a_preamble_like_an_archive(case):
    content = case[0].read_bytes()
    case[0].write_bytes(b"PK\x03\x04" + content[4:])
    assert read_case(case).warnings == ()


def test_hidden_members_are_left_alone(tmp_path, case):
    extra = {"__MACOSX/._dose.dcm": case[0].read_bytes(), ".Trash/dose.dcm": case[2].read_bytes()}
    located = locate_cases(zipped(tmp_path / "mac.zip", {**of_case(case), **extra}))
    assert (len(located.cases), located.left, located.scan.files) == (1, (), 3)


def test_patients_of_one_archive(tmp_path):
    members = {}
    for name in "abc":
        members |= of_case(exports.export(tmp_path / name, header(f"SYNTHETIC-{name}")), f"{name}/")
    cases = find_cases(zipped(tmp_path / "all.zip", members))
    assert [case.patient.identity[1] for case in cases] == ["SYNTHETIC-a", "SYNTHETIC-b", "SYNTHETIC-c"]


def test_damage_anywhere_is_a_refusal_or_a_note(tmp_path, case):
    """Bytes at random, mostly of the directory at the end: no other error than the project's own."""
    content = zipped(tmp_path / "whole.zip", of_case(case)).read_bytes()
    path = tmp_path / "damaged.zip"
    random = Random(20240101)  # noqa: S311  damage, not secrets
    read = refused = 0
    for _ in range(120):
        spoiled = bytearray(content)
        for _ in range(random.choice((1, 1, 2, 4))):
            start = random.choice((0, len(content) - 400, len(content) - 400))
            spoiled[random.randrange(start, len(content))] = random.choice((0, 0xFF, random.randrange(256)))
        path.write_bytes(spoiled)
        try:
            locate_cases(path)
            read += 1
        except DicomFileError:
            refused += 1
    assert read > 20
    assert refused > 12


def test_member_without_a_name(tmp_path, case):
    """zipfile looks at the last letter of a name, and there is none."""
    path = zipped(tmp_path / "nameless.zip", {**of_case(case), "x": b"what somebody wrote down"})
    content = bytearray(path.read_bytes())
    for at in (content.rfind(b"PK\x01\x02"), content.rfind(b"PK\x03\x04")):
        content[content.index(b"x", at)] = 0  # names end at their first null
    path.write_bytes(content)
    assert len(locate_cases(path).cases) == 1
