"""A cohort as JSON-ready values, as rows, and as tables ready for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cohort.statistics import LEAST_PAIRS
from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.numbers import change, number
from dosimetry.text import clean

if TYPE_CHECKING:
    from dosimetry.cohort.study import Row, Study

__all__ = [
    "DICTIONARY",
    "SCHEMA",
    "cohort_document",
    "cohort_latex",
    "cohort_markdown",
    "cohort_paper",
    "cohort_rows",
]

SCHEMA = "dosimetry/cohort/1"
DICTIONARY = {
    "part": "anatomical part that was measured, relative to the treated side",
    "metric": "what was measured, by the grammar of TG-263; its unit stands in brackets",
    "unit": "unit of all numbers of the row but p values",
    "technique": "label of the technique",
    "n": "patients with this number",
    "mean": "arithmetic mean over these patients",
    "sd": "standard deviation of the sample (n - 1)",
    "median": "median",
    "min": "lowest value",
    "max": "highest value",
    "pairs": "patients with this technique and with the reference",
    "difference": "mean of the paired differences, technique minus reference",
    "difference_sd": "standard deviation of the paired differences",
    "difference_median": "median of the paired differences",
    "difference_low": "lower end of the 95 % bootstrap interval of the mean difference (expanded percentile)",
    "difference_high": "upper end of it",
    "p_wilcoxon": "two-sided p of Wilcoxon's signed-rank test on the pairs",
    "p_t": "two-sided p of the paired t-test",
    "p_holm": "p_wilcoxon adjusted by Holm for all tests of this table",
    "unpaired": "patients with one of both techniques only: described, not paired",
}
"""Every column of the table, in words."""


def cohort_document(study: Study) -> dict[str, object]:
    """Return the study as JSON-ready values."""
    header, rows = cohort_rows(study)
    return {
        "schema": SCHEMA,
        "reference": study.reference,
        "techniques": list(study.techniques),
        "patients": len(study.patients),
        "rows": [dict(zip(header, row, strict=True)) for row in rows],
        "dictionary": DICTIONARY,
        "least_pairs": LEAST_PAIRS,
        "warnings": [caution.as_dict() for caution in study.warnings],
        "version": package_version(),
        "intended_use": INTENDED_USE,
    }


def cohort_rows(study: Study) -> tuple[list[str], list[tuple[str | float | int | None, ...]]]:
    """Return header and rows; what each column is stands in `DICTIONARY`."""
    return list(DICTIONARY), [_row(row) for row in study.rows]


def _row(row: Row) -> tuple[str | float | int | None, ...]:
    part, metric, unit = row.key
    d, p = row.described, row.paired
    low, high = p.interval if p is not None and p.interval is not None else (None, None)
    return (
        *(part, metric, unit, row.technique, d.n, d.mean, d.sd, d.median, d.low, d.high),
        *((p.n, p.mean, p.sd, p.median, low, high, p.p_wilcoxon, p.p_t) if p else (None,) * 8),
        *(row.p_holm, row.unpaired),
    )


def cohort_markdown(study: Study) -> str:
    """Return the table for a paper as Markdown."""
    heads, body = _paper(study)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * 2 + "--:|" * (len(heads) - 2)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in body]
    return "\n".join([*lines, "", _foot(study)]) + "\n"


def cohort_latex(study: Study) -> str:
    """Return the table for a paper as LaTeX; needs no package."""
    heads, body = _paper(study)
    lines = [f"\\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}", "\\hline"]
    lines.append(" & ".join(map(_latex, heads)) + r" \\ \hline")
    lines += [" & ".join(map(_latex, row)) + r" \\" for row in body]
    return "\n".join([*lines, "\\hline", "\\end{tabular}", f"% {clean(_foot(study))}"]) + "\n"


def cohort_paper(study: Study) -> tuple[list[str], list[list[str]], str]:
    """Return heads, cells and foot of the table for a paper."""
    return (*_paper(study), _foot(study))


def _paper(study: Study) -> tuple[list[str], list[list[str]]]:
    """Return heads and cells: mean ± SD of each technique, and each difference with its interval and p."""
    heads = ["Part", "Metric"]
    for label in study.techniques:
        heads.append(clean(label))
        if label != study.reference:
            heads += [f"Difference to {clean(study.reference)} (95 % CI)", "p"]
    body = []
    for key in study.measured():
        part, metric, unit = key
        cells = [clean(part).replace("_", " "), clean(metric)]
        for label in study.techniques:
            row = study.row(key, label)
            cells.append("–" if row is None else _spread(row, unit))
            if label != study.reference:
                cells += (
                    ["–", "–"] if row is None or row.paired is None else [_difference(row, unit), _p(row.p_holm)]
                )
        body.append(cells)
    return heads, body


def _spread(row: Row, unit: str) -> str:
    mean = number(row.described.mean, unit)
    return mean if row.described.sd is None else f"{mean} ± {number(row.described.sd, unit)}"


def _difference(row: Row, unit: str) -> str:
    found = row.paired
    if found is None:
        return "–"
    shown = change(found.mean, unit)
    if found.interval is None:
        return f"{shown} (n = {found.n})"
    return f"{shown} ({change(found.interval[0], unit)} to {change(found.interval[1], unit)})"


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _foot(study: Study) -> str:
    return (
        f"{len(study.patients)} patients; mean ± SD; mean paired difference to {clean(study.reference)} with its "
        "95 % bootstrap interval; p: Wilcoxon signed-rank, adjusted by Holm; no interval and no test below "
        f"{LEAST_PAIRS} pairs."
    )


_SPECIAL = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "±": r"$\pm$",
    "\N{MINUS SIGN}": "$-$",
    "–": "--",
    "<": "$<$",
    ">": "$>$",
}


def _latex(text: str) -> str:
    """Return text in which nothing acts as a command."""
    return "".join(_SPECIAL.get(sign, sign) for sign in text)
