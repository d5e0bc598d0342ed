"""Typed warnings that travel with the numbers they touch.

A :class:`Caution` is a value, not an event: it is attached to a dose, a structure, a metric or a comparison
and shown with it in every output format. Its code is stable, so that pipelines can filter on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Caution", "Code", "gathered", "merge"]


class Code(StrEnum):
    """Stable codes of warnings; a code is never reused for another meaning."""

    # files and links
    FILE_NONCONFORMANT = "file-nonconformant"
    META_INCOMPLETE = "meta-incomplete"
    FILE_INCOMPLETE = "file-incomplete"
    LINK_BY_FRAME = "link-by-frame-of-reference"
    LINK_REFERENCE_MISMATCH = "link-reference-mismatch"
    LINK_FRAME_UNKNOWN = "link-frame-of-reference-unknown"
    LINK_FILE_IGNORED = "link-file-ignored"
    PLAN_MISSING = "plan-missing"
    KEY_EPHEMERAL = "key-ephemeral"
    PATIENT_MISMATCH = "patient-mismatch"
    # dose
    DOSE_EFFECTIVE = "dose-effective"
    DOSE_RELATIVE = "dose-relative"
    DOSE_SUMMATION_UNCLEAR = "dose-summation-unclear"
    DOSE_HETEROGENEITY_WATER = "dose-heterogeneity-water"
    DOSE_NOT_APPROVED = "dose-not-approved"
    DOSE_SUMMED = "dose-summed"
    DOSE_NEGATIVE = "dose-negative"
    DOSE_IMPLAUSIBLE = "dose-implausible"
    DOSE_UNLIKE_PRESCRIPTION = "dose-unlike-prescription"
    GRID_IMPLAUSIBLE = "grid-implausible"
    DOSE_RESAMPLED = "dose-resampled"
    DOSE_BEYOND_GRID = "dose-beyond-grid"
    DOSE_DIFFERENCE = "dose-difference"
    DOSE_CONVERTED = "dose-converted"
    ALPHA_BETA_ASSUMED = "alpha-beta-assumed"
    BEAMS_SUMMED = "beams-summed"
    BEAMS_UNLIKE_PLAN = "beams-unlike-plan"
    # structures
    CONTOUR_SKIPPED = "contour-skipped"
    CONTOUR_REPEATED = "contour-repeated"
    CONTOUR_GAP = "contour-gap"
    SPACING_ASSUMED = "spacing-assumed"
    STRUCTURE_EMPTY = "structure-empty"
    STRUCTURE_DUPLICATE_NAME = "structure-duplicate-name"
    STRUCTURE_DERIVED = "structure-derived"
    STRUCTURE_NOT_MEASURED = "structure-not-measured"
    OUTSIDE_GRID = "outside-grid"
    DOSE_LOOKED_UP = "dose-looked-up"
    # metrics
    UNIT_ASSUMED = "unit-assumed"
    METRIC_NOT_EVALUABLE = "metric-not-evaluable"
    INTERVAL_NOT_EVALUABLE = "interval-not-evaluable"
    # second opinions
    TPS_DVH_DIFFERS = "tps-dvh-differs"
    TPS_DVH_NOT_COMPARED = "tps-dvh-not-compared"
    TPS_DVH_UNITS = "tps-dvh-units"
    TPS_DVH_INCONSISTENT = "tps-dvh-inconsistent"
    SECOND_CHECK_DIFFERS = "second-check-differs"
    SECOND_CHECK_NOT_DONE = "second-check-not-done"
    DVH_FROM_BINS = "dvh-from-bins"
    # comparison
    ROLE_NOT_AVAILABLE = "role-not-available"
    LATERALITY_UNCONFIRMED = "laterality-unconfirmed"
    DIFFERENT_CT = "different-ct"
    STRUCTURES_DIFFER = "structures-differ"
    NODES_DROPPED_TOO = "nodes-dropped-too"
    IMN_FIELD_ALONE = "imn-field-alone"
    IMN_BY_SUBTRACTION = "imn-by-subtraction"
    FRACTIONATION_DIFFERS = "fractionation-differs"
    FRACTIONATION_UNKNOWN = "fractionation-unknown"
    FRACTIONATION_UNLIKE_SOURCE = "fractionation-unlike-source"
    HEART_DIFFERS = "heart-differs"
    TARGETS_DIFFER = "targets-differ"
    PAIRS_INCOMPLETE = "pairs-incomplete"
    PARTIAL_COURSE = "partial-course"
    COVERAGE_NOT_EVALUABLE = "coverage-not-evaluable"
    COVERAGE_WITH_LOW = "coverage-with-low"
    COVERAGE_WITHOUT_HIGH = "coverage-without-high"
    COVERAGE_OTHER_TARGETS = "coverage-other-targets"
    INCREMENT_WITHHELD = "increment-withheld"
    INCREMENT_NEGATIVE = "increment-negative"
    # protocols
    CONSTRAINT_UNVERIFIED = "constraint-unverified"
    CONSTRAINT_NEAR_LIMIT = "constraint-near-limit"
    # risk
    DOSE_EXTRAPOLATED = "dose-extrapolated"
    DOSE_RANGE_NOT_STATED = "dose-range-not-stated"
    MODEL_UNVERIFIED = "model-unverified"
    RISK_WITHHELD = "risk-withheld"
    BASELINE_ENDPOINT_DIFFERS = "baseline-endpoint-differs"
    BASELINE_PROXY = "baseline-proxy"
    BASELINE_SYNTHETIC = "baseline-synthetic"
    BREAST_DEATH_IGNORED = "breast-death-ignored"
    HORIZON_EXTRAPOLATED = "horizon-extrapolated"
    FACTOR_MISSING = "factor-missing"
    CARDIOTOXIC_THERAPY = "cardiotoxic-therapy"
    COHORT_DIFFERS = "cohort-differs"
    DOSE_ISOEFFECTIVE = "dose-isoeffective"
    BALANCE_UNDECIDED = "balance-undecided"


@dataclass(frozen=True, slots=True)
class Caution:
    """One warning.

    Attributes
    ----------
    code
        Stable identifier.
    subject
        What it is about: a ROI name, a role, a side of a comparison.
    text
        One sentence, without a full stop.
    """

    code: Code
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{clean(self.subject)}: {clean(self.text)} [{self.code.value}]"

    def as_dict(self) -> dict[str, str]:
        """Return the warning as JSON-ready text."""
        return {"code": self.code.value, "subject": clean(self.subject), "text": clean(self.text)}


def gathered(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Return warnings with those of one code and text as one that names all of their subjects, in order."""
    alike: dict[tuple[Code, str], list[str]] = {}
    for caution in cautions:
        alike.setdefault((caution.code, caution.text), []).append(caution.subject)
    return tuple(Caution(code, ", ".join(dict.fromkeys(names)), text) for (code, text), names in alike.items())


def merge(*groups: Iterable[Caution]) -> tuple[Caution, ...]:
    """Join groups of warnings in order, each one once."""
    return tuple(dict.fromkeys(caution for group in groups for caution in group))
