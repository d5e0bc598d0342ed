"""The same stored integers in every encoding that a file can have: the same DVHs."""

from __future__ import annotations

import io
import struct

import bodies
import exports
import numpy as np
import pydicom
import pytest
from damage import delimit, numbers_of
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.tag import Tag
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DicomFileError
from dosimetry.model.dose import Dose
from dosimetry.warnings import Code

HEADER = StudyHeader(patient_id="SYNTHETIC-ENCODINGS")
QUANTUM_GY = 0.001
DOSE, STRUCTURES, PLAN = exports.NAMES


def curved():
    on = bodies.grid(origin=(-20.0, -20.0, -18.0), spacing=(4.0, 5.0, 6.0), shape=(7, 9, 11))
    return bodies.dose_from(
        lambda x, y, z: QUANTUM_GY * np.rint((10 + 0.1 * x + 0.05 * y + 0.004 * x * y + 0.2 * z) / QUANTUM_GY), on
    )


def written(folder, bits=16):
    exports.export(folder, HEADER, dose=curved(), bits=bits, quantum_gy=QUANTUM_GY)
    return folder


def dvhs(folder):
    case = read_case(folder / name for name in exports.NAMES)
    numbers = np.array([numbers_of(compute_dvh(case.dose, roi)) for roi in case.structures])
    return numbers, {caution.code for caution in case.all_warnings}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    numbers, codes = dvhs(written(tmp_path_factory.mktemp("explicit")))
    assert codes == set()
    return numbers


def same(folder, expected, *codes):
    numbers, found = dvhs(folder)
    np.testing.assert_allclose(numbers, expected, rtol=0, atol=1e-6)
    assert found == set(codes)


# transfer syntaxes


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED, ExplicitVRBigEndian])
@pytest.mark.parametrize("bits", [16, 32])
def test_transfer_syntaxes(tmp_path, expected, syntax, bits):
    written(tmp_path, bits)
    for name in exports.NAMES:
        exports.recode(tmp_path / name, syntax)
        assert pydicom.dcmread(tmp_path / name).file_meta.TransferSyntaxUID == syntax
    same(tmp_path, expected)


def test_run_lengths(tmp_path, expected):
    written(tmp_path)
    exports.edit(tmp_path / DOSE, lambda dataset: dataset.compress(RLELossless))
    same(tmp_path, expected)


def literal_runs(frame):
    """Encode a frame of 32 bits in runs of RLE that repeat nothing: the most significant bytes come first."""
    planes = [frame.astype(">u4").tobytes()[byte::4] for byte in range(4)]
    segments = []
    for plane in planes:
        runs = [plane[at : at + 128] for at in range(0, len(plane), 128)]
        segment = b"".join(bytes([len(run) - 1]) + run for run in runs)
        segments.append(segment + b"\x80" * (len(segment) % 2))
    offsets = np.cumsum([64, *map(len, segments[:-1])]).tolist()
    return struct.pack("<16L", 4, *offsets, *[0] * 11) + b"".join(segments)


def test_run_lengths_of_32_bits(tmp_path, expected):
    """pydicom does not write them; its own test files hold some."""
    written(tmp_path, 32)
    exports.edit(
        tmp_path / DOSE,
        lambda dataset: compressed(dataset, RLELossless, [literal_runs(frame) for frame in dataset.pixel_array]),
    )
    same(tmp_path, expected)


def compressed(dataset, syntax, frames):
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax


def test_jpeg_2000(tmp_path, expected):
    image = pytest.importorskip("PIL.Image")
    features = pytest.importorskip("PIL.features")
    if not features.check("jpg_2000") or not get_decoder(JPEG2000Lossless).is_available:
        pytest.skip("no decoder of JPEG 2000 is installed")

    def change(dataset):
        frames = []
        for frame in dataset.pixel_array:
            stream = io.BytesIO()
            image.fromarray(frame).save(stream, "JPEG2000", irreversible=False, no_jp2=True)
            frames.append(stream.getvalue())
        compressed(dataset, JPEG2000Lossless, frames)

    written(tmp_path)
    exports.edit(tmp_path / DOSE, change)
    same(tmp_path, expected)


