"""Writes risk-models.md beside this script from the TOML files of the risk models."""

from pathlib import Path

from dosimetry.report.risk_models import models_page
from dosimetry.risk.models import load_models

if __name__ == "__main__":
    Path(__file__).with_name("risk-models.md").write_text(models_page(load_models()), encoding="utf-8")
