"""Tags of geometry, type, unit and link that were changed: refused, told, or of no consequence; never in silence.

What nobody can detect is a digit that stays plausible: of a dose, a contour, a position. It shows in the hash.
"""

from __future__ import annotations

from pathlib import Path

import bodies
import exports
import numpy as np
import pydicom
import pytest
from damage import numbers_of

from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import StudyHeader
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DosimetryError, GeometryError, UnitsError

HEADER = StudyHeader(patient_id="SYNTHETIC-CHANGED")
DOSE, STRUCTURES, PLAN = exports.NAMES
UP = [6.0 * frame for frame in range(7)]
ORIGIN = [-20, -21, -18]

GEOMETRY = {
    "ImagePositionPatient": [None, "", [0, 0], [20, -21, -18], [-20, 21, -18], [-20, -21, 18], [-200, -210, -180],
                             ["1e5", -21, -18], ["-20", "x", "-18"]],
    "ImageOrientationPatient": [None, "", [-1, 0, 0, 0, 1, 0], [1, 0, 0, 0, -1, 0], [0, 1, 0, 1, 0, 0],
                                [0, 1, 0, -1, 0, 0], [-1, 0, 0, 0, -1, 0], [1, 0, 0, 0, 0, 1],
                                [1, 0, 0, 0, 0.1, 1], [1, 0, 0], [1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0]],
    "PixelSpacing": [None, "", [4, 5], [-5, 4], [50, 40], [0.5, 0.4], [0.05, 0.04], [5], [5, 4, 6], [0, 4],
                     ["1e9", 4]],
    "GridFrameOffsetVector": [None, "", UP[::-1], [-value for value in UP], [value / 2 for value in UP],
                              [value + 6 for value in UP], UP[:-1], [*UP[:-1], 63.0], [*UP[:-1], 30.0],
                              [10 * value for value in UP], [0, 6, 18, 12, 24, 30, 36]],
    "SliceThickness": [None, "", "3", "-6", "x"],
    "Rows": [None, 0, 10, 11, 65535],
    "Columns": [None, 0, 1, 9],
    "NumberOfFrames": [None, "", "0", "1", "8", "70", "-7"],
    ("Rows", "Columns"): [(11, 9), (99, 1), (33, 3)],
    ("Rows", "NumberOfFrames"): [(7, "9")],
    "BitsAllocated": [None, 8, 16, 64],
    "BitsStored": [None, 16, 12],
    "HighBit": [None, 15],
    "PixelRepresentation": [None, 1, 7],
    "SamplesPerPixel": [None, 3],
}  # fmt: skip
KIND = {
    "DoseUnits": [None, "", "RELATIVE", "CGY", "gy"],
    "DoseType": [None, "", "ERROR", "EFFECTIVE", "X"],
    "DoseSummationType": [None, "", "BEAM", "FRACTION", "X", "MULTI_PLAN", "CONTROL_POINT"],
    "DoseGridScaling": [None, "", "0", "-1", "1", "1E-20", "1E300", "0.1", "nan", ["1", "2"]],
    "TissueHeterogeneityCorrection": [None, "WATER", ["IMAGE", "WATER"]],
    "SOPClassUID": [None, "1.2.840.10008.5.1.4.1.1.481.3", "1.2.3"],
    "Modality": [None, "CT"],
}
LINKS = {
    "FrameOfReferenceUID": [None, "", "1.2.3"],
    "ReferencedRTPlanSequence": [None, []],
    "ReferencedStructureSetSequence": [None, []],
    "StudyInstanceUID": [None, "1.2.3"],
    "SOPInstanceUID": [None, "1.2.3"],
    "PatientID": [None, "X"],
}
OF_STRUCTURES = {
    **{keyword: values for keyword, values in LINKS.items() if "Referenced" not in keyword},
    "SOPClassUID": [None, "1.2.840.10008.5.1.4.1.1.481.2"],
    "StructureSetROISequence": [None, []],
    "ROIContourSequence": [None, []],
    "RTROIObservationsSequence": [None, []],
    "ReferencedFrameOfReferenceSequence": [None, []],
}
OF_PLAN = {
    **{keyword: values for keyword, values in LINKS.items() if "Plan" not in keyword},
    "SOPClassUID": [None, "1.2.840.10008.5.1.4.1.1.481.2"],
    "FractionGroupSequence": [None, []],
    "BeamSequence": [None, []],
    "DoseReferenceSequence": [None, []],
    "ApprovalStatus": [None, "REJECTED"],
}
CASES = [
    pytest.param(name, keywords, value, id=f"{name}-{keywords}-{value}".replace("'", ""))
    for name, tags in ((DOSE, GEOMETRY | KIND | LINKS), (STRUCTURES, OF_STRUCTURES), (PLAN, OF_PLAN))
    for keywords, values in tags.items()
    for value in values
]
# Of one ROI, one contour.
INNER = {
    "ROINumber": ("StructureSetROISequence", ["2", "7", None, "x"]),
    "ReferencedROINumber": ("ROIContourSequence", ["2", "7", None]),
    "ContourSequence": ("ROIContourSequence", [None, []]),
}
OF_CONTOUR = {
    "ContourGeometricType": [None, "POINT", "OPEN_PLANAR", "X"],
    "NumberOfContourPoints": ["3", "400", "-4", "x"],
    "ContourData": [None, "", [1, 2], [1, 2, 3], ["nan"] * 12, [10, 0, -8] * 4],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    on = bodies.grid(origin=ORIGIN, spacing=(4.0, 5.0, 6.0), shape=(7, 9, 11))
    dose = bodies.dose_from(lambda x, y, z: 10 + 0.1 * x + 0.05 * y + 0.004 * x * y + 0.2 * z, on)
    exports.export(folder, HEADER, dose=dose)
    numbers, told = look(folder)
    assert told == set()
    return folder, numbers


def look(folder):
    """Return the numbers of a case and what was told of them; None where it is refused."""
    try:
        case = read_case(folder / name for name in exports.NAMES)
        found = [(roi, compute_dvh(case.dose, roi)) for roi in case.structures]
        numbers = np.array([numbers_of(dvh) for _, dvh in found])
    except DosimetryError as error:
        return None, {str(error)}
    told = set(case.all_warnings)
    told.update(*(roi.warnings for roi, _ in found), *(dvh.warnings for _, dvh in found))
    return numbers, told


def changed(folder, target, name, change):
    for each in exports.NAMES:
        (target / each).write_bytes((folder / each).read_bytes())
    return exports.edit(target / name, change)


def assert_not_in_silence(target, expected):
    numbers, told = look(target)
    if not told:
        np.testing.assert_allclose(numbers, expected, rtol=0, atol=1e-9)


def assign(dataset, keyword, value):
    if value is None:
        delattr(dataset, keyword)
    elif value == "x" or (isinstance(value, list) and {"x", "nan"} & set(value)):
        text = "\\".join(value) if isinstance(value, list) else value
        exports.set_raw(dataset, keyword, text.encode())
    else:
        setattr(dataset, keyword, value)


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # it says that such values are wrong
@pytest.mark.parametrize(("name", "keywords", "value"), CASES)
def test_changed_tags(whole, tmp_path, name, keywords, value):
    def change(dataset):
        if isinstance(keywords, str):
            assign(dataset, keywords, value)
        else:
            for keyword, one in zip(keywords, value, strict=True):
                assign(dataset, keyword, one)

    changed(whole[0], tmp_path, name, change)
    assert_not_in_silence(tmp_path, whole[1])


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    ("keyword", "sequence", "value"),
    [(keyword, sequence, value) for keyword, (sequence, values) in INNER.items() for value in values],
)
def test_changed_tags_of_an_roi(whole, tmp_path, keyword, sequence, value):
    changed(whole[0], tmp_path, STRUCTURES, lambda dataset: assign(dataset[sequence][0], keyword, value))
    assert_not_in_silence(tmp_path, whole[1])


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    ("keyword", "value"), [(keyword, value) for keyword, values in OF_CONTOUR.items() for value in values]
)
def test_changed_tags_of_a_contour(whole, tmp_path, keyword, value):
    def change(dataset):
        assign(dataset.ROIContourSequence[1].ContourSequence[2], keyword, value)

    changed(whole[0], tmp_path, STRUCTURES, change)
    assert_not_in_silence(tmp_path, whole[1])


