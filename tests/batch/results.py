"""Results to keep, made without computing any."""

from __future__ import annotations

from dosimetry.batch.job import Failure, Job, Kind, Outcome
from dosimetry.batch.settings import Settings
from dosimetry.warnings import Caution, Code

HOSTILE = "=cmd|\"'; DROP TABLE results; --\u202e<b>"


def job(key, **about):
    return Job(key, about.pop("kind", Kind.CASE), f"ref-{key}", about.pop("patient", "P-1"), **about)


def structure(name, number=1, role="heart", side=None, mean=4.0):
    return {
        "number": number,
        "name": name,
        "volume_cc": 500.0 + number,
        "outside_grid_cc": 0.0,
        "metrics": {"Mean[Gy]": mean, "V20Gy[%]": None},
        "warnings": [],
        "role": role,
        "side": side,
    }


def case(mean=4.0, name="Heart", warnings=()):
    files = [{"kind": "RTDOSE", "sha256": "ab" * 32, "uid_hash": "cd" * 8}]
    document = {
        "schema": "dosimetry/dvh/1",
        "dose": {"type": "PHYSICAL", "summation": "PLAN", "max_gy": 53.0},
        "course": {"plan": "TANGENTS", "prescription_gy": 50.0, "fractions": 25},
        "structures": [structure(name, mean=mean), structure("Lung_L", 2, "lung", "left", 8.0)],
        "provenance": {"files": files},
    }
    return Outcome({"dvh": document}, tuple(warnings), seconds=0.25, peak_bytes=1000)


def pair(without=4.0, with_=6.5):
    plan = {"plan": "TANGENTS", "highest_prescription_gy": 50.0, "fractions": 25}
    plan |= {"type": "PHYSICAL", "summation": "PLAN", "max_gy": 53.0}
    risk = {
        "model": "darby-7",
        "source": "Darby et al.",
        "verified": True,
        "structure": "heart",
        "dose_basis": "physical",
        "warnings": [],
        "doi": "10.1056/NEJMoa1209825",
        "endpoint": "major coronary events",
        "horizon": "into the third decade",
        "added_err_pct": 7 * (with_ - without),
        "added_err_ci_pct": [3 * (with_ - without), 14 * (with_ - without)],
        "relative_increase_pct": 10.0,
        "relative_increase_ci_pct": None,
    }
    intervals = ("added_err_dose", "added_err_combined", "relative_increase_dose", "relative_increase_combined")
    risk |= dict.fromkeys((f"{name}_interval_pct" for name in intervals), None)
    document = {
        "comparison": {"class": "increment", "laterality": {"side": "left", "basis": "names"}},
        "without": {"parts": [plan], "structures": [structure("Heart", mean=without)]},
        "with": {"parts": [plan], "structures": [structure("Heart", mean=with_)]},
        "increment_warnings": {},
        "increment": {"Heart": {"Mean[Gy]": with_ - without, "V20Gy[%]": None}},
        "coverage": {
            "imn_target": {
                "name": "CTVn_IMN_L",
                "covered_volume_without_pct": 20.0,
                "covered_volume_with_pct": 99.0,
                "covered_without": "not covered",
                "covered_with": "covered",
            }
        },
        "risk": [risk],
        "provenance": {"files": []},
    }
    return Outcome({"imni": document}, (), seconds=0.5)


def failed(code="dicom-file", text="ends before its contents do"):
    return Outcome(failure=Failure(code, text))


def hostile():
    return case(5.0, HOSTILE, [Caution(Code.OUTSIDE_GRID, HOSTILE, "lies outside")])


SETTINGS = Settings(metrics=("Mean[Gy]", "V20Gy[%]"))
