"""What a histogram should be: volume, mean, extremes and the volume at each dose, given by formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.dvh.metrics import parse_metric
from dosimetry.errors import MetricError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Truth"]


@dataclass(frozen=True, eq=False)
class Truth:
    """The true dose-volume histogram of a body.

    Attributes
    ----------
    volume_cc
        Volume of the body.
    mean_gy, min_gy, max_gy
        Of its dose.
    at_least_cc
        Volume that receives at least a dose in Gy; falls from `volume_cc` at `min_gy` to 0 at `max_gy`.
    """

    volume_cc: float
    mean_gy: float
    min_gy: float
    max_gy: float
    at_least_cc: Callable[[float], float]

    def metric(self, spec: str) -> float:
        """Return a metric in Gy: Mean, Min, Max, or D at a volume, for which the formula is inverted.

        Raises
        ------
        MetricError
            For other metrics, and for D at more than the whole volume.
        """
        metric = parse_metric(spec)
        whole = {"Mean": self.mean_gy, "Min": self.min_gy, "Max": self.max_gy}
        if metric.kind in whole:
            return whole[metric.kind]
        volume = metric.number / 100 * self.volume_cc if metric.at == "%" else metric.number
        if metric.kind != "D" or metric.unit != "Gy" or volume > self.volume_cc:
            raise MetricError(f"no closed form for {metric}", expected="a dose of at most the whole volume")
        from scipy.optimize import brentq  # noqa: PLC0415  scipy is imported where it runs

        return float(
            brentq(lambda dose: self.at_least_cc(dose) - volume, self.min_gy, self.max_gy, xtol=1e-11, rtol=1e-14)
        )
