"""Doses and their differences as colours in steps, with the lines between the steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.report.slices import View

    Floats = NDArray[np.float64]

__all__ = ["Scale", "difference_scale", "dose_scale", "grey_of", "isolines", "on_grey", "painted"]

_SHARES_PCT = (5.0, 10.0, 20.0, 30.0, 50.0, 70.0, 80.0, 90.0, 95.0, 107.0)
_DOSES_GY = (2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 45.0, 50.0)
_DIFFERENCES_GY = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
_WINDOW_HU = (-700.0, 500.0)
_GREYS = 48  # steps: fewer than a screen shows, and a smaller page
_OPACITY, _DARKEST = 0.7, 0.45  # below colours the CT is lifted, so that one step has one colour in lung and bone


@dataclass(frozen=True)
class Scale:
    """Steps of colour.

    Attributes
    ----------
    levels_gy
        Where one colour ends and the next begins, ascending.
    colours
        Of each step, one more than levels, RGB, shape (levels + 1, 3), from 0 to 1.
    painted
        Which steps are painted, shape (levels + 1,); the others leave what is below as it is.
    prescription_gy
        What levels are shares of; None where they are not.
    """

    levels_gy: Floats
    colours: Floats
    painted: NDArray[np.bool_]
    prescription_gy: float | None = None

    @cached_property
    def ticks(self) -> tuple[str, ...]:
        """The levels in Gy, without trailing zeros."""
        return tuple(f"{level:.4g}".replace("-", "−") for level in self.levels_gy)


def dose_scale(prescription_gy: float | None) -> Scale:
    """Return the steps of dose: shares of a prescription, or doses where there is none."""
    from matplotlib import colormaps  # noqa: PLC0415  matplotlib takes most of a second to import

    levels = np.array(_DOSES_GY) if prescription_gy is None else prescription_gy * np.array(_SHARES_PCT) / 100.0
    # Viridis is read alike by everybody, and rises in grey as it does in colour.
    colours = colormaps["viridis"](np.linspace(0.0, 1.0, levels.size))[:, :3]
    painted = np.arange(levels.size + 1) > 0
    return Scale(levels, np.vstack((np.ones(3), colours)), painted, prescription_gy)


def difference_scale() -> Scale:
    """Return the steps of a difference, alike on both sides of 0; the middle one is not painted."""
    from matplotlib import colormaps  # noqa: PLC0415  matplotlib takes most of a second to import

    levels = np.array([*(-level for level in _DIFFERENCES_GY[::-1]), *_DIFFERENCES_GY])
    colours = colormaps["PuOr_r"](np.linspace(0.0, 1.0, levels.size + 1))[:, :3]
    return Scale(levels, colours, np.arange(levels.size + 1) != len(_DIFFERENCES_GY))


def grey_of(values_hu: Floats | None, shape: tuple[int, int]) -> Floats:
    """Return a CT as grey values from 0 to 1, shape (rows, columns); white where there is none."""
    if values_hu is None:
        return np.ones(shape)
    low, high = _WINDOW_HU
    grey = np.clip((values_hu - low) / (high - low), 0.0, 1.0)
    return np.nan_to_num(np.rint(grey * _GREYS) / _GREYS, nan=1.0)


def painted(values_gy: Floats, scale: Scale, grey: Floats) -> NDArray[np.uint8]:
    """Return a picture, RGB, shape (rows, columns, 3): steps of colour over a grey background."""
    step = np.searchsorted(scale.levels_gy, values_gy, side="right")  # NaN comes last
    is_painted = scale.painted[step] & np.isfinite(values_gy)
    below = grey[..., None]
    mixed = np.where(is_painted[..., None], on_grey(scale.colours[step], below), below)
    return np.asarray(np.rint(255.0 * mixed).astype(np.uint8))


def on_grey(colours: Floats, grey: Floats | float = 0.6) -> Floats:
    """Return colours as they look over a grey, both from 0 to 1; by default over soft tissue."""
    return _OPACITY * colours + (1.0 - _OPACITY) * (_DARKEST + (1.0 - _DARKEST) * np.asarray(grey))


def isolines(values_gy: Floats, level_gy: float, plane: Grid, view: View) -> list[Floats]:
    """Return the lines of one dose in a plane, each of shape (points, 2): mm across and down the picture."""
    from skimage.measure import find_contours  # noqa: PLC0415  only pictures need it

    lines = []
    for found in find_contours(values_gy, level_gy):  # type: ignore[no-untyped-call]
        points = plane.map_index_to_mm(np.column_stack((found[:, 1], found[:, 0], np.zeros(len(found)))))
        lines.append(points[:, (view.across, view.down)])
    return lines
