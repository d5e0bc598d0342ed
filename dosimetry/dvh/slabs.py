"""From slabs of a solid to the frames of a dose grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.deposit import Slabs

__all__ = ["cut_at_frames"]

# A cell is entered only where the slab covers more of it than rounding would.
_SLIVER_MM = 1e-9


def cut_at_frames(
    low_mm: NDArray[np.float64], high_mm: NDArray[np.float64], frames_mm: NDArray[np.float64]
) -> Slabs:
    """Cut slabs at the frames of a dose grid; what lies beyond the first and last frame is left out.

    Parameters
    ----------
    low_mm, high_mm
        Ends of each slab along the grid's normal, relative to its first frame, shape (planes,).
    frames_mm
        Positions of the frames, ascending, shape (frames,).
    """
    from dosimetry.kernels.deposit import Slabs  # noqa: PLC0415  numba is imported where it runs

    cells: list[int] = []
    spans: list[tuple[float, float, float]] = []
    planes: list[int] = []
    for plane, (low, high) in enumerate(zip(low_mm.tolist(), high_mm.tolist(), strict=True)):
        first = max(int(np.searchsorted(frames_mm, low, side="right")) - 1, 0)
        for cell in range(first, frames_mm.size - 1):
            start, end = float(frames_mm[cell]), float(frames_mm[cell + 1])
            if start >= high:
                break
            a, b = max(low, start), min(high, end)
            if b - a > _SLIVER_MM:
                cells.append(cell)
                planes.append(plane)
                spans.append(((a - start) / (end - start), (b - start) / (end - start), b - a))
    order = np.argsort(np.array(cells, dtype=np.int64), kind="stable")
    return Slabs(
        np.array(cells, dtype=np.int64)[order],
        np.array(planes, dtype=np.int64)[order],
        np.array(spans, dtype=np.float64).reshape(-1, 3)[order],
    )
