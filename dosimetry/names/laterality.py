"""The treated side, from the names of the targets and from where they lie.

DICOM's patient coordinates point to the patient's left with +x in every patient position, so positions
alone tell left from right. Names and positions must not contradict each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import LateralityError
from dosimetry.names.roles import TARGETS, Role, Side
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.names.match import Match

__all__ = [
    "MIDLINE_MARGIN_MM",
    "MIN_LUNG_DISTANCE_MM",
    "Laterality",
    "Placement",
    "decide",
    "side_from_geometry",
    "side_from_names",
]

MIDLINE_MARGIN_MM = 10.0
"""Closer to the midline than this, positions decide nothing.

The internal mammary vessels run 2-3 cm beside the midline. The middle between the two lungs' centroids, or
the body's centroid, may miss the midline by some millimetres: the heart makes the left lung the smaller one.
"""

MIN_LUNG_DISTANCE_MM = 50.0
"""Centroids of a left and a right lung lie at least this far apart; closer ones are not a pair of lungs."""

_REMEDY = "check the contours and their names, or state the side with --laterality left|right"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a target lies.

    Attributes
    ----------
    side
        Left or right; unknown within `MIDLINE_MARGIN_MM` of the midline or without a reference.
    offset_mm
        Distance from the midline, positive to the patient's left; None without a reference.
    reference
        What stood for the midline.
    """

    side: Side
    offset_mm: float | None
    reference: str


@dataclass(frozen=True, slots=True)
class Laterality:
    """The treated side and how it was decided.

    Attributes
    ----------
    side
        Left or right.
    basis
        How it was decided, for the report.
    warnings
        What remains unconfirmed.
    """

    side: Side
    basis: str
    warnings: tuple[Caution, ...] = ()


def side_from_names(matches: Iterable[Match]) -> Side:
    """Return the side that the names of all targets agree on, unknown where none states one.

    Raises
    ------
    LateralityError
        If they name both sides.
    """
    sided = [m for m in matches if m.role in TARGETS and m.side not in {None, Side.UNKNOWN}]
    left = [m for m in sided if m.side in {Side.LEFT, Side.BOTH}]
    right = [m for m in sided if m.side in {Side.RIGHT, Side.BOTH}]
    if left and right:
        twice = {m.role for m in left} & {m.role for m in right}
        problem = "targets on both sides" if twice else "the names of the targets contradict each other"
        raise LateralityError(
            problem,
            expected="targets of one side",
            found=f"left {_names(left)}, right {_names(right)}",
            remedy="bilateral treatment is not handled; choose the target with --imn-target "
            "and the side with --laterality left|right",
        )
    if left or right:
        return Side.LEFT if left else Side.RIGHT
    return Side.UNKNOWN


def side_from_geometry(
    target_mm: Sequence[float],
    *,
    left_lung_mm: Sequence[float] | None = None,
    right_lung_mm: Sequence[float] | None = None,
    body_mm: Sequence[float] | None = None,
) -> Placement:
    """Return the side on which a target lies, from centroids in patient coordinates.

    Parameters
    ----------
    target_mm
        Centroid of the target, LPS, (3,).
    left_lung_mm, right_lung_mm
        Centroids of the lungs; used only when both are given.
    body_mm
        Centroid of the body, the reference without a pair of lungs.

    Raises
    ------
    LateralityError
        If the left lung does not lie on the patient's left of the right lung.
    """
    given = [p for p in (target_mm, left_lung_mm, right_lung_mm, body_mm) if p is not None]
    if not all(math.isfinite(value) for point in given for value in point):
        raise LateralityError("a centroid is not finite", remedy=_REMEDY)
    if left_lung_mm is not None and right_lung_mm is not None:
        offset = _along_lungs(target_mm, left_lung_mm, right_lung_mm)
        reference = "the middle between the lungs"
    elif body_mm is not None:
        offset = target_mm[0] - body_mm[0]
        reference = "the middle of the body"
    else:
        return Placement(Side.UNKNOWN, None, "nothing")
    if abs(offset) < MIDLINE_MARGIN_MM:
        return Placement(Side.UNKNOWN, offset, reference)
    return Placement(Side.LEFT if offset > 0 else Side.RIGHT, offset, reference)


def decide(named: Side, placement: Placement | None = None, *, chosen: Side | None = None) -> Laterality:
    """Return the treated side from names, positions and the user's own statement.

    Parameters
    ----------
    named
        What :func:`side_from_names` returned; unknown if it was not asked.
    placement
        What :func:`side_from_geometry` returned for the IMN target.
    chosen
        The side that the user states: it overrides names where positions confirm it, and never positions.

    Raises
    ------
    LateralityError
        If the sources contradict each other or none tells.
    """
    placed = placement.side if placement else Side.UNKNOWN
    stated, source = (chosen, "the option --laterality") if chosen else (named, "the names of the targets")
    sides = {Side.LEFT, Side.RIGHT}
    if stated in sides and placed in sides and stated is not placed:
        raise LateralityError(
            f"{source} and the position of the target contradict each other",
            found=f"{stated} by {source}, {placed} by position ({_offset(placement)})",
            remedy="check the contours and their names, and that the images are not mirrored",
        )
    if chosen and named in sides and named is not chosen and placed not in sides:
        raise LateralityError(
            "the option --laterality contradicts the names of the targets, and positions do not tell",
            found=f"{chosen} by the option, {named} by the names ({_offset(placement)})",
            remedy="choose the target with --imn-target, or correct the side",
        )
    if stated in sides and placed in sides:
        return Laterality(stated, f"{source}, confirmed by its position: {_offset(placement)}")
    if stated in sides:
        text = f"the side ({stated}, from {source}) could not be confirmed by position: {_offset(placement)}"
        return Laterality(stated, source, (Caution(Code.LATERALITY_UNCONFIRMED, Role.IMN_TARGET.label, text),))
    raise LateralityError(
        "the treated side is unknown",
        found=f"no side in the names of the targets, position: {_offset(placement)}",
        remedy="state it with --laterality left|right",
    )


def _along_lungs(target: Sequence[float], left: Sequence[float], right: Sequence[float]) -> float:
    """Return the target's distance from the middle, along the axis from the right lung to the left one.

    In the axial plane only: a patient may lie rolled, but one lung contoured higher up than the other must
    not tilt the axis.
    """
    dx, dy = left[0] - right[0], left[1] - right[1]
    if dx < MIN_LUNG_DISTANCE_MM:
        raise LateralityError(
            "the lungs are mirrored or mislabelled",
            expected=f"the left lung at least {MIN_LUNG_DISTANCE_MM:g} mm to the left of the right one",
            found=f"{dx:+.1f} mm",
            remedy="check the names of the lungs and that the images are not mirrored",
        )
    length = math.hypot(dx, dy)
    x, y = target[0] - (left[0] + right[0]) / 2, target[1] - (left[1] + right[1]) / 2
    return (x * dx + y * dy) / length


def _names(matches: Iterable[Match]) -> str:
    return " and ".join(repr(m.name) for m in matches)


def _offset(placement: Placement | None) -> str:
    if placement is None or placement.offset_mm is None:
        return "neither a pair of lungs nor a body contour to compare with"
    side = "left" if placement.offset_mm >= 0 else "right"
    return f"{abs(placement.offset_mm):.0f} mm {side} of {placement.reference}"
