"""The page of risk models is what the files of the models make of it."""

from __future__ import annotations

from dosimetry.report.risk_models import models_page
from dosimetry.risk.models import load_models


def test_page_is_made_from_the_files(source_tree):
    page = (source_tree / "docs" / "risk-models.md").read_text(encoding="utf-8")
    assert page == models_page(load_models()), "run: python docs/make_risk_models.py"


def test_page_holds_every_model_with_its_source_and_standing():
    page = models_page(load_models())
    for model in load_models():
        section = page.split(f"\n## {model.id}\n")[1].split("\n## ")[0]
        assert model.endpoint in section
        assert model.where in section
        assert f"doi {model.source.doi}" in section if model.source.doi else "DOI not confirmed" in section
        assert ("**unverified**" in section) is not model.verified
        has_interval = getattr(model, "ci_level_pct", None) is not None
        assert ("no interval published" in section) is not has_interval
