"""dicompyler-core as a second opinion: the same files, without its noise."""

from __future__ import annotations

import bodies
import exports
import pytest

from dosimetry.crosscheck import second_opinion
from dosimetry.dicom.write import StudyHeader, write_structures
from dosimetry.errors import MetricError, StructureError
from dosimetry.model.structures import StructureSet


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    dose, structures, _ = exports.export(tmp_path_factory.mktemp("case"))
    return structures, dose


def test_box_is_what_it_counts(files, capsys):
    found = second_opinion(*files, 1, ["Mean[Gy]", "Max[Gy]", "D50%[Gy]", "V9.9Gy[%]", "V9.9Gy[cc]", "D1cc[Gy]"])
    # columns at -8 … 8 mm, rows at -10 … 10 mm, of which one edge counts, on five planes of 4 mm
    assert found.volume_cc == pytest.approx(5 * 4 * 5 * 0.08, rel=1e-9)
    assert found.metrics["Mean[Gy]"] == pytest.approx(10.0, abs=0.02)
    assert found.metrics["Max[Gy]"] == pytest.approx(10.8, abs=0.02)
    assert found.metrics["D50%[Gy]"] == pytest.approx(10.0, abs=0.41)
    assert found.metrics["V9.9Gy[%]"] == pytest.approx(60.0, abs=0.1)
    assert found.metrics["V9.9Gy[cc]"] == pytest.approx(0.6 * found.volume_cc, abs=0.01)
    assert found.as_dict() == {"volume_cc": found.volume_cc, "metrics": found.metrics}
    assert capsys.readouterr() == ("", "")


def test_names_are_canonical(files):
    assert list(second_opinion(*files, 1, ["d95%[gy]"]).metrics) == ["D95%[Gy]"]


@pytest.mark.parametrize("spec", ["D95%[%]", "DC5cc[Gy]", "CV9Gy[cc]", "V95%[%]"])
def test_metrics_that_it_has_not_are_refused(files, spec):
    with pytest.raises(MetricError, match="dicompyler-core has no"):
        second_opinion(*files, 1, [spec])


def test_a_structure_between_voxels_is_an_error(files, tmp_path):
    thin = bodies.prism(bodies.rectangle(1.0, 1.0, 1.5, 1.5), -8.0, 4.0, 5, name="Thin")
    write_structures(tmp_path / "thin.dcm", StructureSet((thin,)), StudyHeader(patient_id="SYNTHETIC-TINY"))
    with pytest.raises(StructureError, match="no voxel centre"):
        second_opinion(tmp_path / "thin.dcm", files[1], 1)
