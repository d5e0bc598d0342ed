"""Ways to damage a DICOM file, and a set of whole ones to damage."""

from __future__ import annotations

import random
import shutil
import struct
from pathlib import Path

import exports
import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader

ABSURD_TEXTS = [
    b"1e999",
    b"-1e300",
    b"9" * 16,
    b"nan",
    b"0",
    b"-1",
    b"1e-320",
    b"",
    b"\\",
    b"1\\2",
    b"\xff\xfe",
    b"  ",
]
ABSURD_LENGTHS = [0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF]
ABSURD_SHORTS = [0, 1, 0x7FFF, 0xFFFF]
GROUPS = (b"\x08\x00", b"\x20\x00", b"\x28\x00", b"\x04\x30", b"\x06\x30", b"\x0a\x30", b"\x0c\x30")
SIZES = (b"\x28\x00\x10\x00", b"\x28\x00\x11\x00", b"\x28\x00\x00\x01", b"\x28\x00\x01\x01", b"\x28\x00\x03\x01")


def truncated(data, drawn):
    return data[: drawn.randrange(len(data))]


def flipped(data, drawn):
    changed = bytearray(data)
    for _ in range(drawn.choice((1, 1, 2, 8))):
        changed[drawn.randrange(132, len(data))] ^= 1 << drawn.randrange(8)
    return bytes(changed)


def flipped_header(data, drawn):
    """Flip bits of the first two kilobytes, where most of what describes a dose stands."""
    changed = bytearray(data)
    for _ in range(drawn.choice((1, 1, 2, 8))):
        changed[drawn.randrange(132, min(len(data), 2200))] ^= 1 << drawn.randrange(8)
    return bytes(changed)


def overwritten(data, drawn):
    changed = bytearray(data)
    at = drawn.randrange(132, len(data) - 4)
    changed[at : at + 4] = drawn.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", drawn.randbytes(4), b"\xfe\xff\x0d\xe0"))
    return bytes(changed)


def elements(data, reach=60_000):
    """Return where tags of the groups that are read begin, or any place where they cannot be recognised."""
    places = range(132, min(len(data), reach) - 12, 2)
    found = [at for at in places if data[at : at + 2] in GROUPS]
    return found if len(found) > 10 else list(places)


def swapped(data, drawn):
    """Swap two tags, so that each names the other's value."""
    a, b = drawn.sample(elements(data), 2)
    changed = bytearray(data)
    changed[a : a + 4], changed[b : b + 4] = data[b : b + 4], data[a : a + 4]
    return bytes(changed)


def stretched(data, drawn):
    """Give an element an absurd length."""
    at = drawn.choice(elements(data)) + 4
    length = drawn.choice(ABSURD_LENGTHS)
    changed = bytearray(data)
    if data[at : at + 2].isalpha() and data[at : at + 2] not in (b"SQ", b"OW", b"UN"):
        changed[at + 2 : at + 4] = struct.pack("<H", length & 0xFFFF)
    elif data[at : at + 2].isalpha():
        changed[at + 4 : at + 8] = struct.pack("<I", length)
    else:
        changed[at : at + 4] = struct.pack("<I", length)
    return bytes(changed)


def renumbered(data, drawn):
    """Put an absurd text where a number stands."""
    start = drawn.randrange(max(1, len(data) - 60_000))
    digits = [
        at
        for at in range(max(300, start), min(len(data), start + 60_000) - 4)
        if data[at : at + 2].isdigit() or data[at : at + 1] in b"\\"
    ]
    if not digits:
        return data[:-1]
    at = drawn.choice(digits)
    text = drawn.choice(ABSURD_TEXTS)
    return data[:at] + text + data[at + len(text) :]


def resized(data, drawn):
    """Give Rows, Columns, BitsAllocated, BitsStored or PixelRepresentation an absurd value."""
    places = [at for tag in SIZES if (at := data.find(tag, 132)) > 0]
    if not places:
        return flipped(data, drawn)
    changed = bytearray(data)
    at = drawn.choice(places) + 8
    changed[at : at + 2] = struct.pack("<H", drawn.choice((*ABSURD_SHORTS, drawn.randrange(65536))))
    return bytes(changed)


def repeated(data, drawn):
    """Let a stretch of the file come twice."""
    a = drawn.randrange(132, len(data))
    b = min(len(data), a + drawn.choice((2, 8, 100, 5000)))
    return data[:b] + data[a:b] + data[b:]


DAMAGES = [
    truncated,
    flipped,
    flipped_header,
    overwritten,
    swapped,
    stretched,
    renumbered,
    resized,
    repeated,
]


def damaged(name, data, seed):
    """Return the damage number `seed` of a file, and what it is called."""
    drawn = random.Random(f"{name} {seed}")  # noqa: S311
    damage = drawn.choice(DAMAGES)
    return damage(data, drawn), damage.__name__


def delimit(dataset):
    """Let all sequences and items end with a delimiter instead of stating their length."""
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                delimit(item)


def write_whole(root, *, sample=None, real=None):
    """Write whole cases, one a folder, from the tiniest to a real one where there is one; return the folders."""
    header = StudyHeader(patient_id="SYNTHETIC-DAMAGED")
    made = []
    for name, syntax in (
        ("implicit", IMPLICIT),
        ("explicit", EXPLICIT),
        ("deflated", DEFLATED),
        ("big endian", ExplicitVRBigEndian),
    ):
        folder = root / name
        exports.export(folder, header, bits=16)
        for file in exports.NAMES:
            exports.recode(folder / file, syntax)
        made.append(folder)
    folder = root / "delimited"
    exports.export(folder, header)
    for file in exports.NAMES:
        exports.edit(folder / file, delimit)
    made.append(folder)
    folder = root / "run lengths"
    exports.export(folder, header, bits=16)
    exports.edit(folder / "dose.dcm", lambda dataset: dataset.compress(RLELossless))
    made.append(folder)
    made += [folder for folder in (_pydicoms_own(root / "pydicom"),) if folder]
    for name, source in (("sample", sample), ("real", real)):
        if source is not None:
            shutil.copytree(source, root / name)
            made.append(root / name)
    return made


def _pydicoms_own(folder):
    """Copy pydicom's own RT files, their doses called gray."""
    found = [
        (name, get_testdata_file(name, download=False))
        for name in ("rtdose.dcm", "rtdose_rle.dcm", "rtdose_expb.dcm", "rtplan.dcm", "rtstruct.dcm")
    ]
    if any(path is None for _, path in found):
        return None
    folder.mkdir()
    for name, path in found:
        dataset = pydicom.dcmread(path, force=True)
        if "DoseUnits" in dataset:
            dataset.DoseUnits = "GY"
        dataset.save_as(Path(folder) / name)
    return folder


def numbers_of(dvh):
    """Return what is compared of a DVH."""
    specs = ("Mean[Gy]", "Min[Gy]", "Max[Gy]", "D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "V10Gy[%]")
    return np.array([dvh.volume_cc, dvh.outside_grid_cc, *(dvh.metric(spec) for spec in specs)])
