"""CT images as the background of pictures: which are taken, and what damaged ones do."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from bodies import grid

from dosimetry.dicom.images import find_images, read_images
from dosimetry.dicom.study import StudyHeader
from dosimetry.dicom.write_image import write_images
from dosimetry.errors import DosimetryError, GeometryError, LinkError


@pytest.fixture
def written(tmp_path):
    """Return a folder with images, their grid, values and frame of reference."""
    on = grid((-10, -20, 30), (2, 3, 4), (4, 5, 6), row_axis=(-1.0, 0.0, 0.0), column_axis=(0.0, -1.0, 0.0))
    values = np.arange(120.0).reshape(4, 5, 6) * 10 - 600
    folder = tmp_path / "export"
    folder.mkdir()
    header = StudyHeader(patient_id="SYNTHETIC-CT", series_label="scan")
    write_images(folder, values, on, header)
    return folder, on, values, header.frame


def test_images_are_read_in_order_with_their_places(written):
    folder, on, values, frame = written
    (folder / "ct_001.dcm").rename(folder / "zz.dcm")  # names say nothing
    found = read_images(folder, frame)
    assert found.grid.same_as(on)
    assert (found.values_hu == values).all()


def test_around_a_file_that_was_named_only_its_own_folder_is_looked_at(written):
    folder, _, _, frame = written
    (folder / "plan.zip").write_bytes(b"PK")
    assert find_images([folder / "plan.zip"], frame) is not None
    (folder.parent / "plan.zip").write_bytes(b"PK")
    assert find_images([folder.parent / "plan.zip"], frame) is None
    assert find_images([folder.parent], frame) is not None


def test_damaged_images_are_no_background_and_an_error_where_they_were_named(written):
    folder, _, _, frame = written
    path = folder / "ct_002.dcm"
    path.write_bytes(path.read_bytes()[:-20])
    assert find_images([folder], frame) is None
    with pytest.raises(DosimetryError):
        read_images(folder, frame)


def test_two_images_at_one_position_are_no_stack(written):
    folder, _, _, frame = written
    shutil.copy(folder / "ct_002.dcm", folder / "copy.dcm")
    with pytest.raises(GeometryError, match="one at each position"):
        read_images(folder, frame)
    assert find_images([folder], frame) is None


def test_other_files_are_passed_over(written):
    folder, _, _, frame = written
    (folder / "notes.txt").write_text("DICM")
    (folder / "broken.dcm").write_bytes(bytes(128) + b"DICM" + bytes(40))
    assert read_images(folder, frame).grid.shape == (4, 5, 6)
    with pytest.raises(LinkError, match="no CT"):
        read_images(folder, "1.2.3")
