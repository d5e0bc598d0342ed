"""Make the sample plans again: ``python sample_plans/make.py``.

With ``--table`` it prints the doses of the committed plans as the README has them, with ``--pictures`` it draws
them from the committed files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import dosimetry
from dosimetry.synthetic.bands import IMN_FIELD, MEASURES, Band, Measure, band_of, increments
from dosimetry.synthetic.catalogue import SAMPLE_PLANS, SamplePlan
from dosimetry.synthetic.organ import organs_of
from dosimetry.synthetic.plans import write_sample_plans
from dosimetry.synthetic.structures import roi_name, roi_number

HERE = Path(__file__).resolve().parent
SHOWN = {
    "heart, mean": "Heart mean (Gy)",
    "ventricle, mean": "LV mean (Gy)",
    "lad, mean": "LAD mean (Gy)",
    "lung, V": "ipsil. lung V20 (%)",
    "lung, mean": "ipsil. lung mean (Gy)",
    "other breast, mean": "other breast mean (Gy)",
    "breast, D95": "breast D95 (%)",
    "imn, mean": "IMN mean (%)",
    "imn, D95": "IMN D95 (%)",
    "body, max": "max (%)",
}


def values_of(plan: SamplePlan) -> dict[str, float]:
    """Return all measures of a committed plan."""
    case = dosimetry.read_case(HERE / plan.folder)
    found = {}
    for measure in MEASURES:
        name = roi_name(measure.organ(plan.side), plan.side, wild=plan.wild_names)
        dvh = dosimetry.compute_dvh(case.dose, case.structures[name])
        value = dvh.metric(measure.metric.format(20 if plan.prescription_gy == 50 else 17))
        found[measure.key] = value * (100 / plan.prescription_gy if measure.percent else 1.0)
    return found


def print_tables() -> None:
    """Print the doses of all plans against their bands, as Markdown."""
    table = {plan.folder: values_of(plan) for plan in SAMPLE_PLANS}
    print("| plan | " + " | ".join(SHOWN.values()) + " |")
    print("|---|" + "--:|" * len(SHOWN))
    for plan in SAMPLE_PLANS:
        cells = [_cell(measure, plan, table[plan.folder][measure.key]) for measure in MEASURES]
        print(f"| `{plan.folder}` | {' | '.join(cells)} |")
    print("\n| plan | added to the mean heart dose (Gy) |\n|---|--:|")
    hearts = {name: row["heart, mean"] for name, row in table.items()}
    field = dosimetry.read_case((HERE / IMN_FIELD).parent, dose=HERE / IMN_FIELD)
    hearts[IMN_FIELD] = dosimetry.compute_dvh(field.dose, field.structures["Heart"]).mean_gy
    for name, (value, band) in increments(hearts).items():
        print(f"| `{name}` | {_shown(value, band)} |")
    print("\n| structure | " + " | ".join(_anatomies()) + " |\n|---|" + "--:|" * len(_anatomies()))
    volumes = {name: _volumes(plan) for name, plan in _anatomies().items()}
    for name in next(iter(volumes.values())):
        row = (volumes[anatomy].get(name) for anatomy in volumes)
        print(f"| {name} | " + " | ".join("" if v is None else f"{v:.1f}" for v in row) + " |")


def _anatomies() -> dict[str, SamplePlan]:
    """Return a plan on each CT."""
    found: dict[str, SamplePlan] = {}
    for plan in SAMPLE_PLANS:
        found.setdefault(plan.anatomy, plan)
    return found


def _volumes(plan: SamplePlan) -> dict[str, float]:
    """Return the volume of each structure, by its TG-263 name with `S` for the treated side."""
    case = dosimetry.read_case(HERE / plan.folder)
    return {
        organ.value: dosimetry.compute_dvh(case.dose, case.structures.by_number(roi_number(organ))).volume_cc
        for organ in organs_of(nodes=plan.nodes)
    }


def _cell(measure: Measure, plan: SamplePlan, value: float) -> str:
    return _shown(value, band_of(measure, plan), digits=1 if measure.percent or "V" in measure.key else 2)


def _shown(value: float, band: Band | None, digits: int = 2) -> str:
    if band is None:
        return f"{value:.{digits}f}"
    text = f"{value:.{digits}f}" if band.holds(round(value, 2)) else f"**{value:.{digits}f}**"
    return f"{text} [{band.low:g}–{band.high:g}]"


def main(arguments: list[str]) -> None:
    """Write the plans, or what is asked for instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true", help="print the doses of the committed plans")
    parser.add_argument("--pictures", action="store_true", help="draw the committed plans")
    options = parser.parse_args(arguments)
    if options.table:
        print_tables()
    if options.pictures:
        from picture import draw_all  # noqa: PLC0415  matplotlib only for pictures

        draw_all(HERE)
    if not (options.table or options.pictures):
        write_sample_plans(HERE, step=print)


if __name__ == "__main__":
    main(sys.argv[1:])
