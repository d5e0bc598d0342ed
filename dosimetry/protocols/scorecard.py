"""Scorecards of other programs as constraint sheets, as far as their documented fields go.

================ ==================================================================================================
ProKnow          JSON with ``computed`` metrics and their ``objectives``, bins from the lowest value to the highest
                 (https://github.com/proknow/proknow-python, docs/usage/computed_metrics.rst and
                 scorecard_objectives.rst). Labels that begin with PASS, IDEAL or GOAL are the goal, with ACCEPTABLE
                 or VARIATION the acceptable level, with FAIL or UNACCEPTABLE neither.
PlanScoreCard    JSON of the scorecard script for Eclipse with ``ScoreTemplates`` and their ``ScorePoints``
                 (https://github.com/Varian-MedicalAffairsAppliedSolutions/MAAS-PlanScoreCard). The full score is
                 the goal; the acceptable level ends at the point marked as variation, or before the lowest score.
================ ==================================================================================================

A line of which something is not understood stays in the sheet, with the reason: it is not evaluable, and never
passes. Scorecards state no source: their limits are unverified.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

from dosimetry.dvh.metrics import parse_metric
from dosimetry.errors import DosimetryError, ProtocolError
from dosimetry.protocols.limit import Limit
from dosimetry.protocols.sheet import Constraint, Levels, Sheet
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["read_scorecard"]

_MOST_BYTES = 4_000_000
_MOST_LINES = 2000
_PROKNOW = {
    "DOSE_VOLUME_PERCENT_ROI": "D{0}%[Gy]",
    "DOSE_VOLUME_CC_ROI": "D{0}cc[Gy]",
    "DOSE_VOLUME_MINUS_CC_ROI": "DC{0}cc[Gy]",
    "VOLUME_CC_DOSE_ROI": "V{0}Gy[cc]",
    "VOLUME_PERCENT_DOSE_ROI": "V{0}Gy[%]",
    "MIN_DOSE_ROI": "Min[Gy]",
    "MAX_DOSE_ROI": "Max[Gy]",
    "MEAN_DOSE_ROI": "Mean[Gy]",
}
_RANGES = {"VOLUME_CC_DOSE_RANGE_ROI": "CV{0}Gy[cc]", "VOLUME_PERCENT_DOSE_RANGE_ROI": "CV{0}Gy[%]"}
_LABELS = (
    ("FAIL", 0),
    ("UNACCEPTABLE", 0),
    ("ACCEPTABLE", 1),
    ("VARIATION", 1),
    ("PASS", 2),
    ("IDEAL", 2),
    ("GOAL", 2),
)
_ECLIPSE = {"MinDose": "Min", "MaxDose": "Max", "MeanDose": "Mean", "DoseAtVolume": "D", "VolumeAtDose": "V"}
_UNITS = {"gy": "Gy", "cgy": "cGy", "%": "%", "cc": "cc", "cm3": "cc", "cm³": "cc"}


class _NotUnderstood(Exception):  # noqa: N818  it becomes a reason, never an error
    """Why a line cannot be read."""


def read_scorecard(path: Path) -> Sheet:
    """Read a scorecard.

    Raises
    ------
    ProtocolError
        Where the file is not JSON, or is no scorecard that is known.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise ProtocolError("far too large for a scorecard", file=path)
    content = path.read_bytes()
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a JSON file: {error}", file=path) from error
    fractions: tuple[int, ...] = ()
    if isinstance(document, dict) and isinstance(document.get("computed"), list):
        program, title = "ProKnow scorecard", _text(document.get("name")) or path.stem
        rows = document["computed"]
        lines = [line for row in rows[:_MOST_LINES] for line in _line(row, _proknow_levels, "roi_name")]
        custom = document.get("custom")
        for row in custom if isinstance(custom, list) else ():
            name = _text(row.get("name")) if isinstance(row, dict) else ""
            lines.append(_obstructed(name or "custom metric", "a custom metric is not measured here"))
    elif isinstance(document, dict) and isinstance(document.get("ScoreTemplates"), list):
        program, title = "PlanScoreCard scorecard", _text(document.get("TemplateName")) or path.stem
        rows = document["ScoreTemplates"]
        lines = [line for row in rows[:_MOST_LINES] for line in _line(row, _eclipse_levels, "Structure")]
        count = document.get("NumberOfFractions")
        fractions = (count,) if isinstance(count, int) and count > 0 else ()
    else:
        raise ProtocolError(
            "no scorecard that is known",
            file=path,
            expected="ProKnow's (key 'computed') or PlanScoreCard's (key 'ScoreTemplates')",
        )
    if not lines or len(rows) > _MOST_LINES:
        raise ProtocolError(f"holds {len(rows)} metrics", file=path, expected=f"1 to {_MOST_LINES}")
    return Sheet(
        id=clean(path.stem, limit=60),
        title=clean(title, limit=200),
        citation=program,
        doi=None,
        where="the file states no source",
        fractions=fractions,
        constraints=tuple(lines),
        notes=(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _line(row: Any, levels: Any, roi_key: str) -> list[Constraint]:
    """Return the limits of one metric: one, or two where both too little and too much are wrong."""
    if not isinstance(row, dict):
        return [_obstructed("metric", "it is no JSON object")]
    roi = _roi(row.get(roi_key))
    try:
        found = levels(row)
    except _NotUnderstood as error:
        return [_obstructed(roi or "metric", str(error))]
    except DosimetryError as error:
        return [_obstructed(roi or "metric", str(error))]
    if not roi:
        return [_obstructed("metric", "it names no structure")]
    return [
        Constraint((), roi, Levels(goal, {}), None if other is None else Levels(other, {}), verified=False)
        for goal, other in found
    ]


def _roi(value: object) -> str:
    if isinstance(value, dict):
        return _text(value.get("StructureId")) or _text(value.get("TemplateStructureId"))
    return _text(value)


def _obstructed(roi: str, reason: str) -> Constraint:
    return Constraint((), roi, Levels(None, {}), None, verified=False, obstacle=reason)


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise _NotUnderstood(f"{what} is no number of at least 0")
    return float(value)


def _proknow_levels(row: dict[str, Any]) -> list[tuple[Limit, Limit | None]]:
    kind = _text(row.get("type"))
    if kind in _RANGES:
        if _number(row.get("arg_1"), "arg_1") != 0:
            raise _NotUnderstood(f"{kind} from a dose above 0 is not measured here")
        spec = _RANGES[kind].format(f"{_number(row.get('arg_2'), 'arg_2'):.10g}")
    elif kind in _PROKNOW:
        pattern = _PROKNOW[kind]
        spec = pattern.format(f"{_number(row.get('arg_1'), 'arg_1'):.10g}") if "{" in pattern else pattern
    else:
        raise _NotUnderstood(f"metric type {clean(kind, limit=60)!r} is not measured here")
    bins = row.get("objectives")
    if not isinstance(bins, list) or len(bins) < 2 or not all(isinstance(each, dict) for each in bins):
        raise _NotUnderstood("it has no objectives")
    grades = [_grade(_text(each.get("label"))) for each in bins]
    return _from_bins(spec, bins, grades)


def _grade(label: str) -> int:
    for word, grade in _LABELS:
        if label.upper().startswith(word):
            return grade
    raise _NotUnderstood(f"the label {clean(label, limit=64)!r} could mean anything")


def _from_bins(
    spec: str, bins: Sequence[dict[str, Any]], grades: Sequence[int]
) -> list[tuple[Limit, Limit | None]]:
    """Return the limits at the lower and at the upper end of the good bins."""
    good = [i for i, grade in enumerate(grades) if grade == 2]
    fair = [i for i, grade in enumerate(grades) if grade >= 1]
    if not good or len(good) == len(bins):
        raise _NotUnderstood("its objectives hold no goal, or nothing but goals")
    if good != list(range(good[0], good[-1] + 1)) or fair != list(range(fair[0], fair[-1] + 1)):
        raise _NotUnderstood("its objectives change between better and worse more than once")
    found = []
    for goal_at, fair_at, upper in ((good[0], fair[0], False), (good[-1], fair[-1], True)):
        goal = _boundary(spec, bins, goal_at, upper=upper)
        if goal is not None:
            other = None if fair_at == goal_at else _boundary(spec, bins, fair_at, upper=upper)
            if fair_at != goal_at and other is None:
                continue  # acceptable however far: no limit at this end
            found.append((goal, other))
    return found


def _boundary(spec: str, bins: Sequence[dict[str, Any]], at: int, *, upper: bool) -> Limit | None:
    """Return the limit at one end of a bin; None where no bin lies beyond it."""
    below, above = (at, at + 1) if upper else (at - 1, at)
    if below < 0 or above >= len(bins):
        return None
    most, least = bins[below].get("max"), bins[above].get("min")
    if (most is None) is (least is None):
        raise _NotUnderstood("two neighbouring objectives have no common boundary, or two")
    metric = parse_metric(spec)
    if most is not None:
        return Limit(metric, "<=" if upper else ">", _number(most, "max"))
    return Limit(metric, "<" if upper else ">=", _number(least, "min"))


def _eclipse_levels(row: dict[str, Any]) -> list[tuple[Limit, Limit | None]]:
    kind = _text(row.get("MetricType"))
    if kind not in _ECLIPSE:
        raise _NotUnderstood(f"metric type {clean(kind, limit=60)!r} is not measured here")
    unit = _UNITS.get(_text(row.get("OutputUnit")).lower())
    if unit is None:
        raise _NotUnderstood("its output unit is not known")
    name, scale = _ECLIPSE[kind], 0.01 if unit == "cGy" else 1.0
    at = ""
    if name in ("D", "V"):
        given = _UNITS.get(_text(row.get("InputUnit")).lower())
        if given is None:
            raise _NotUnderstood("its input unit is not known")
        number = _number(row.get("InputValue"), "InputValue") * (0.01 if given == "cGy" else 1.0)
        at = f"{number:.10g}{'Gy' if given == 'cGy' else given}"
    spec = f"{name}{at}[{'Gy' if unit == 'cGy' else unit}]"
    parse_metric(spec)
    return [_from_points(spec, row.get("ScorePoints"), scale)]


def _from_points(spec: str, rows: object, scale: float) -> tuple[Limit, Limit | None]:
    """Return goal and acceptable level of a curve that only rises, or only falls, with the metric."""
    if not isinstance(rows, list) or len(rows) < 2 or not all(isinstance(each, dict) for each in rows):
        raise _NotUnderstood("it has no curve of scores")
    points = sorted(
        (_number(each.get("PointX"), "PointX") * scale, _number(each.get("Score"), "Score")) for each in rows
    )
    scores = [score for _, score in points]
    rising, falling = scores == sorted(scores), scores == sorted(scores, reverse=True)
    if rising is falling:
        raise _NotUnderstood("its scores neither only rise nor only fall")
    full = [x for x, score in points if score == max(scores)]
    none = [x for x, score in points if score == min(scores)]
    marked = [_number(each.get("PointX"), "PointX") * scale for each in rows if each.get("Variation") is True]
    if len(marked) > 1:
        raise _NotUnderstood("several points are marked as variation")
    metric = parse_metric(spec)
    relation, strict = (">=", ">") if rising else ("<=", "<")
    goal = Limit(metric, relation, min(full) if rising else max(full))
    if marked:
        other = Limit(metric, relation, marked[0])
    else:
        other = Limit(metric, strict, max(none) if rising else min(none))
    return goal, None if other.number == goal.number else other