def digit(name, keyword, place):
    """Return a change of one digit, or of one byte of PixelData, and whether it is one that can be seen."""

    def change(dataset):
        if keyword == "PixelData":
            data = bytearray(dataset.PixelData)
            data[place] ^= 1
            dataset.PixelData = bytes(data)
            dataset["PixelData"].VR = "OW"
        elif keyword == "ContourData":
            contour = dataset.ROIContourSequence[0].ContourSequence[0]
            contour.ContourData = [
                value + (0.25 if i == place else 0) for i, value in enumerate(contour.ContourData)
            ]
        else:
            values = [float(value) for value in np.atleast_1d(dataset[keyword].value)]
            values[place] *= 1.01
            setattr(dataset, keyword, values if len(values) > 1 else values[0])

    return name, change


DIGITS = [
    digit(DOSE, "PixelData", 4 * 346 + 2),  # of a voxel amid both structures
    digit(DOSE, "PixelData", 4 * 346 + 3),
    digit(STRUCTURES, "ContourData", 3),
    digit(STRUCTURES, "ContourData", 10),
    digit(DOSE, "DoseGridScaling", 0),
    digit(DOSE, "ImagePositionPatient", 0),
    digit(DOSE, "PixelSpacing", 1),
]


@pytest.mark.parametrize(("name", "change"), DIGITS)
def test_digits_that_nobody_can_detect_show_in_the_hash(whole, tmp_path, name, change):
    changed(whole[0], tmp_path, name, change)
    before, after = (read_case(folder / each for each in exports.NAMES) for folder in (whole[0], tmp_path))
    different = {
        one.kind for one, other in zip(before.sources, after.sources, strict=True) if one.sha256 != other.sha256
    }
    assert different == {"RTDOSE" if name == DOSE else "RTSTRUCT"}
    assert not np.allclose(look(tmp_path)[0], whole[1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", exports.NAMES)
def test_files_are_read_from_what_was_hashed(whole, name):
    import hashlib

    kinds = dict(zip(exports.NAMES, ("RTDOSE", "RTSTRUCT", "RTPLAN"), strict=True))
    case = read_case(whole[0] / each for each in exports.NAMES)
    found = {source.kind: source.sha256 for source in case.sources}
    assert found[kinds[name]] == hashlib.sha256((whole[0] / name).read_bytes()).hexdigest()


def test_swapped_rows_and_columns_are_refused(whole, tmp_path):
    def change(dataset):
        dataset.Rows, dataset.Columns = dataset.Columns, dataset.Rows

    changed(whole[0], tmp_path, DOSE, change)
    with pytest.raises(GeometryError) as caught:
        read_case(tmp_path / name for name in exports.NAMES)
    assert caught.value.item == "Rows and Columns"
    assert caught.value.expected == "9 rows of 11 columns, with which it is smooth"


def test_a_noisy_dose_that_may_be_swapped_is_told(whole):
    """Between what is certain and what is fine somebody has to look."""
    from dosimetry.dicom.plausible import _shape, require_dose

    dose = read_case(whole[0] / name for name in exports.NAMES).dose
    frames, rows, columns = dose.values_gy.shape
    noise = np.random.default_rng(4).normal(size=dose.values_gy.shape)
    step = dose.values_gy.max() / columns
    seen = []
    for part in (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 2.0):
        swapped = (dose.values_gy + part * step * noise).reshape(frames, columns, rows)
        told = "are Rows and Columns exchanged?" in _shape(swapped)
        try:
            require_dose(Path("rd.dcm"), dose.grid, swapped)
        except GeometryError:
            seen.append("refused")
        else:
            seen.append("told" if told else "silent")
    assert seen[0] == "refused"
    assert "told" in seen
    assert sorted(seen, key=["refused", "told", "silent"].index) == seen


@pytest.mark.parametrize(
    ("hot_gy", "voxels", "refused"),
    [(900.0, 400, False), (9000.0, 10, False), (2500.0, 400, False), (2500.0, 900, True), (10001.0, 1, True)],
)
def test_doses_that_no_treatment_has_are_refused(hot_gy, voxels, refused):
    """A few voxels beside a source may be high; litres of thousands of gray are a course in cGy."""
    from dosimetry.dicom.plausible import require_dose
    from dosimetry.geometry import Grid

    grid = Grid(np.zeros(3), np.eye(3)[0], np.eye(3)[1], (5.0, 5.0), 5.0 * np.arange(10.0), 10, 10)
    values = np.full(grid.shape, 40.0)
    values.ravel()[:voxels] = hot_gy  # 0.125 cc each
    if refused:
        with pytest.raises(UnitsError, match="no treatment has doses that high"):
            require_dose(Path("rd.dcm"), grid, values)
    else:
        require_dose(Path("rd.dcm"), grid, values)


def test_real_dose_looks_like_one(shared_data):
    """No warning of plausibility on a real export; and its shape the other way round is seen."""
    from dosimetry.dicom.dose import read_dose
    from dosimetry.dicom.plausible import _shape

    dose = read_dose(shared_data / "breast_boost" / "rtdose.dcm")
    assert not [caution for caution in dose.warnings if caution.code.value.endswith("implausible")]
    frames, rows, columns = dose.values_gy.shape
    assert "129 rows of 194 columns" in _shape(dose.values_gy.reshape(frames, columns, rows))


def test_whole_files_are_written_as_they_were(whole, tmp_path):
    """The changes above are what changes: an edit that changes nothing leaves every number."""
    for name in exports.NAMES:
        changed(whole[0], tmp_path, name, lambda _: None)
    numbers, told = look(tmp_path)
    assert told == set()
    assert numbers.tolist() == whole[1].tolist()
    assert pydicom.dcmread(tmp_path / DOSE).Rows == 9
