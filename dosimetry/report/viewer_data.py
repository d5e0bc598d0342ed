"""What the slice viewer shows, made small: doses in steps, the CT in greys, outlines in tenths of a millimetre."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import ComparisonError, UnsupportedError
from dosimetry.report.imni import labels
from dosimetry.report.outlines import middle_mm, outlines
from dosimetry.report.palette import structure_styles
from dosimetry.report.slices import AXIAL, at_plane, letters_of
from dosimetry.report.washes import difference_scale, dose_scale, grey_of, on_grey
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.model.dose import Dose
    from dosimetry.model.images import Images
    from dosimetry.model.structures import Structure
    from dosimetry.report.washes import Scale

    Floats = NDArray[np.float64]
    Bytes = NDArray[np.uint8]

__all__ = ["UNKNOWN", "ViewerData", "coded", "viewer_data"]

UNKNOWN = 255
"""The count that stands for a dose beyond its grid."""
_MOST_BYTES = 2_300_000  # of the coded volumes, so that the page stays below 3 MB
_MOST_VOXELS, _MOST_PLANES, _COARSER, _STEPS_GY = 3_000_000, 200, 1.25, 0.01
_APART_MM, _AXIAL = 1.0, 1e-6


@dataclass(frozen=True)
class ViewerData:
    """What is embedded.

    Attributes
    ----------
    values
        JSON-ready; volumes are base64 of deflated bytes.
    step_gy
        Of the doses: each is within half of it, at the points of the lattice.
    step_mm
        Between these points within a plane.
    """

    values: dict[str, object]
    step_gy: float
    step_mm: float


def viewer_data(result: ImnComparison, images: tuple[Images | None, Images | None]) -> ViewerData:
    """Return what the viewer embeds, as coarse as its size demands.

    Raises
    ------
    ComparisonError
        If the doses lie in different frames of reference: no plane is one of both.
    UnsupportedError
        If a dose is a single plane.
    """
    doses = result.without.dose, result.with_.dose
    if not doses[0].frame_of_reference_uid or doses[0].frame_of_reference_uid != doses[1].frame_of_reference_uid:
        raise ComparisonError(
            "no plane is one of both plans: their doses do not lie in one frame of reference",
            item="--viewer",
            remedy="look at the maps of the report, which show each plan by itself",
        )
    if any(min(dose.grid.shape) < 2 for dose in doses):
        raise UnsupportedError("a dose of a single plane cannot be scrolled through", item="--viewer")
    extents = [dose.grid.extent_mm() for dose in doses]
    low = np.minimum(extents[0][0], extents[1][0])
    high = np.maximum(extents[0][1], extents[1][1])
    heights = _heights(doses[1].grid, float(low[2]), float(high[2]))
    highest = max(float(dose.values_gy.max()) for dose in doses)
    step_gy = max(np.ceil(highest / (UNKNOWN - 1) / _STEPS_GY) * _STEPS_GY, _STEPS_GY)
    area = float((high[0] - low[0]) * (high[1] - low[1]))
    step_mm = max(1.0, *doses[1].grid.spacing_mm, float(np.sqrt(area * heights.size / _MOST_VOXELS)))
    stacks = list(dict.fromkeys(image for image in images if image is not None))
    while True:
        planes = [AXIAL.plane(float(z), low.tolist(), high.tolist(), step_mm) for z in heights]
        volumes = [coded(_counts(dose, planes, step_gy)) for dose in doses]
        greys = [_packed(_greys(stack, planes).tobytes()) for stack in stacks]
        if sum(map(len, (*volumes, *greys))) <= _MOST_BYTES:
            break
        step_mm *= _COARSER
    names = labels(result)
    pairs = [
        (increment, increment.without.structure, increment.with_.structure)
        for increment in result.increments
        if increment.with_.structure.contours is not None
    ]
    styles = structure_styles([increment.key for increment, _, _ in pairs])
    sets = [[one for _, one, _ in pairs], [other for _, _, other in pairs]]
    if all(_are_alike(before, after) for before, after in zip(*sets, strict=True)):
        sets = sets[1:]
    drawn = [_packed(_lines(rois, planes).encode()) for rois in sets]
    centre = middle_mm(next(roi for increment, _, roi in pairs if increment.key == "imn_target"))
    return ViewerData(
        {
            "size": [len(planes), planes[0].rows, planes[0].columns],
            "origin_mm": [round(float(value), 4) for value in planes[0].origin_mm[:2]],
            "step_mm": round(step_mm, 6),
            "heights_mm": [round(float(z), 3) for z in heights],
            "step_gy": round(float(step_gy), 6),
            "unknown": UNKNOWN,
            "doses": volumes,
            "greys": greys,
            "grey_of": [stacks.index(image) if image is not None else None for image in images],
            "lines": drawn,
            "lines_of": [0, len(drawn) - 1],
            "structures": [
                {"name": clean(names[increment], limit=64), "colour": style.colour, "dashes": list(style.dashes)}
                for (increment, _, _), style in zip(pairs, styles, strict=True)
            ],
            "letters": list(letters_of(AXIAL)),
            "scales": [
                _scale(dose_scale(result.imn.prescribed.dose_gy if result.imn.prescribed else None)),
                _scale(difference_scale()),
            ],
            "start": int(np.argmin(np.abs(heights - centre[2]))),
        },
        float(step_gy),
        step_mm,
    )


def coded(counts: Bytes) -> str:
    """Return counts as text: of each row the first and what every next one has more, modulo 256, deflated."""
    steps = counts.copy()
    steps[..., 1:] -= counts[..., :-1]
    return _packed(steps.tobytes())


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 6)).decode("ascii")


def _heights(grid: Grid, low: float, high: float) -> Floats:
    """Return where planes lie: at the dose's own frames where these are axial, else evenly."""
    if abs(abs(float(grid.normal[2])) - 1.0) < _AXIAL:
        own = np.sort(grid.origin_mm[2] + np.sign(grid.normal[2]) * grid.frame_positions_mm)
        return np.asarray(own[:: -(-own.size // _MOST_PLANES)])
    step = max(3.0, (high - low) / _MOST_PLANES)
    return np.arange(low, high + 0.5 * step, step)


def _counts(dose: Dose, planes: Sequence[Grid], step_gy: float) -> Bytes:
    counts = np.empty((len(planes), planes[0].rows, planes[0].columns), dtype=np.uint8)
    for count, plane in zip(counts, planes, strict=True):
        values = at_plane(dose, plane)
        if values is not None:
            shown = np.clip(np.rint(np.nan_to_num(values) / step_gy), 0, UNKNOWN - 1)
            count[:] = np.where(np.isfinite(values), shown, UNKNOWN)
    return counts


def _greys(images: Images, planes: Sequence[Grid]) -> Bytes:
    shape = planes[0].rows, planes[0].columns
    shown = [np.rint(255 * grey_of(at_plane(images, plane), shape)) for plane in planes]
    return np.array(shown).astype(np.uint8)


def _lines(structures: Sequence[Structure], planes: Sequence[Grid]) -> str:
    """Return the outlines as JSON: of each structure, of each plane, lines of x and y in tenths of a millimetre."""
    found = [
        [
            [
                np.rint(10 * _fewer(line[:, :2])).astype(int).ravel().tolist()
                for line in outlines(structure, plane) or []
            ]
            for plane in planes
        ]
        for structure in structures
    ]
    return json.dumps(found, separators=(",", ":"))


def _fewer(line: Floats) -> Floats:
    """Return a line without the points that follow others closely; its ends stay."""
    length = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    kept = np.append(True, np.diff(np.floor(length / _APART_MM)) > 0)
    kept[-1] = True
    return np.asarray(line[kept])


def _are_alike(one: Structure, other: Structure) -> bool:
    """Tell whether two ROIs have the same contours, as those of two plans on one structure set."""
    a, b = one.contours, other.contours
    if a is None or b is None or one.slice_spacing_mm != other.slice_spacing_mm:
        return a is b
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("points_mm", "positions_mm", "contour_offsets", "plane_offsets")
    )


def _scale(scale: Scale) -> dict[str, object]:
    colours = [
        f"#{red:02x}{green:02x}{blue:02x}" if painted else None
        for painted, (red, green, blue) in zip(
            scale.painted.tolist(), np.rint(255 * scale.colours).astype(int).tolist(), strict=True
        )
    ]
    flat = [
        "#{:02x}{:02x}{:02x}".format(*np.rint(255 * on_grey(colour)).astype(int).tolist())
        for colour in scale.colours
    ]
    return {"levels_gy": scale.levels_gy.round(6).tolist(), "ticks": scale.ticks, "colours": colours, "flat": flat}
