"""The metric grammar of TG-263, section 9: one text, one meaning.

========================== =====================================================================
``Mean[Gy]`` ``Min[Gy]``   mean, lowest and highest dose; also ``[%]`` of the prescription
``Max[Gy]``
``D95%[Gy]`` ``D2cc[Gy]``  lowest dose in the hottest 95 % or 2 cc; also ``[%]`` of the prescription
``DC5cc[Gy]``              highest dose in the coldest 5 cc (or %)
``V20Gy[%]`` ``V20Gy[cc]`` volume receiving at least 20 Gy, of the structure in % or in cc
``V95%[%]``                volume receiving at least 95 % of the prescription
``CV20Gy[cc]``             volume receiving less than 20 Gy
========================== =====================================================================

A metric without its unit in brackets is refused: ``V20Gy`` is a percentage in clinics and cubic centimetres
in some software.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from dosimetry.errors import MetricError
from dosimetry.text import clean

__all__ = ["DEFAULT_METRICS", "Metric", "parse_metric"]

DEFAULT_METRICS = (
    "Min[Gy]",
    "Max[Gy]",
    "Mean[Gy]",
    "D99%[Gy]",
    "D98%[Gy]",
    "D95%[Gy]",
    "D50%[Gy]",
    "D5%[Gy]",
    "D2%[Gy]",
    "D1%[Gy]",
    "D0.03cc[Gy]",
    "V5Gy[%]",
    "V20Gy[%]",
)

_GRAMMAR = re.compile(
    r"(?:(?P<stat>mean|min|max)|(?P<kind>dc|d|cv|v)(?P<number>\d+(?:\.\d+)?|\.\d+)(?P<at>%|cc|gy))"
    r"(?:\[(?P<unit>gy|%|cc)\])?",
    re.IGNORECASE | re.ASCII,
)
_SPELLING = {"gy": "Gy", "%": "%", "cc": "cc", "mean": "Mean", "min": "Min", "max": "Max"}


@dataclass(frozen=True, slots=True)
class Metric:
    """A parsed metric.

    Attributes
    ----------
    kind
        ``"Mean"``, ``"Min"``, ``"Max"``, ``"D"``, ``"DC"``, ``"V"`` or ``"CV"``.
    number, at
        ``95`` and ``"%"`` of ``D95%[Gy]``; 0 and an empty text for Mean, Min and Max.
    unit
        Unit of the result: ``"Gy"``, ``"%"`` or ``"cc"``.
    """

    kind: str
    number: float
    at: str
    unit: str

    def __str__(self) -> str:
        return f"{self.kind}{self.number:g}{self.at}[{self.unit}]" if self.at else f"{self.kind}[{self.unit}]"

    @property
    def is_dose(self) -> bool:
        """Whether the result is a dose; otherwise it is a volume."""
        return self.kind not in ("V", "CV")

    @property
    def needs_prescription(self) -> bool:
        """Whether the metric has a meaning only relative to a prescription."""
        return self.unit == "%" if self.is_dose else self.at == "%"


@cache
def parse_metric(spec: str) -> Metric:
    """Parse a metric such as ``D95%[Gy]``; capital letters do not matter.

    Raises
    ------
    MetricError
        If the text is no metric, or leaves its unit open.
    """
    found = _GRAMMAR.fullmatch("".join(spec.split()))
    if found is None:
        raise MetricError(
            f"no DVH metric: {clean(spec)!r}",
            expected="a form such as Mean[Gy], D95%[Gy], D0.03cc[Gy], V20Gy[%], V20Gy[cc] or V95%[%]",
        )
    kind = _SPELLING[found["stat"].lower()] if found["stat"] else found["kind"].upper()
    at = _SPELLING[found["at"].lower()] if found["at"] else ""
    number = float(found["number"]) if found["number"] else 0.0
    units = ("%", "cc") if kind in ("V", "CV") else ("Gy", "%")
    bare = f"{kind}{number:g}{at}" if at else kind
    choices = " or ".join(f"{bare}[{unit}]" for unit in units)
    if kind in ("D", "DC") and at == "Gy":
        raise MetricError(f"no DVH metric: {clean(spec)!r}", expected="D at a volume in % or cc", found="Gy")
    if kind in ("V", "CV") and at == "cc":
        raise MetricError(f"no DVH metric: {clean(spec)!r}", expected="V at a dose in Gy or %", found="cc")
    if kind in ("D", "DC") and at == "%" and number > 100:
        raise MetricError(f"no DVH metric: {clean(spec)!r}", expected="at most 100 % of the volume")
    if found["unit"] is None:
        raise MetricError(f"metric {bare} leaves its unit open", expected=choices)
    unit = _SPELLING[found["unit"].lower()]
    if unit not in units:
        raise MetricError(f"no DVH metric: {clean(spec)!r}", expected=choices)
    return Metric(kind, number, at, unit)
