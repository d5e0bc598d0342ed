"""Sentences of the report with and without the IMN target, in one place: to be reviewed, and to be translated."""

from __future__ import annotations

from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.risk.increment import READINGS
from dosimetry.risk.intervals import COMBINED

__all__ = [
    "BY_DOSE",
    "COHORTS",
    "GLANCE",
    "IN_BRACKETS",
    "LINES",
    "METRICS",
    "METRICS_BOUNDED",
    "NOT_OF_IMN",
    "PLANS",
    "QUESTION",
    "SHADED",
    "TWO_READINGS",
    "UNDRAWN",
    "WITHHELD",
]

QUESTION = (
    "What does irradiation of the internal mammary nodes (IMN) add on the {} side to the dose of the heart, and to "
    "cardiac risk? A plan without and a plan with the IMN target are measured on their contours."
)
IN_BRACKETS = f"In brackets: calculation interval ({INTERVAL_MEANING})."
WITHHELD = "Withheld: no risk is given."
NOT_OF_IMN = "This is the risk of the difference described above, not that of IMN irradiation alone."
TWO_READINGS = (
    f"Two readings of “incremental”. {READINGS} ERR is the excess relative risk. Intervals in brackets are "
    "confidence intervals of the coefficient, the published slope, only; uncertainty of delineation and choice of "
    "model is in none of them."
)
BY_DOSE = (
    f"The dose interval is that of the calculation ({INTERVAL_MEANING}). {COMBINED[:1].upper()}{COMBINED[1:]}."
)
LINES = (
    "Dashed lines with hollow markers: plan without IMN. Solid lines with filled markers: plan with IMN. "
    "A structure has one colour and one marker throughout. Volumes are percentages of the part inside the dose "
    "grid."
)
SHADED = (
    f"Shaded: calculation interval of the volume at each dose ({INTERVAL_MEANING}); where it cannot be seen, it is "
    "narrower than the line."
)
UNDRAWN = "Not drawn, since they play no part in this comparison or too little of them was measured: {}."
GLANCE = "Volume, and metrics without IMN, with IMN and their {0}; {0}s of percentages are percentage points."
PLANS = (
    "Parts of both sides; several parts of one side are summed. Names of plans are shown as the files give them."
)
METRICS = "{}s are rounded after subtraction; those of percentages are percentage points."
METRICS_BOUNDED = (
    f"In brackets: calculation interval ({INTERVAL_MEANING}), rounded outwards. That of {{}} is its own: what "
    "moves both plans alike cancels."
)
COHORTS = (
    "The slopes come from women irradiated by earlier techniques. They hold for groups; what becomes of one "
    "patient, no model tells."
)
