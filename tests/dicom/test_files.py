"""Files as files: bombs, cuts, empty ones, and whose fault an exception is."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
import warnings
import zlib

import exports
import pydicom
import pytest
from damage import numbers_of
from pydicom.dataelem import RawDataElement

from dosimetry.dicom import dose as dose_module
from dosimetry.dicom import files
from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.find import read_case
from dosimetry.dicom.headers import read_header
from dosimetry.dicom.plan import read_plan
from dosimetry.dicom.structures import read_structures
from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DicomFileError, DosimetryError, NotDicomError
from dosimetry.warnings import Code

HEADER = StudyHeader(patient_id="SYNTHETIC-FILES")
DOSE, STRUCTURES, PLAN = exports.NAMES
READERS = {DOSE: read_dose, STRUCTURES: read_structures, PLAN: read_plan}


@pytest.fixture
def case(tmp_path):
    exports.export(tmp_path, HEADER)
    return tmp_path


# deflated files


def content_of(data):
    """Return where the dataset begins behind the meta information."""
    return 144 + int.from_bytes(data[140:144], "little")


def bomb(path, zeros):
    """Write a deflated dose whose content goes on with zeros."""
    exports.recode(path, DEFLATED)
    data = path.read_bytes()
    at = content_of(data)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    content = zlib.decompress(data[at:], -zlib.MAX_WBITS)
    packed = packer.compress(content + b"\xfc\xff\xfc\xffOB\0\0" + zeros.to_bytes(4, "little"))
    for start in range(0, zeros, 2**24):
        packed += packer.compress(bytes(min(2**24, zeros - start)))
    path.write_bytes(data[:at] + packed + packer.flush())


@pytest.mark.parametrize("reader", [read_dose, read_header])
def test_deflate_bombs_are_not_inflated(case, monkeypatch, reader):
    monkeypatch.setattr(files, "MOST_INFLATED", 2**22)
    bomb(case / DOSE, 2**28)
    assert (case / DOSE).stat().st_size < 2**20
    tracemalloc.start()
    try:
        with pytest.raises(DicomFileError, match="holds too much once it is inflated; expected at most 4 MB"):
            reader(case / DOSE)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_padding_that_deflates_well_is_no_bomb(case):
    exports.recode(case / DOSE, DEFLATED)
    before = read_dose(case / DOSE)
    bomb(case / DOSE, 2**22)
    assert read_dose(case / DOSE).values_gy.tolist() == before.values_gy.tolist()


@pytest.mark.parametrize("name", exports.NAMES)
def test_every_cut_of_a_deflated_file_is_refused(case, name):
    exports.recode(case / name, DEFLATED)
    data = (case / name).read_bytes()  # the last byte may be padding
    for size in range(len(data) - 2, 400, -max(1, len(data) // 150)):
        (case / name).write_bytes(data[:size])
        with pytest.raises(DosimetryError, match=r"ends before its contents do|cannot be inflated"):
            READERS[name](case / name)


def test_deflated_content_that_is_damaged_is_refused(case):
    exports.recode(case / DOSE, DEFLATED)
    data = bytearray((case / DOSE).read_bytes())
    at = content_of(data)
    data[at : at + 40] = b"\xff" * 40
    (case / DOSE).write_bytes(data)
    with pytest.raises(DicomFileError, match="is damaged: it cannot be inflated"):
        read_dose(case / DOSE)


# files that end early


def boundaries(path):
    """Return where each of the top-level elements of a file ends."""
    dataset = pydicom.dcmread(path)
    raw = [dataset.get_item(tag) for tag in dataset.keys()]  # noqa: SIM118  iteration would convert them
    return [element.value_tell + element.length for element in raw if isinstance(element, RawDataElement)]


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
@pytest.mark.parametrize("name", exports.NAMES)
def test_files_cut_between_two_elements_are_refused_or_told(case, name, syntax):
    """No length is wrong in such a file; what is missing must be known to be missing."""
    exports.recode(case / name, syntax)
    data = (case / name).read_bytes()
    paths = [case / each for each in exports.NAMES]
    whole = read_case(paths)
    ends = boundaries(case / name)
    assert ends[-1] == len(data)
    for end in ends[:-1]:
        (case / name).write_bytes(data[:end])
        try:
            found = read_case(paths)
        except DosimetryError:
            continue
        told = set(found.all_warnings) > set(whole.all_warnings)
        assert told or content(found) == content(whole), f"{name} cut at {end} of {len(data)}"
        assert content(found)[:2] == content(whole)[:2]  # doses and contours are never lost


def content(case):
    """Return what was read of a case."""
    plan = case.rtplan
    contours = [None if roi.contours is None else roi.contours.points_mm.tolist() for roi in case.structures]
    return [
        case.dose.values_gy.tolist(),
        contours,
        [(roi.name, roi.number, roi.roi_type) for roi in case.structures],
        plan and (plan.label, plan.prescriptions, plan.fraction_counts, plan.beams, plan.approval),
        case.links,
    ]


@pytest.mark.parametrize(
    ("name", "lost", "words"),
    [
        (STRUCTURES, ["RTROIObservationsSequence"], "no RT ROI Observations"),
        (PLAN, ["FractionGroupSequence", "BeamSequence"], "no fractions and beams"),
        (PLAN, ["BeamSequence"], "no beams"),
        (PLAN, ["ReferencedStructureSetSequence"], "no reference to a structure set"),
    ],
)
def test_what_a_file_must_hold_behind_the_rest(case, name, lost, words):
    def change(dataset):
        for keyword in lost:
            delattr(dataset, keyword)
        if name == PLAN:
            dataset.RTPlanGeometry = "PATIENT"

    read = READERS[name](exports.edit(case / name, change))
    (told,) = [caution for caution in read.warnings if caution.code is Code.FILE_INCOMPLETE]
    assert words in told.text


@pytest.mark.parametrize("name", exports.NAMES)
@pytest.mark.parametrize("content", [b"", b"\0", b"\0" * 132, b"\0" * 128 + b"DICM", b"text\n" * 99])
def test_files_of_nothing(case, name, content):
    (case / name).write_bytes(content)
    with pytest.raises(NotDicomError, match=f"^{name}: is not a DICOM file"):
        READERS[name](case / name)


@pytest.mark.parametrize("name", exports.NAMES)
def test_a_folder_is_no_file(case, name):
    with pytest.raises(DicomFileError, match="is not a regular file"):
        READERS[name](case)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
@pytest.mark.parametrize("name", exports.NAMES)
def test_names_of_files_that_are_not_utf8(case, name):
    odd = case / os.fsdecode(b"pl\xe4n\n\x1b[31m.dcm")
    (case / name).rename(odd)
    assert READERS[name](odd).source is not None
    odd.write_bytes(b"")
    with pytest.raises(NotDicomError) as caught:
        READERS[name](odd)
    assert str(caught.value).isprintable()


# large values stay in the file


def test_a_large_dose_is_never_in_memory_as_bytes(tmp_path):
    """What a dose of 8 bytes a voxel takes, and a few frames."""
    import bodies

    on = bodies.grid(shape=(60, 200, 200))
    dose = bodies.dose_from(lambda x, y, z: 40 + 0.1 * x + 0.05 * y + 0.02 * z, on)
    exports.export(tmp_path, HEADER, dose=dose)
    size = dose.values_gy.nbytes
    del dose
    tracemalloc.start()
    try:
        read = read_dose(tmp_path / DOSE)
        assert tracemalloc.get_traced_memory()[1] < size + 6 * 2**20
    finally:
        tracemalloc.stop()
    assert read.values_gy[3, 5, 7] == pytest.approx(40 + 0.1 * -42.5 + 0.05 * -47.5 + 0.02 * -51, abs=1e-6)


def test_the_file_may_go_once_it_is_read(case):
    """Nothing is mapped: a dose does not change with the file it came from."""
    read = read_dose(case / DOSE)
    before = read.values_gy.copy()
    (case / DOSE).write_bytes(b"\xff" * (case / DOSE).stat().st_size)
    assert read.values_gy.tolist() == before.tolist()


def test_elements_behind_the_dose_values(case):
    before = read_dose(case / DOSE)
    exports.edit(case / DOSE, lambda dataset: dataset.add_new(0xFFFCFFFC, "OB", bytes(2**21)))
    read = read_dose(case / DOSE)
    assert read.values_gy.tolist() == before.values_gy.tolist()
    assert read.warnings == ()


# whose fault it is


def test_a_slip_of_our_own_is_not_called_damage(case, monkeypatch):
    monkeypatch.setattr(dose_module, "_summation", lambda dataset: dataset + 1)
    with pytest.raises(TypeError):
        read_dose(case / DOSE)


def test_an_error_of_pydicom_keeps_its_cause(case):
    exports.edit(case / DOSE, lambda dataset: exports.set_raw(dataset, "NumberOfFrames", b"seven", vr="IS"))
    with pytest.raises(DicomFileError) as caught:
        read_dose(case / DOSE)
    assert isinstance(caught.value.__cause__, ValueError)


def test_our_own_warnings_are_passed_on(tmp_path):
    notes = []
    with pytest.warns(RuntimeWarning, match="of ours"), tidy(tmp_path, notes):  # noqa: PT031
        warnings.warn_explicit("of ours", RuntimeWarning, files.__file__, 1)
        warnings.warn("of pydicom", UserWarning, stacklevel=1)
    assert [caution.code for caution in notes] == [Code.FILE_NONCONFORMANT]


def test_debug_shows_the_cause(case):
    exports.edit(case / DOSE, lambda dataset: exports.set_raw(dataset, "NumberOfFrames", b"seven", vr="IS"))
    command = [sys.executable, "-m", "dosimetry", "dvh", *(str(case / name) for name in exports.NAMES)]
    for debug in ("0", "1"):
        run = subprocess.run(
            command, env={**os.environ, "DOSIMETRY_DEBUG": debug}, capture_output=True, text=True, check=False
        )
        assert run.returncode == 2
        assert ("ValueError" in run.stderr and "Traceback" in run.stderr) == (debug == "1"), run.stderr
        assert run.stdout == ""


def test_a_sequence_that_is_none_is_refused(case):
    exports.edit(
        case / STRUCTURES, lambda dataset: exports.set_raw(dataset, "StructureSetROISequence", b"text", vr="LO")
    )
    with pytest.raises(DicomFileError, match=r"structures\.dcm: .*\(StructureSetROISequence\) is no sequence"):
        read_structures(case / STRUCTURES)


def test_numbers_of_thousands_of_digits_are_refused(case):
    def change(dataset):
        contour = dataset.ROIContourSequence[0].ContourSequence[0]
        exports.set_raw(contour, "NumberOfContourPoints", b"9" * 5000, vr="IS")

    with pytest.raises(DicomFileError, match="NumberOfContourPoints"):
        read_structures(exports.edit(case / STRUCTURES, change))


@pytest.mark.parametrize(
    ("scaling", "told"),
    [
        ("1E300", "no dose is that high"),
        ("1", "no treatment has doses that high"),
        ("0.1", Code.DOSE_IMPLAUSIBLE),
        ("1E-30", Code.DOSE_IMPLAUSIBLE),
    ],
)
def test_absurd_scaling(case, scaling, told):
    exports.export(case, HEADER, bits=16, quantum_gy=0.001)
    exports.edit(case / DOSE, lambda dataset: setattr(dataset, "DoseGridScaling", scaling))
    if isinstance(told, Code):
        assert told in {caution.code for caution in read_dose(case / DOSE).warnings}
    else:
        with pytest.raises(DosimetryError, match=told):
            read_dose(case / DOSE)


def test_the_whole_case_still_measures(case):
    read = read_case(case)
    assert numbers_of(compute_dvh(read.dose, read.structures["Box"]))[2] == pytest.approx(exports.BOX_MEAN_GY)
