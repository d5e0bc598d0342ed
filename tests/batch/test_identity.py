"""Whose plans they are stands in nothing that a batch keeps, tells or gives out."""

from __future__ import annotations

import json

import batch_archive
import identity
import pytest
from command import dosimetry

from dosimetry.batch.store import Store


@pytest.mark.slow
def test_store_log_and_exports_name_nobody(project_root, tmp_path):
    root, out = tmp_path / identity.SURNAME, tmp_path / "out"
    for name in ("left_fb_tangents", "left_fb_tangents_imn"):
        identity.plant(project_root / "sample_plans" / name, root)
    broken = root / identity.FOLDER / "broken" / f"RD.{identity.SURNAME}.dcm"
    broken.parent.mkdir()
    other = identity.plant(project_root / "sample_plans" / "left_prone_tangents", tmp_path / "other")
    broken.write_bytes(next(other.glob("RD*")).read_bytes()[:3000])
    code, said = batch_archive.batch(root, "--out", out, "--workers", "1", "--protocol", "degro-2019")
    assert code == 1  # the broken one
    exported = dosimetry("batch", "export", out, "--csv", out / "csv", "--parquet", out / "parquet")
    page = dosimetry("batch", "overview", out, "--report", out / "page.html")
    told = [said, exported.stdout + exported.stderr, page.stdout + page.stderr]
    told.append("".join(dosimetry("batch", "status", out).stdout))
    store = Store(out)
    results = list(store.dicts("results"))
    assert [row["code"] for row in results if row["code"]] == ["link"]  # the broken one
    whole = [store.document(row["key"], name) for row in results for name in ("dvh", "imni", "check")]
    told += [json.dumps(document, ensure_ascii=False) for document in whole]  # deflated in the file
    told += [path.read_bytes().decode("latin-1") for path in sorted(out.rglob("*")) if path.is_file()]
    for text in told:
        assert identity.leaks(text) == []
        assert identity.absolute_paths(text) == []