def test_jpeg_ls(tmp_path, expected):
    if not get_decoder(JPEGLSLossless).is_available:
        pytest.skip("no decoder of JPEG-LS is installed: pip install 'dosimetry[compressed]'")
    pytest.importorskip("jpeg_ls")
    written(tmp_path)
    exports.edit(tmp_path / DOSE, lambda dataset: dataset.compress(JPEGLSLossless))
    same(tmp_path, expected)


@pytest.mark.skipif(get_decoder(JPEGLSLossless).is_available, reason="JPEG-LS can be decoded here")
def test_what_cannot_be_decoded_says_what_to_install(tmp_path):
    written(tmp_path)
    exports.edit(tmp_path / DOSE, lambda dataset: compressed(dataset, JPEGLSLossless, [b"\xff" * 100] * 7))
    with pytest.raises(DicomFileError, match=r"dose values are compressed; found JPEG-LS.*dosimetry\[compressed\]"):
        dvhs(tmp_path)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.81"])
def test_lossy_transfer_syntaxes_are_refused(tmp_path, syntax):
    written(tmp_path)
    exports.edit(tmp_path / DOSE, lambda dataset: compressed(dataset, syntax, [b"\xff" * 100] * 7))
    with pytest.raises(DicomFileError, match="compressed in a way that may have changed them"):
        dvhs(tmp_path)


def test_what_was_lossy_once_is_refused(tmp_path):
    def change(dataset):
        dataset.compress(RLELossless)
        dataset.LossyImageCompression = "01"

    written(tmp_path)
    exports.edit(tmp_path / DOSE, change)
    with pytest.raises(DicomFileError, match="found LossyImageCompression 01"):
        dvhs(tmp_path)


@pytest.mark.parametrize("bits", [16, 32])
def test_signed(tmp_path, expected, bits):
    written(tmp_path, bits)
    exports.edit(tmp_path / DOSE, lambda dataset: setattr(dataset, "PixelRepresentation", 1))
    same(tmp_path, expected)


@pytest.mark.parametrize("bits", [16, 32])
def test_negative_doses_are_told(tmp_path, bits):
    def change(dataset):
        dataset.PixelRepresentation = 1
        counts = np.frombuffer(dataset.PixelData, f"<i{bits // 8}").copy()
        counts[0] = -7
        dataset.PixelData = counts.tobytes()
        dataset["PixelData"].VR = "OW"

    written(tmp_path, bits)
    exports.edit(tmp_path / DOSE, change)
    assert Code.DOSE_NEGATIVE in dvhs(tmp_path)[1]


# meta information


def stripped(path, lost):
    data = path.read_bytes()
    if lost == "preamble":
        return data[132:]
    if lost == "all":
        length = struct.unpack("<I", data[140:144])[0]
        return data[144 + length :]
    at = data.index(b"\x02\x00\x10\x00UI")
    return data[:at] + data[at + 8 + data[at + 6] :]


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, ExplicitVRBigEndian])
@pytest.mark.parametrize("lost", ["preamble", "transfer syntax", "all"])
def test_missing_meta_information(tmp_path, expected, syntax, lost):
    written(tmp_path)
    for name in exports.NAMES:
        exports.recode(tmp_path / name, syntax)
        (tmp_path / name).write_bytes(stripped(tmp_path / name, lost))
    same(tmp_path, expected, *([] if lost == "preamble" else [Code.META_INCOMPLETE]))


def test_transfer_syntax_that_lies(tmp_path, expected):
    """Explicit content under the name of implicit, and the other way round: recognised, and told."""
    for content, name in ((EXPLICIT, IMPLICIT), (IMPLICIT, EXPLICIT)):
        written(tmp_path)
        for file in exports.NAMES:
            exports.recode(tmp_path / file, content)
            data = (tmp_path / file).read_bytes()
            stated, lie = (syntax.encode() + b"\0" * (len(syntax) % 2) for syntax in (content, name))
            at = data.index(b"\x02\x00\x10\x00UI")
            tail = data[at + 8 + len(stated) :]
            head = data[:at] + b"\x02\x00\x10\x00UI" + struct.pack("<H", len(lie)) + lie
            (tmp_path / file).write_bytes(head + tail)
        same(tmp_path, expected, Code.FILE_NONCONFORMANT)


