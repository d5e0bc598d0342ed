"""Make the sample pair again: ``python sample_plans/make.py``.

With ``--table`` it prints the doses of the committed pair as they stand in the README, with ``--picture`` it
draws overview.png from the committed files.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import dosimetry
from dosimetry.synthetic.plans import PRESCRIPTION_GY, SAMPLE_PLANS, write_sample_plans

HERE = Path(__file__).resolve().parent
SEED = 0


@dataclass(frozen=True)
class Row:
    """One line of the table: a metric and the range of clinical plans, without and with the IMN."""

    structure: str
    metric: str
    unit: str
    without: tuple[float, float] | None = None
    with_imn: tuple[float, float] | None = None
    factor: float = 1.0


# Ranges of left-sided, free-breathing plans; targets by what is usually asked of 50 Gy in 25 fractions.
ROWS = (
    Row("Heart", "Mean[Gy]", "Gy", (2, 5), None),
    Row("Heart", "V20Gy[%]", "%"),
    Row("A_LAD", "Mean[Gy]", "Gy", None, (10, 40)),
    Row("Lung_L", "Mean[Gy]", "Gy"),
    Row("Lung_L", "V20Gy[%]", "%", (12, 20), (22, 38)),
    Row("Lung_R", "Mean[Gy]", "Gy"),
    Row("Breast_R", "Mean[Gy]", "Gy"),
    Row("CTVp_breast_L", "Mean[Gy]", "Gy"),
    Row("CTVp_breast_L", "D95%[Gy]", "% of 50 Gy", (95, 100), (95, 100), 100 / PRESCRIPTION_GY),
    Row("CTVp_breast_L", "D2%[Gy]", "% of 50 Gy", factor=100 / PRESCRIPTION_GY),
    Row("CTVn_IMN_L", "Mean[Gy]", "% of 50 Gy", (20, 60), None, 100 / PRESCRIPTION_GY),
    Row("CTVn_IMN_L", "D95%[Gy]", "% of 50 Gy", None, (90, 115), 100 / PRESCRIPTION_GY),
    Row("CTVn_IMN_L", "V45Gy[%]", "%", None, (90, 100)),
    Row("Body", "Max[Gy]", "% of 50 Gy", (100, 115), (100, 115), 100 / PRESCRIPTION_GY),
)


def print_table() -> None:
    """Print the doses of both plans against their ranges, as Markdown."""
    cases = [dosimetry.read_case(HERE / plan.folder) for plan in SAMPLE_PLANS]
    print("| structure | metric | unit | without IMN | range | with IMN | range |")
    print("|---|---|---|--:|:-:|--:|:-:|")
    for row in ROWS:
        cells = []
        for case, limits in zip(cases, (row.without, row.with_imn), strict=True):
            dvh = dosimetry.compute_dvh(case.dose, case.structures[row.structure])
            value = row.factor * dvh.metric(row.metric)
            cells += [_shown(value, limits), "" if limits is None else f"{limits[0]:g}–{limits[1]:g}"]
        print(f"| {row.structure} | {row.metric.split('[')[0]} | {row.unit} | {' | '.join(cells)} |")
    hearts = [dosimetry.compute_dvh(case.dose, case.structures["Heart"]).mean_gy for case in cases]
    print(f"\nIncrement of the mean heart dose: {hearts[1] - hearts[0]:.2f} Gy (range 1–6)")
    print("\n| structure | volume (cc) |\n|---|--:|")
    for structure in cases[0].structures:
        dvh = dosimetry.compute_dvh(cases[0].dose, structure)
        print(f"| {structure.name} | {dvh.volume_cc:.1f} |")


def _shown(value: float, limits: tuple[float, float] | None) -> str:
    missed = limits is not None and not limits[0] <= value <= limits[1]
    return f"**{value:.2f}** (outside)" if missed else f"{value:.2f}"


def main(arguments: list[str]) -> None:
    """Write the pair, or what is asked for instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true", help="print the doses of the committed pair")
    parser.add_argument("--picture", action="store_true", help="draw overview.png from the committed pair")
    options = parser.parse_args(arguments)
    if options.table:
        print_table()
    if options.picture:
        from picture import draw  # noqa: PLC0415  matplotlib only for the picture

        draw(HERE, HERE / "overview.png")
    if not (options.table or options.picture):
        for folder in write_sample_plans(HERE, seed=SEED):
            print(folder.relative_to(HERE))


if __name__ == "__main__":
    main(sys.argv[1:])
