"""One limit of a sheet: a metric, a comparison and a number."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from dosimetry.dvh.metrics import Metric, parse_metric
from dosimetry.errors import ProtocolError
from dosimetry.text import clean

__all__ = ["Limit", "parse_limit"]

_FORM = re.compile(
    r"(?P<metric>[^<>=≤≥]+?)\s*(?P<relation><=|>=|<|>|≤|≥)\s*(?P<number>\d+(?:\.\d+)?|\.\d+)", re.ASCII
)
_PLAIN = {"≤": "<=", "≥": ">="}
_SHOWN = {"<=": "≤", ">=": "≥"}
# A sum of many cells may come back as 25.000000000001 % where 25 % is meant: it still is at most 25 %.
_SAME = 1e-9
_WHOLE = 100.0
_HIGHEST_GY = 200.0  # above it a figure was meant in cGy


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on one metric.

    Attributes
    ----------
    metric
        What is measured, with its unit.
    relation
        ``"<"``, ``"<="``, ``">"`` or ``">="``.
    number
        The limit in the metric's unit.
    """

    metric: Metric
    relation: str
    number: float

    def __post_init__(self) -> None:
        """Refuse a limit whose number is in another unit than it says, which most often every plan keeps.

        Raises
        ------
        ProtocolError
            With what is wrong about it.
        """
        percent = self.metric.unit == "%"
        if (
            percent
            and self.metric.kind == "V"
            and (self.number > _WHOLE or (self.is_upper and self.number == _WHOLE))
        ):
            raise ProtocolError(f"{self}: no volume is above 100 %", remedy="state a share of the volume")
        if percent and not self.is_upper and 0 < self.number <= 1:
            raise ProtocolError(f"{self}: a fraction of one?", remedy="95 % is written as 95")
        highest = max(
            self.number if self.metric.unit == "Gy" else 0.0, self.metric.number if self.metric.at == "Gy" else 0.0
        )
        if highest > _HIGHEST_GY:
            raise ProtocolError(f"{self}: {highest:g} Gy is no dose of a plan", remedy="was it stated in cGy?")

    def __str__(self) -> str:
        return f"{self.metric} {self.shown}"

    @property
    def shown(self) -> str:
        """Comparison, number and unit, as ``≤ 25 %``."""
        return f"{_SHOWN.get(self.relation, self.relation)} {self.number:g} {self.metric.unit}"

    @property
    def is_upper(self) -> bool:
        """Whether the metric must not be higher; otherwise it must not be lower."""
        return self.relation in ("<", "<=")

    def holds(self, value: float) -> bool:
        """Return whether a value keeps the limit."""
        same = math.isclose(value, self.number, rel_tol=_SAME, abs_tol=_SAME)
        if same:
            return self.relation in ("<=", ">=")
        return value < self.number if self.is_upper else value > self.number


def parse_limit(text: str) -> Limit:
    """Read a limit such as ``V20Gy[%] <= 30``; the unit is that of the metric's brackets.

    Raises
    ------
    ProtocolError
        If the text is no limit.
    MetricError
        If its metric is none, or leaves its unit open.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ProtocolError(
            f"no limit: {clean(text)!r}", expected="metric, comparison and number, as in 'V20Gy[%] <= 30'"
        )
    relation = _PLAIN.get(found["relation"], found["relation"])
    return Limit(parse_metric(found["metric"]), relation, float(found["number"]))