# decimal strings


def respelled(spelling, *keywords):
    """Return a change that writes the numbers of some attributes, and of all contours, in another way."""

    def change(dataset):
        for keyword in keywords:
            if keyword in dataset:
                exports.set_raw(dataset, keyword, spelling(numbers_in(dataset[keyword].value)))
        for item in dataset.get("ROIContourSequence", ()):
            for contour in item.ContourSequence:
                exports.set_raw(contour, "ContourData", spelling(numbers_in(contour.ContourData)))

    return change


def numbers_in(value):
    return [float(number) for number in np.atleast_1d(value)]


GRID = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "GridFrameOffsetVector",
    "DoseGridScaling",
)
SPELLINGS = {
    "exponents": lambda numbers: "\\".join(f"{number:.9e}" for number in numbers),
    "capital exponents": lambda numbers: "\\".join(f"{number:.9E}" for number in numbers),
    "padded": lambda numbers: "\\".join(f"  {number:.9g} " for number in numbers),
    "signs and zeros": lambda numbers: "\\".join(f"{number:+017.9f}" for number in numbers),
    "a trailing separator": lambda numbers: "\\".join(f"{number:.9g}" for number in numbers) + "\\",
    "a trailing separator and blanks": lambda numbers: "\\".join(f"{number:.9g}" for number in numbers) + "\\  ",
    "NUL padding": lambda numbers: "\\".join(f"{number:.9g}" for number in numbers) + "\0\0",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_decimal_strings(tmp_path, expected, spelling):
    written(tmp_path)
    change = respelled(lambda numbers: SPELLINGS[spelling](numbers).encode(), *GRID)
    for name in (DOSE, STRUCTURES):
        exports.edit(tmp_path / name, change)
    same(tmp_path, expected)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_odd_lengths(tmp_path, expected, syntax):
    """A value of an odd number of bytes, which the standard forbids, is read as long as it says."""
    written(tmp_path)
    exports.recode(tmp_path / DOSE, syntax)
    data = (tmp_path / DOSE).read_bytes()
    at = data.index(b"\x04\x30\x0e\x00") + 4  # DoseGridScaling
    if syntax == EXPLICIT:
        length = struct.unpack("<H", data[at + 2 : at + 4])[0]
        new = b"DS" + struct.pack("<H", 5) + b"0.001"
        (tmp_path / DOSE).write_bytes(data[:at] + new + data[at + 4 + length :])
    else:
        length = struct.unpack("<I", data[at : at + 4])[0]
        (tmp_path / DOSE).write_bytes(data[:at] + struct.pack("<I", 5) + b"0.001" + data[at + 4 + length :])
    same(tmp_path, expected)


# structure


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, ExplicitVRBigEndian])
def test_undefined_lengths(tmp_path, expected, syntax):
    written(tmp_path)
    for name in exports.NAMES:
        exports.recode(tmp_path / name, syntax)
        exports.edit(tmp_path / name, delimit)
    same(tmp_path, expected)


def private(dataset):
    """Put private blocks before, between and behind what is read, some of them sequences."""
    for group in (0x0009, 0x3005, 0x3253, 0x7FE1):
        block = dataset.private_block(group, "SYNTHETIC VENDOR", create=True)
        block.add_new(0x01, "LO", "text")
        inner = Dataset()
        inner.add_new(Tag(group, 0x0010), "LO", "SYNTHETIC VENDOR")
        inner.add_new(Tag(group, 0x1002), "DS", ["1.5", "2.5"])
        block.add_new(0x03, "SQ", [inner])
        block.add_new(0x04, "OB", bytes(range(256)))
    for item in dataset.get("ROIContourSequence", ()):
        for contour in item.ContourSequence:
            contour.private_block(0x3007, "SYNTHETIC VENDOR", create=True).add_new(0x01, "FD", 1.25)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, ExplicitVRBigEndian])
