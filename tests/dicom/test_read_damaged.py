"""Files damaged at random: a result or one of the project's errors, never another exception and never a hang."""

from __future__ import annotations

import random
import struct
from time import perf_counter

import exports
import numpy as np
import pytest

from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DosimetryError

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


def truncated(data, drawn):
    return data[: drawn.randrange(len(data))]


def flipped(data, drawn):
    changed = bytearray(data)
    for _ in range(drawn.choice((1, 1, 2, 8))):
        changed[drawn.randrange(132, len(data))] ^= 1 << drawn.randrange(8)
    return bytes(changed)


def overwritten(data, drawn):
    changed = bytearray(data)
    at = drawn.randrange(132, len(data) - 4)
    changed[at : at + 4] = drawn.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", drawn.randbytes(4), b"\xfe\xff\x0d\xe0"))
    return bytes(changed)


def elements(data):
    """Return where tags of the groups that are read begin, or any place where they cannot be recognised."""
    groups = (b"\x08\x00", b"\x20\x00", b"\x28\x00", b"\x04\x30", b"\x06\x30", b"\x0a\x30", b"\x0c\x30")
    places = range(132, len(data) - 12, 2)
    found = [at for at in places if data[at : at + 2] in groups]
    return found if len(found) > 10 else list(places)


def swapped(data, drawn):
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
    """Put an absurd text of the same length where a number stands."""
    digits = [at for at in range(300, len(data) - 4) if data[at : at + 2].isdigit() or data[at : at + 1] in b"\\"]
    if not digits:
        return data[:-1]
    at = drawn.choice(digits)
    text = drawn.choice(ABSURD_TEXTS)
    return data[:at] + text + data[at + len(text) :]


DAMAGES = [truncated, flipped, overwritten, swapped, stretched, renumbered]


def measured(folder):
    """Return the results of reading and measuring, and the project's errors on the way."""
    paths = [folder / name for name in exports.NAMES]
    try:
        case = read_case(paths)
    except DosimetryError as error:
        return [], [str(error)]
    results, errors = [], []
    for structure in case.structures:
        try:
            results.append(compute_dvh(case.dose, structure))
        except DosimetryError as error:
            errors.append(str(error))
    return results, errors


def survives(folder):
    """Tell whether there was a result, and check what there is."""
    began = perf_counter()
    results, errors = measured(folder)
    assert perf_counter() - began < 60.0  # a hang, not a slow machine or a kernel that is compiled first
    assert [text for text in errors if not text or "\n" in text] == []
    for dvh in results:
        assert np.isfinite([dvh.volume_cc, dvh.outside_grid_cc]).all()
        if dvh.inside_cc > 0:
            slack = 1e-6 * max(abs(dvh.min_gy), abs(dvh.max_gy))
            assert dvh.min_gy - slack <= dvh.mean_gy <= dvh.max_gy + slack
    return bool(results)


def sweep(tmp_path, seeds):
    results = 0
    for syntax in (IMPLICIT, EXPLICIT, DEFLATED):
        folder = tmp_path / syntax
        exports.export(folder, StudyHeader(patient_id="SYNTHETIC-DAMAGED"), transfer_syntax=syntax)
        if syntax != EXPLICIT:
            for name in exports.NAMES[1:]:
                exports.recode(folder / name, syntax)
        whole = {name: (folder / name).read_bytes() for name in exports.NAMES}
        assert survives(folder)
        for seed in seeds:
            for name, data in whole.items():
                drawn = random.Random(f"{syntax} {name} {seed}")  # noqa: S311
                damage = drawn.choice(DAMAGES)
                (folder / name).write_bytes(damage(data, drawn))
                try:
                    results += survives(folder)
                except Exception as error:
                    error.add_note(f"{damage.__name__} {name}, syntax {syntax}, seed {seed}")
                    raise
                (folder / name).write_bytes(data)
    return results


@pytest.mark.filterwarnings("error")
def test_some_damaged_files(tmp_path):
    assert sweep(tmp_path, range(4)) > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_many_damaged_files(tmp_path):
    assert sweep(tmp_path, range(4, 64)) > 0
