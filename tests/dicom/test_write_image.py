"""CT slices come back as they were written, in either orientation."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from dosimetry.dicom.write import ImageSeries, StudyHeader, write_images
from dosimetry.errors import OutputError
from dosimetry.geometry import Grid

HEADER = StudyHeader(patient_id="SYNTHETIC-CT", series_label="scan", patient_position="HFP")


def grid():
    return Grid(
        origin_mm=np.array([10.0, 20.0, -6.0]),
        row_axis=np.array([-1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, -1.0, 0.0]),
        spacing_mm=(2.0, 3.0),
        frame_positions_mm=np.array([0.0, 4.0, 8.0]),
        rows=5,
        columns=7,
    )


def test_images_hold_their_values_and_places(tmp_path):
    values = np.random.default_rng(1).integers(-1000, 2000, (3, 5, 7)).astype(float)
    series = write_images(tmp_path, values, grid(), HEADER)
    assert series == ImageSeries.of(HEADER, 3)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["ct_001.dcm", "ct_002.dcm", "ct_003.dcm"]
    for number, path in enumerate(files):
        image = pydicom.dcmread(path)
        assert image.SOPInstanceUID == series.image_uids[number]
        assert (image.SeriesInstanceUID, image.StudyInstanceUID) == (series.series_uid, series.study_uid)
        assert image.FrameOfReferenceUID == HEADER.frame
        assert image.PatientPosition == "HFP"
        assert [float(x) for x in image.ImageOrientationPatient] == [-1, 0, 0, 0, -1, 0]
        assert [float(x) for x in image.ImagePositionPatient] == [10, 20, -6 + 4 * number]
        assert [float(x) for x in image.PixelSpacing] == [3, 2]  # between rows first
        np.testing.assert_array_equal(image.pixel_array + float(image.RescaleIntercept), values[number])


def test_sizes_must_agree(tmp_path):
    with pytest.raises(OutputError, match="differ in size"):
        write_images(tmp_path, np.zeros((3, 7, 5)), grid(), HEADER)
    assert list(tmp_path.iterdir()) == []
