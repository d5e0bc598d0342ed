"""Beam weights that fit a few plain wishes: uniform targets, no hot spots, little elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float64]

__all__ = ["Wish", "best_weights", "cooled_weights"]


_ROUND, _ROUNDS = 120, 2
# A hot spot is above 1.07 of the prescription, wished to 1.04; the worst 600 voxels count.
_WARM, _COOL, _HOTTEST = 1.07, 1.04, 600


@dataclass(frozen=True, eq=False)
class Wish:
    """A quadratic penalty on the dose at some points.

    Attributes
    ----------
    influence
        Dose at each point by a unit of each weight, shape (points, weights).
    level
        Dose that is wished for.
    importance
        Factor of the mean squared deviation.
    below, above
        Whether doses below and above the level count.
    """

    influence: Field
    level: float
    importance: float
    below: bool = True
    above: bool = True


def best_weights(wishes: Sequence[Wish], smoothing: float = 0.0, iterations: int = 300) -> Field:
    """Return the weights of least penalty, none negative, shape (weights,).

    Parameters
    ----------
    wishes
        All for the same weights.
    smoothing
        Factor of the mean squared weight, relative to that of equal weights.
    iterations
        Upper limit.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  heavy, and only the generator needs it

    count = wishes[0].influence.shape[1]
    means = [float(wish.influence.sum(axis=1).mean()) for wish in wishes if wish.below]
    levels = [wish.level for wish in wishes if wish.below]
    start = float(np.mean(levels)) / float(np.mean(means))

    def penalty(scaled: Field) -> tuple[float, Field]:
        weights = start * scaled
        total = smoothing * float(scaled @ scaled) / count
        slope = 2.0 * smoothing * scaled / count
        for wish in wishes:
            off = wish.influence @ weights - wish.level
            if not wish.below:
                off = np.maximum(off, 0.0)
            if not wish.above:
                off = np.minimum(off, 0.0)
            total += wish.importance * float(off @ off) / off.size
            slope += 2.0 * wish.importance * start / off.size * (off @ wish.influence)
        return total, slope

    found = minimize(
        penalty,
        np.ones(count),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * count,
        options={"maxiter": iterations, "maxfun": 2 * iterations},
    )
    return np.asarray(start * found.x)


def cooled_weights(
    wishes: Sequence[Wish],
    doses: Callable[[Field], Field],
    influence: Callable[[NDArray[np.intp]], Field],
    target: NDArray[np.bool_],
    smoothing: float,
) -> Field:
    """Return weights of least penalty, found again with wishes for the hot spots that the first ones left.

    Parameters
    ----------
    wishes
        The first ones, for a prescription of 1.
    doses
        Returns the dose at all voxels, shape (voxels,), for weights.
    influence
        Returns the influence at chosen voxels, shape (chosen, weights).
    target
        Which voxels lie in the target whose median is the prescription, shape (voxels,).
    smoothing
        As in :func:`best_weights`.
    """
    wanted = list(wishes)
    weights = best_weights(wanted, smoothing, _ROUND)
    for _ in range(_ROUNDS):
        dose = doses(weights)
        dose /= np.median(dose[target])
        hottest = np.argsort(-dose, kind="stable")[:_HOTTEST]
        chosen = hottest[dose[hottest] > _WARM]
        if chosen.size == 0:
            break
        wanted.append(Wish(influence(chosen), _COOL, 500.0, below=False))
        weights = best_weights(wanted, smoothing, _ROUND)
    # Rounded, so that the last bits of a machine's sums do not reach the plan.
    return weights.round(4)
