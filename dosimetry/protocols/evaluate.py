"""What a plan makes of a constraint sheet: every line judged, or told why it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.anatomy import find_structure
from dosimetry.errors import AmbiguityError, DerivationError, DosimetryError, MetricError
from dosimetry.imn.course import prescribed_to
from dosimetry.names.parts import PARTS, option_of, treated_side
from dosimetry.names.placement import find_midline, require_sides
from dosimetry.names.resolver import resolve_roles
from dosimetry.names.roles import TARGETS
from dosimetry.protocols.measure import Ruler
from dosimetry.protocols.verdict import Checked, Judged, Verdict
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dosimetry.imn.course import Prescribed
    from dosimetry.imn.sides import Side as PlanSide
    from dosimetry.model.quantity import Quantity
    from dosimetry.model.structures import Structure
    from dosimetry.names.laterality import Laterality
    from dosimetry.names.parts import Part
    from dosimetry.names.resolver import Resolution
    from dosimetry.names.roles import Side
    from dosimetry.protocols.limit import Limit
    from dosimetry.protocols.sheet import Constraint, Sheet
    from dosimetry.protocols.verdict import Wanted

__all__ = ["check_plan"]

# A verdict on the part inside the dose grid stands as it is while less than this share of a structure lies outside.
_OUTSIDE_SHARE = 0.005


def check_plan(side: PlanSide, sheets: Sequence[Sheet], wanted: Wanted) -> tuple[Checked, ...]:
    """Hold one plan, or an explicit sum, against constraint sheets.

    Parameters
    ----------
    side
        What :func:`~dosimetry.imn.sides.make_side` returned: its dose is that of the whole course.
    sheets
        The protocols.
    wanted
        Choices, prescriptions and conventions.

    Raises
    ------
    AmbiguityError
        If several ROIs may play a part; the message names the option that settles it.
    LateralityError
        If names, positions or the user's word contradict each other about the treated side.
    """
    resolution = resolve_roles(side.structures, wanted.choices.aliases)
    unconfirmed = _confirm_sides(resolution, wanted)
    ruler = Ruler(side.dose, wanted.convention, intervals=wanted.intervals)
    return tuple(_Sheet(side, resolution, ruler, wanted, sheet).checked(unconfirmed) for sheet in sheets)


def _confirm_sides(resolution: Resolution, wanted: Wanted) -> tuple[Caution, ...]:
    """Refuse mirrored structures whatever the sheet asks for: a mirrored heart keeps every limit.

    Where several ROIs may be a lung or the body this cannot be told, which concerns a sheet only if it needs one.
    """
    try:
        midline = find_midline(resolution, wanted.choices.by_option)
    except AmbiguityError as error:
        text = f"whether the structures are mirrored could not be told: {error}"
        return (Caution(Code.LATERALITY_UNCONFIRMED, "structures", text),)
    require_sides(resolution, midline)
    lungs = midline.left_lung_mm is not None and midline.right_lung_mm is not None
    if lungs or midline.body_mm is not None:
        return ()
    text = "whether the structures are mirrored could not be told: neither both lungs nor the body are there"
    return (Caution(Code.LATERALITY_UNCONFIRMED, "structures", text),)


class _Sheet:
    """One sheet on one plan."""

    def __init__(self, side: PlanSide, resolution: Resolution, ruler: Ruler, wanted: Wanted, sheet: Sheet) -> None:
        self._side, self._resolution, self._ruler, self._wanted, self._sheet = (
            side,
            resolution,
            ruler,
            wanted,
            sheet,
        )
        self._fractions = wanted.fractions or _fractions(side, wanted.prescriptions)
        self._parts: dict[str, Structure | None] = {}
        self._laterality: Laterality | None = None
        self._unknown_side = ""
        if any(PARTS[key].relation for line in sheet.constraints for key in line.parts):
            self._decide_side()

    def checked(self, unconfirmed: tuple[Caution, ...]) -> Checked:
        lines = [judged for constraint in self._sheet.constraints for judged in self._line(constraint)]
        unverified = [line for line in self._sheet.constraints if not line.verified]
        notes: list[Caution] = []
        if unverified:
            text = f"{len(unverified)} of {len(self._sheet.constraints)} limits were not seen at their source"
            notes.append(Caution(Code.CONSTRAINT_UNVERIFIED, self._sheet.id, text))
        told = self._laterality.warnings if self._laterality else ()
        warnings = merge(self._side.warnings, unconfirmed, told, notes)
        return Checked(self._sheet, tuple(lines), self._fractions, self._laterality, warnings)

    def _decide_side(self) -> None:
        """Find the treated side; a plan whose targets do not tell leaves the lines that need it unevaluated.

        A contradiction is an error all the same: it means mirrored images or a wrong name.
        """
        targets = [
            found.structure
            for found in self._resolution.matches
            if found.match.role in TARGETS and found.structure.contours is not None
        ]
        if not targets and self._wanted.choices.laterality is None:
            self._unknown_side = "the treated side is unknown: no target is recognised; state it with --laterality"
            return
        self._laterality = treated_side(self._resolution, targets, self._wanted.choices)

    def _line(self, constraint: Constraint) -> list[Judged]:
        """Judge a line on each structure that it applies to."""
        if constraint.obstacle:
            return [self._not_evaluable(constraint, constraint.roi or "", None, constraint.obstacle)]
        if constraint.roi is not None:
            return [self._on_roi(constraint, constraint.roi)]
        lines, missing = [], []
        for key in constraint.parts:
            part = PARTS[key]
            if part.relation and self._laterality is None:
                missing.append((part, self._unknown_side))
                continue
            side = self._laterality.side if self._laterality else None
            try:
                found = self._find(part, side)
            except DerivationError as error:
                missing.append((part, str(error)))
                continue
            if found is None:
                hint = f"name it with {option_of(part, side)}"
                missing.append((part, f"no ROI with contours is recognised as the {part.label}; {hint}"))
            else:
                lines.append(self._judge(constraint, found, part))
        if not lines:
            labels = " or ".join(part.label for part, _ in missing)
            reasons = "; ".join(dict.fromkeys(reason for _, reason in missing))
            lines.append(self._not_evaluable(constraint, labels, missing[0][0].key, reasons))
        return lines

    def _find(self, part: Part, side: Side | None) -> Structure | None:
        """Return the structure of a part: the same one each time, so that it is measured once."""
        if part.key not in self._parts:
            self._parts[part.key] = find_structure(self._resolution, part, side, self._wanted.choices)
        return self._parts[part.key]

    def _on_roi(self, constraint: Constraint, name: str) -> Judged:
        try:
            structure = self._side.structures[name]
        except DosimetryError as error:
            return self._not_evaluable(constraint, name, None, str(error))
        return self._judge(constraint, structure, None)

    def _judge(self, constraint: Constraint, structure: Structure, part: Part | None) -> Judged:
        key = part.key if part else None
        goal, acceptable, reason = self._limits(constraint)
        if goal is None:
            return self._not_evaluable(constraint, structure.name, key, reason)
        relative = any(limit.metric.needs_prescription for limit in (goal, acceptable) if limit)
        prescription_gy: float | None = None
        if relative:
            prescribed, why = prescribed_to(structure, self._side.parts, self._wanted.prescriptions)
            if prescribed is None:
                hint = f"state it with --rx '{structure.name}=GY/FRACTIONS'"
                return self._not_evaluable(constraint, structure.name, key, f"no prescription: {why}; {hint}")
            prescription_gy = prescribed.dose_gy
        verdict, value, metric = Verdict.FAIL, None, str(goal.metric)
        notes: tuple[Caution, ...] = ()
        for level, limit in ((Verdict.PASS, goal), (Verdict.ACCEPTABLE, acceptable)):
            if limit is None:
                continue
            kept, value, reason, notes = self._kept(structure, limit, prescription_gy)
            metric = str(limit.metric)
            if kept is None:
                verdict = Verdict.NOT_EVALUABLE
                break
            if kept:
                verdict = level
                break
        return Judged(constraint, structure.name, key, goal, acceptable, value, metric, verdict, reason, notes)

    def _limits(self, constraint: Constraint) -> tuple[Limit | None, Limit | None, str]:
        """Return the limits that apply to this course, or why there are none."""
        written, count = self._sheet.fractions, self._fractions
        if constraint.goal.always is None:
            written = tuple(sorted(constraint.goal.by_fractions))
        if written and count is None:
            hint = "state them with --fractions"
            return None, None, f"the limit is for {_counts(written)} fractions, the plan's are not known; {hint}"
        if written and count not in written:
            return None, None, f"the limit is for {_counts(written)} fractions, the plan has {count}"
        other = constraint.acceptable
        return constraint.goal.limit(count), None if other is None else other.limit(count), ""

    def _kept(
        self, structure: Structure, limit: Limit, prescription_gy: float | None
    ) -> tuple[bool | None, Quantity | None, str, tuple[Caution, ...]]:
        """Return whether a limit is kept, the number, and why it cannot be told where it cannot."""
        try:
            dvh = self._ruler.dvh(structure, prescription_gy)
            quantity = self._ruler.quantity(dvh, str(limit.metric))
        except DosimetryError as error:
            return None, None, _reason(error), structure.warnings
        if quantity.value is None:
            why = "; ".join(note.text for note in quantity.warnings if note.code is Code.METRIC_NOT_EVALUABLE)
            return None, quantity, why, quantity.warnings
        kept = limit.holds(quantity.value)
        share = dvh.outside_grid_cc / dvh.volume_cc
        low, high = quantity.low, quantity.high
        if share > _OUTSIDE_SHARE:
            low, high = self._ruler.bounds(dvh, str(limit.metric))
            if low is None or high is None or {limit.holds(low), limit.holds(high)} != {kept}:
                span = "" if low is None or high is None else f": it could be {low:.4g} to {high:.4g}"
                text = f"{100 * share:.2g} % of the volume lies outside the dose grid{span} {limit.metric.unit}"
                return None, quantity, text, quantity.warnings
        notes = quantity.warnings
        if low is not None and high is not None and {limit.holds(low), limit.holds(high)} != {kept}:
            text = f"{limit.metric}: the limit of {limit.number:g} lies within the calculation interval"
            notes = (*notes, Caution(Code.CONSTRAINT_NEAR_LIMIT, structure.name, text))
        return kept, quantity, "", notes

    def _not_evaluable(self, constraint: Constraint, subject: str, part: str | None, reason: str) -> Judged:
        goal = constraint.goal.limit(self._fractions)
        acceptable = constraint.acceptable.limit(self._fractions) if constraint.acceptable else None
        metric = str(goal.metric) if goal else _metrics(constraint)
        return Judged(constraint, subject, part, goal, acceptable, None, metric, Verdict.NOT_EVALUABLE, reason, ())


def _fractions(side: PlanSide, stated: Mapping[str, Prescribed]) -> int | None:
    """Return the number of fractions: that of the plan, or the one that all stated prescriptions share."""
    if side.fractions is not None:
        return side.fractions
    counts = {prescribed.fractions for prescribed in stated.values()}
    return counts.pop() if len(counts) == 1 else None


def _counts(counts: Iterable[int]) -> str:
    return " or ".join(map(str, counts))


def _metrics(constraint: Constraint) -> str:
    """Return the metrics of a line whose limit hangs on an unknown course."""
    return " or ".join(str(limit.metric) for limit in constraint.goal.by_fractions.values())


def _reason(error: DosimetryError) -> str:
    if isinstance(error, MetricError):
        return "; ".join(filter(None, (error.problem, error.found and f"found {error.found}")))
    return str(error)
