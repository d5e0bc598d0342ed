"""Histograms to and from dicompyler-core's DVH object, which other tools of its kind read.

That object holds volumes in bins, and no more: what is read from it has neither structure nor dose behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dvh.convention import Convention, Inclusion
from dosimetry.dvh.dvh import Dvh
from dosimetry.errors import MetricError, UnitsError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DICOMPYLER_CONVENTION", "from_dicompyler", "to_dicompyler"]

DICOMPYLER_CONVENTION = Convention(
    "dicompyler-core",
    inclusion=Inclusion.CENTRE,
    description="Voxels whose centre lies inside a contour, in the plane of the contour.",
    system="dicompyler-core 0.5.6, plain mode",
)
_MOST_BINS = 1_000_000
_NOTHING = 1e-12  # of the volume: rounding


def to_dicompyler(dvh: Dvh, *, bin_gy: float = 0.01) -> Any:
    """Return a histogram as dicompyler-core's object; see :meth:`Dvh.to_dicompyler`."""
    from dicompylercore.dvh import DVH  # noqa: PLC0415  only for those who ask for it

    item = f"ROI {dvh.name!r}"
    if not dvh.inside_cc > 0:
        raise MetricError("has no volume in the dose grid", item=item)
    if dvh.min_gy < 0:
        raise UnitsError("dicompyler-core's bins begin at 0 Gy", item=item, found=f"{dvh.min_gy:g} Gy")
    if not bin_gy > 0 or dvh.max_gy / bin_gy > _MOST_BINS:
        raise MetricError("no width of bins", item="bin_gy", found=f"{bin_gy:g} Gy")
    count = int(np.floor(dvh.max_gy / bin_gy * (1 + 1e-12))) + 1
    bins = np.arange(count + 1.0) * bin_gy
    outside = f"{dvh.outside_grid_cc:.6g} cm3 lie outside of the dose grid" if dvh.outside_grid_cc > 0 else None
    return DVH(
        counts=_at_least(dvh, bins[:-1]),
        bins=bins,
        dvh_type="cumulative",
        dose_units="Gy",
        volume_units="cm3",
        rx_dose=dvh.prescription_gy,
        name=dvh.name,
        notes=outside,
    )


def _at_least(dvh: Dvh, doses_gy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the volume that receives at least each dose."""
    edges, falling = dvh.edges_gy, dvh.volume_at_least_cc
    # the first of two equal edges: a plateau of a dose receives that dose
    right = np.searchsorted(edges, doses_gy * (1 - 1e-12), side="left")
    inner = np.clip(right, 1, edges.size - 1)
    width = edges[inner] - edges[inner - 1]
    share = np.divide(doses_gy - edges[inner - 1], width, out=np.zeros_like(doses_gy), where=width > 0)
    between = falling[inner - 1] + np.clip(share, 0.0, 1.0) * (falling[inner] - falling[inner - 1])
    return np.where(right == 0, dvh.inside_cc, np.where(right == edges.size, 0.0, between))


def from_dicompyler(
    other: Any, *, name: str | None = None, number: int = 0, convention: Convention = DICOMPYLER_CONVENTION
) -> Dvh:
    """Return a histogram from dicompyler-core's object; see :meth:`Dvh.from_dicompyler`."""
    called = str(name if name is not None else other.name or "")
    item = f"ROI {called!r}"
    edges, volumes = _points(other, item)
    whole = float(volumes[0])
    if not whole > 0 or not np.isfinite(volumes).all() or not np.isfinite(edges).all():
        raise MetricError("holds no volume", item=item)
    if (np.diff(volumes) > _NOTHING * whole).any() or not (np.diff(edges) > 0).all() or volumes.min() < 0:
        raise MetricError("is no cumulative histogram", item=item, expected="volumes that fall while doses rise")
    first = int(np.flatnonzero(volumes >= whole * (1 - _NOTHING))[-1])
    last = int(np.flatnonzero(volumes > whole * _NOTHING)[-1]) + 1
    edges, volumes = edges[first : last + 1], np.minimum.accumulate(volumes[first : last + 1])
    volumes[-1] = 0.0
    parts = -np.diff(volumes)
    text = (
        f"taken from another program in bins of {float(np.diff(edges).max()):.4g} Gy: metrics are read between "
        "them, and have no intervals"
    )
    return Dvh(
        name=called,
        number=number,
        volume_cc=whole,
        outside_grid_cc=0.0,
        mean_gy=float(parts @ (0.5 * (edges[:-1] + edges[1:]))) / whole,
        min_gy=float(edges[0]),
        max_gy=float(edges[-1]),
        edges_gy=edges,
        volume_at_least_cc=volumes,
        convention=convention,
        prescription_gy=None if not other.rx_dose else float(other.rx_dose),
        warnings=(Caution(Code.DVH_FROM_BINS, called, text),),
    )


def _points(other: Any, item: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return edges in Gy and the volume in cc that receives at least each, both of shape (edges,)."""
    if str(other.volume_units).lower() not in ("cm3", "cc"):
        raise UnitsError(
            "volumes are not absolute",
            item=item,
            expected="cm3",
            found=str(other.volume_units),
            remedy="call its absolute_volume with the volume of the structure",
        )
    if str(other.dose_units).lower() != "gy":
        raise UnitsError(
            "doses are not in gray",
            item=item,
            expected="Gy",
            found=str(other.dose_units),
            remedy="call its absolute_dose with the prescription",
        )
    counts = np.asarray(other.counts, dtype=np.float64)
    edges = np.asarray(other.bins, dtype=np.float64)
    if counts.ndim != 1 or not counts.size or edges.shape != (counts.size + 1,):
        raise MetricError(
            "is no histogram",
            item=item,
            expected="one edge more than bins",
            found=f"{edges.size} edges and {counts.size} bins",
        )
    if str(other.dvh_type) == "differential":
        counts = np.cumsum(counts[::-1])[::-1]
    return edges, np.append(counts, 0.0)
