"""The archive at a glance: mean heart doses with and without the IMN, outliers, failures by reason."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from dosimetry.batch.current import current_results
from dosimetry.batch.status import status_of
from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.document import Card, Document, Fact, Gallery, Picture, Section, Statement
from dosimetry.report.numbers import change, number
from dosimetry.report.palette import slot_style
from dosimetry.report.sheet import Sheet
from dosimetry.report.svg import inline_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.batch.status import Status
    from dosimetry.batch.store import Store

__all__ = ["overview"]

_FAR = 1.5  # interquartile ranges beyond the quartiles: Tukey's fences
_MOST = 50  # rows that a reader looks at
_LEAST = 4  # values that quartiles are taken of
_HEART, _MEAN = "heart", "Mean[Gy]"
_INCREMENT = "increment"  # of the IMN alone, and the class of such a pair
_PLANS = {"without": "pair, without IMN", "with": "pair, with IMN", "": "single plan"}
_NAMES = {**_PLANS, _INCREMENT: _INCREMENT}

Value = tuple[str, str, str, float]
"""Key, patient, technique, mean heart dose."""


def overview(store: Store) -> Document:
    """Return a report of the whole store."""
    status = status_of(store)
    about = current_results(store)
    doses: dict[str, list[Value]] = {"without": [], "with": [], _INCREMENT: [], "": []}
    for row in store.dicts("measurements"):
        one = about.get(row["key"])
        if one is not None and row["part"] == _HEART and row["metric"] == _MEAN and row["value"] is not None:
            value = (row["key"], one.patient, one.technique or "–", float(row["value"]))
            # what is no increment of the IMN alone is not counted among those that are
            what = one.class_ if row["side"] == _INCREMENT else row["side"]
            doses.setdefault(what, []).append(value)
    doses = {what: values for what, values in doses.items() if values}
    far = [(what, *value) for what, values in doses.items() for value in _outliers(values)]
    return Document(
        eyebrow="Archive of plans",
        title="Batch overview",
        patients=(),
        summary=_summary(status, doses),
        sections=(
            _distribution(doses),
            Section(
                "outliers",
                "Outliers",
                (
                    Sheet(
                        "",
                        f"More than {_FAR:g} interquartile ranges beyond the quartiles of their kind: to be looked "
                        "at, not to be left out.",
                        ("Patient", "Technique", "What", "Mean heart dose [Gy]", "Result"),
                        tuple(
                            (patient, technique, _name(what), _dose(what, dose), key)
                            for what, key, patient, technique, dose in far[:_MOST]
                        ),
                        "lllrl",
                        (f"{len(far) - _MOST} more are left out here.",) if len(far) > _MOST else (),
                    ),
                ),
            ),
            _failures(status),
        ),
        values={**status.as_dict(), "version": package_version(), "intended_use": INTENDED_USE},
        header=("key", "patient", "technique", "what", "heart_mean_gy"),
        rows=tuple((*value[:3], what, value[3]) for what, values in doses.items() for value in values),
        intended_use=INTENDED_USE,
        version=package_version(),
    )


def _name(what: str) -> str:
    return _NAMES.get(what) or f"difference: {what.replace('-', ' ')}"


def _dose(what: str, dose: float) -> str:
    """Return a dose, and whatever is a difference with its sign."""
    return number(dose, "Gy") if what in _PLANS else change(dose, "Gy")


def _summary(status: Status, doses: dict[str, list[Value]]) -> tuple[Statement | Card, ...]:
    counted = ", ".join(
        f"{count:,} {kind}{'' if count == 1 else 's'} {state}" for (kind, state), count in status.states.items()
    )
    people = f"{status.patients:,} patient{'' if status.patients == 1 else 's'}"
    last = status.last[:16].replace("T", " ")
    older = f" {status.superseded:,} more of other settings or another version count no longer." * bool(
        status.superseded
    )
    told = f"{counted or 'no result'}; {people}; the last was kept on {last or '–'} UTC.{older}"
    tone = "bad" if status.failed else "good"
    tag = f"{status.failed:,} could not be computed" if status.failed else "All were computed"
    facts = tuple(
        Fact(
            _name(what),
            _dose(what, middle),
            "Gy",
            f"({_range(values)})",
            (f"median and {'quartiles' if len(values) >= _LEAST else 'range'} of {len(values):,}",),
            is_key=what == _INCREMENT,
        )
        for what, found in doses.items()
        for values in ([value[3] for value in found],)
        for middle in (statistics.median(values),)
    )
    return (
        Statement(f"{told[:1].upper()}{told[1:]}", tag, tone),
        Card("Mean heart dose", facts, lead="" if facts else "No heart was measured."),
    )


def _range(values: Sequence[float]) -> str:
    if len(values) < _LEAST:
        return f"{number(min(values), 'Gy')}–{number(max(values), 'Gy')}"
    low, _, high = statistics.quantiles(values, method="inclusive")
    return f"{number(low, 'Gy')}–{number(high, 'Gy')}"


def _outliers(values: Sequence[Value]) -> list[Value]:
    doses = [value[3] for value in values]
    if len(doses) < _LEAST:
        return []
    low, _, high = statistics.quantiles(doses, method="inclusive")
    reach = _FAR * (high - low)
    return [value for value in values if not low - reach <= value[3] <= high + reach]


def _distribution(doses: dict[str, list[Value]]) -> Section:
    shown = [(_name(what), [value[3] for value in values]) for what, values in doses.items()]
    if not shown:
        return Section("distribution", "Mean heart dose", (Statement("No heart was measured."),))
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    figure = Figure(figsize=(9.0, 1.2 + 0.9 * len(shown)), layout="constrained")
    axes = figure.add_subplot()
    for place, (_, values) in enumerate(shown):
        colour, marker = slot_style(place)
        axes.boxplot(
            [values],
            positions=[place],
            orientation="horizontal",
            widths=0.5,
            patch_artist=True,
            boxprops={"facecolor": colour, "alpha": 0.35},
            medianprops={"color": "#111111"},
            flierprops={"marker": marker, "markersize": 4, "markeredgecolor": colour},
        )
    axes.set_yticks(range(len(shown)), [f"{name} ({len(values):,})" for name, values in shown])
    axes.invert_yaxis()
    axes.axvline(0, color="#111111", linewidth=0.8)
    axes.set_xlabel("Mean heart dose [Gy]")
    axes.grid(visible=True, axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    label = "Box plots of the mean heart dose without and with the IMN, and of its increment"
    lead = f"Box: quartiles and median. Whiskers: the farthest values within {_FAR:g} interquartile ranges."
    picture = Picture("Mean heart dose of all plans", inline_svg(figure, "heart", label), is_wide=True)
    return Section("distribution", "Mean heart dose", (Gallery((picture,)),), lead)


def _failures(status: Status) -> Section:
    rows = tuple((code, reason, f"{count:,}") for (code, reason), count in status.reasons.items())
    left = (f"{len(rows) - _MOST} more reasons are left out here.",) if len(rows) > _MOST else ()
    sheet = Sheet("", "Failures by reason", ("Kind", "Reason", "Results"), rows[:_MOST], "llr", left)
    return Section("failures", "Failures", (sheet,))