@pytest.mark.parametrize("undefined", [False, True])
def test_private_elements(tmp_path, expected, syntax, undefined):
    written(tmp_path)
    for name in exports.NAMES:
        exports.edit(tmp_path / name, private)
        exports.recode(tmp_path / name, syntax)
        if undefined:
            exports.edit(tmp_path / name, delimit)
    same(tmp_path, expected)


@pytest.mark.parametrize("keyword", ["ROIContourSequence", "StructureSetROISequence"])
def test_sequences_called_unknown(tmp_path, expected, keyword):
    """A gateway that does not know an attribute writes it as UN; inside it is implicit little endian."""
    written(tmp_path)
    explicit = pydicom.dcmread(tmp_path / STRUCTURES)
    exports.recode(tmp_path / STRUCTURES, ImplicitVRLittleEndian)
    value = pydicom.dcmread(tmp_path / STRUCTURES).get_item(keyword).value
    tag = Tag(keyword)
    explicit[tag] = RawDataElement(tag, "UN", len(value), value, 0, is_implicit_VR=False, is_little_endian=True)
    explicit.save_as(tmp_path / STRUCTURES)
    same(tmp_path, expected)


@pytest.mark.parametrize("keyword", GRID)
def test_numbers_called_unknown(tmp_path, expected, keyword):
    def change(dataset):
        text = "\\".join(str(number) for number in numbers_in(dataset[keyword].value))
        exports.set_raw(dataset, keyword, text.encode(), vr="UN")

    written(tmp_path)
    exports.edit(tmp_path / DOSE, change)
    same(tmp_path, expected)


# texts


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Herz µ"),
        ("ISO_IR 144", "Сердце"),
        ("ISO_IR 192", "心臓 ♥"),
        ("GB18030", "心脏"),
        (["", "ISO 2022 IR 87"], "心臓"),
        ("ISO_IR 13", "ｼﾝｿﾞｳ"),
        (None, "Heart"),
    ],
)
def test_character_sets(tmp_path, expected, charset, name):
    def change(dataset):
        dataset.SpecificCharacterSet = charset
        dataset.StructureSetROISequence[0].ROIName = name

    written(tmp_path)
    exports.edit(tmp_path / STRUCTURES, change)
    same(tmp_path, expected)
    assert read_case(tmp_path / name for name in exports.NAMES).structures.names()[0] == name


@pytest.mark.filterwarnings("ignore:.*encoding:UserWarning")  # of pydicom, as it writes them
@pytest.mark.parametrize("charset", [b"ISO_IR 192", b"NO SUCH SET", b"ISO_IR 100\\", b"latin_1"])
def test_texts_that_are_not_in_their_character_set(tmp_path, expected, charset):
    def change(dataset):
        exports.set_raw(dataset.StructureSetROISequence[0], "ROIName", b"Herz \xb5\xff", vr="LO")
        exports.set_raw(dataset, "SpecificCharacterSet", charset, vr="CS")

    written(tmp_path)
    exports.edit(tmp_path / STRUCTURES, change)
    numbers, _ = dvhs(tmp_path)
    np.testing.assert_allclose(numbers, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("syntax", [RLELossless, IMPLICIT, EXPLICIT, DEFLATED, ExplicitVRBigEndian])
def test_doses_of_megabytes(tmp_path, syntax):
    """Large values are left in the file until they are asked for, compressed ones too."""
    on = bodies.grid(shape=(20, 190, 210))
    counts = np.random.default_rng(5).integers(0, 2**16, on.shape)
    exports.export(tmp_path, HEADER, dose=Dose(on, counts * QUANTUM_GY), bits=16, quantum_gy=QUANTUM_GY)
    if syntax == RLELossless:
        exports.edit(tmp_path / DOSE, lambda dataset: dataset.compress(RLELossless))
    else:
        exports.recode(tmp_path / DOSE, syntax)
    assert (tmp_path / DOSE).stat().st_size > 2**20
    dose = read_dose(tmp_path / DOSE)
    np.testing.assert_array_equal(dose.values_gy, counts * QUANTUM_GY)
    assert dose.warnings == ()
