"""Prisms over trapezoids of a cell, deposited by the doses at their corners.

An even spread over strips of a trapezoid that narrows resolves steep doses slowly: where a contour crosses a
field's edge at a slant, a few such pieces hold the tails of a structure's doses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.spread import spread_evenly, spread_prism

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dosimetry.kernels.histogram import Bins

    Floats = NDArray[np.float64]
    Corners = tuple[float, float, float, float, float, float, float, float]
    Sextuple = tuple[float, float, float, float, float, float]

__all__ = ["add_prisms"]


@kernel
def _at(d: Corners, x: float, y: float, z: float) -> float:
    """Return the dose at a point of a cell."""
    m, gx, gy, gz, xy, xz, yz, xyz = d
    return m + gx * x + gy * y + gz * z + xy * x * y + (xz * x + yz * y + xyz * x * y) * z


@kernel
def add_prisms(
    differences: Floats, bins: Bins, d: Corners, cuts: tuple[int, int, int], piece: Sextuple, depth: float
) -> None:
    """Cut the prism over a trapezoid into smaller ones, and add each with the doses at its corners.

    Parameters
    ----------
    differences : float64[3, bins + MARGIN]
    bins : Bins
    d : eight floats
        The cell's trilinear dose about its centre: mean, x, y, z, xy, xz, yz, xyz. Along x or y it rises by more
        than the products add.
    cuts : (int, int, int)
        Into how many, along x, y and z.
    piece : (float, float, float, float, float, float)
        y low, y high, left x at y low and at y high, right x at y low and high, within the cell.
    depth : float
        Volume of the whole cell.
    """
    y0, y1, l0, l1, r0, r1 = piece
    nx, ny, nz = cuts
    for i in range(ny):
        f0, f1 = i / ny, (i + 1) / ny
        below, above = y0 + f0 * (y1 - y0), y0 + f1 * (y1 - y0)
        for j in range(nx):
            g0, g1 = j / nx, (j + 1) / nx
            a0, a1 = l0 + f0 * (l1 - l0), l0 + f1 * (l1 - l0)
            b0, b1 = r0 + f0 * (r1 - r0), r0 + f1 * (r1 - r0)
            part = (
                below,
                above,
                a0 + g0 * (b0 - a0),
                a1 + g0 * (b1 - a1),
                a0 + g1 * (b0 - a0),
                a1 + g1 * (b1 - a1),
            )
            for k in range(2 * nz):
                _add_prism(differences, bins, d, part, (k, nz), depth)


@kernel
def _add_prism(
    differences: Floats, bins: Bins, d: Corners, piece: Sextuple, layer: tuple[int, int], depth: float
) -> None:
    """Add a layer of the prism over a trapezoid, with its mean dose and the doses at its corners.

    Layers come in pairs, whose gradients are those at a third of the way to either end: this makes the third
    moment right.

    Parameters
    ----------
    differences : float64[3, bins + MARGIN]
    bins : Bins
    d : eight floats
        As from `polynomial`.
    piece : (float, float, float, float, float, float)
        y low, y high, left x at y low and at y high, right x at y low and high.
    layer : (int, int)
        Which layer, and how many pairs of layers make the cell.
    depth : float
        Volume of the whole cell.
    """
    y0, y1, l0, l1, r0, r1 = piece
    k, pairs = layer
    scale = bins.per_dose
    height, w0, w1 = y1 - y0, r0 - l0, r1 - l1
    area = 0.5 * (w0 + w1) * height
    if not area > 0.0:
        return
    # integrals of x, y and xy by Simpson's rule, which is exact for cubics
    yh, lh, rh = 0.5 * (y0 + y1) - 0.5, 0.5 * (l0 + l1) - 0.5, 0.5 * (r0 + r1) - 0.5
    y0, y1, l0, l1, r0, r1 = y0 - 0.5, y1 - 0.5, l0 - 0.5, l1 - 0.5, r0 - 0.5, r1 - 0.5
    sixth = height / (6.0 * area)
    x0, xh, x1 = 0.5 * (r0 * r0 - l0 * l0), 0.5 * (rh * rh - lh * lh), 0.5 * (r1 * r1 - l1 * l1)
    x = sixth * (x0 + 4.0 * xh + x1)
    y = sixth * (w0 * y0 + 2.0 * (w0 + w1) * yh + w1 * y1)
    xy = sixth * (x0 * y0 + 4.0 * xh * yh + x1 * y1)
    m, gx, gy, gz, with_xy, with_xz, with_yz, with_xyz = d
    dz = 1.0 / pairs
    half = k % 2
    z = (k // 2 + 0.5) * dz - 0.5
    rise = gz + with_xz * x + with_yz * y + with_xyz * xy
    zm, zg = z + (half - 0.5) * 0.5 * dz, z + (half - 0.5) * dz * 2.0 / 3.0
    mean = m + gx * x + gy * y + with_xy * xy + rise * zm
    # once around, and the steps across the steeper axis
    p, q = _at(d, l0, y0, zg) - mean, _at(d, r0, y0, zg) - mean
    r, s = _at(d, r1, y1, zg) - mean, _at(d, l1, y1, zg) - mean
    flat = abs(gx) * 0.5 * (w0 + w1) <= abs(gy) * height
    steps = (w0, r1 - r0, -w1, l0 - l1) if flat else (0.0, -height, 0.0, height)
    slope = -0.5 * (steps[0] * (p + q) + steps[1] * (q + r) + steps[2] * (r + s) + steps[3] * (s + p))
    own = -(
        steps[0] * (p * p + p * q + q * q)
        + steps[1] * (q * q + q * r + r * r)
        + steps[2] * (r * r + r * s + s * s)
        + steps[3] * (s * s + s * p + p * p)
    ) / (6.0 * slope)
    top = bins.high - mean + own
    at = ((top - p) * scale, (top - q) * scale, (top - r) * scale, (top - s) * scale)
    volume = 0.5 * area * depth * dz
    if not spread_prism(differences, at, steps, 0.25 * abs(rise) * dz * scale, -volume / (slope * scale)):
        spread_evenly(differences, (bins.high - mean) * scale, 0.7 * (max(at) - min(at)), volume)
