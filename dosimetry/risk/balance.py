"""Deaths averted beside deaths added, over one horizon.

Averted are deaths from breast cancer: the hazard ratio of a study in which the IMN are the only difference,
applied to a stated risk of such a death without IMN irradiation, p0 - (1 - (1 - p0)^HR), or to its hazard in a life
table, where other causes of death come first as they do for the deaths added. Added are deaths from heart disease
and lung cancer that the increment of dose brings. Events that do not kill stand apart, and overall
survival, which holds cardiac deaths already, is context. Intervals are added up at their worst ends; a sign is
given only where the whole of it lies on one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.absolute import absolute_risk
from dosimetry.risk.evidence import trials
from dosimetry.risk.intervals import Bounded
from dosimetry.risk.life_table import follow
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.risk.absolute import AbsoluteEstimate
    from dosimetry.risk.evidence_schema import TrialEntry
    from dosimetry.risk.life_table import Timeline

__all__ = ["Averted", "Balance", "averted", "weigh"]

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Averted:
    """Breast cancer deaths that IMN irradiation averts, by one study.

    Attributes
    ----------
    trial
        The study.
    without_pct, with_pct
        Risk of death from breast cancer over the horizon [%].
    averted_pct
        Their difference [percentage points], with the interval of the hazard ratio.
    by_life_table
        Whether other causes of death compete in all three.
    """

    trial: TrialEntry
    without_pct: float
    with_pct: float
    averted_pct: Bounded
    by_life_table: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            "study": self.trial.id,
            "source": self.trial.source,
            "doi": self.trial.doi,
            "verified": self.trial.verified,
            "hazard_ratio": self.trial.breast_death_hr,
            "follow_up_years": self.trial.years,
            "method": "life table" if self.by_life_table else "stated risk",
            "breast_death_without_pct": self.without_pct,
            "breast_death_with_pct": self.with_pct,
            "averted_points": self.averted_pct.value,
            "averted_ci_points": list(self.averted_pct.coefficient or ()) or None,
            "caveats": list(self.trial.caveats),
        }


@dataclass(frozen=True, slots=True)
class Balance:
    """Deaths averted beside deaths added, by one study.

    Attributes
    ----------
    averted
        The benefit.
    added
        The harms: deaths from heart disease, from lung cancer.
    horizon_years
        The time that all of it is over.
    net_pct
        Averted less added [percentage points].
    net_interval_pct
        Its interval; None where a part has none or is missing.
    verdict
        ``"benefit"``, ``"harm"`` or ``"undecided"``.
    warnings
        What the reader must know.
    """

    averted: Averted
    added: tuple[AbsoluteEstimate, ...]
    horizon_years: float
    net_pct: float
    net_interval_pct: Pair | None
    verdict: str
    warnings: tuple[Caution, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the added deaths of heart and lung are both in it."""
        return all(caution.code is not Code.BALANCE_UNDECIDED for caution in self.warnings)

    @property
    def net_name(self) -> str:
        """What the net is of: with deaths unknown it looks better than it is."""
        return "net" if self.is_complete else "net of the deaths known"

    @property
    def words(self) -> str:
        """The verdict in words."""
        if not self.is_complete:
            return "no sign: not all added deaths are known, the net leaves some out"
        if self.net_interval_pct is None:
            return "no sign: no interval is published for a part of it"
        return {
            "benefit": "more deaths averted than added, throughout the intervals",
            "harm": "more deaths added than averted, throughout the intervals",
            "undecided": "no sign: the intervals do not support one",
        }[self.verdict]

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            **self.averted.as_dict(),
            "horizon_years": self.horizon_years,
            "added": [estimate.as_dict() for estimate in self.added],
            "net_points": self.net_pct,
            "net_interval_points": None if self.net_interval_pct is None else list(self.net_interval_pct),
            "net_is_complete": self.is_complete,
            "verdict": self.verdict,
            "verdict_text": self.words,
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def averted(breast_death_pct: float | None, timeline: Timeline | None = None) -> tuple[Averted, ...]:
    """Return the deaths averted by each study that isolates the IMN and gives a hazard ratio of them.

    Parameters
    ----------
    breast_death_pct
        Risk of death from breast cancer without IMN irradiation over the horizon [%]; unused with a timeline.
    timeline
        Her hazards of such a death and of all others.

    Raises
    ------
    RiskError
        Where it is no probability.
    """
    if timeline is None and (breast_death_pct is None or not 0 <= breast_death_pct < 100):
        raise RiskError(
            "breast cancer mortality is no probability",
            expected="0 to below 100 %",
            found="none" if breast_death_pct is None else f"{breast_death_pct:g} %",
        )

    def risk_pct(ratio: float) -> float:
        if timeline is not None:
            return 100 * float(follow(timeline, ratio).endpoint[-1])
        return 100 * absolute_risk((breast_death_pct or 0.0) / 100, ratio - 1)

    without = risk_pct(1.0)
    found = []
    for trial in trials():
        if not trial.isolates_imn or trial.breast_death_hr is None:
            continue
        with_, *limits = (risk_pct(ratio) for ratio in trial.breast_death_hr)
        spared = sorted(without - limit for limit in limits)
        gain = Bounded(without - with_, (spared[0], spared[1]))
        found.append(Averted(trial, without, with_, gain, by_life_table=timeline is not None))
    return tuple(found)


def weigh(
    benefit: Averted, harms: Sequence[AbsoluteEstimate], horizon_years: float, nodes: str | None = None
) -> Balance:
    """Return the balance of deaths by one study.

    Parameters
    ----------
    benefit
        Deaths averted over the horizon.
    harms
        Deaths added by the increment over the same horizon, one endpoint each; both must be there for a sign.
    horizon_years
        The horizon.
    nodes
        Positive axillary nodes, where known.

    Raises
    ------
    RiskError
        Where a harm is no death, or one endpoint stands twice.
    """
    kinds = [harm.function.counts for harm in harms]
    causes = [kind.replace("coronary", "cardiac") for kind in kinds]  # a coronary death is a cardiac one
    if len(set(causes)) != len(causes) or any(not kind.endswith("death") for kind in kinds):
        raise RiskError("only deaths are weighed, each kind once", found=", ".join(kinds))
    ends: list[Pair | None] = [_widest(harm.excess_pct) for harm in harms]
    gain = benefit.averted_pct
    absent = {"cardiac-death", "lung-cancer-death"} - set(causes)
    interval: Pair | None = None
    if not absent and gain.coefficient is not None and all(end is not None for end in ends):
        low, high = gain.coefficient
        interval = (low - sum(end[1] for end in ends if end), high - sum(end[0] for end in ends if end))
    verdict = "undecided"
    if not absent and interval is not None:
        verdict = "benefit" if interval[0] > 0 else "harm" if interval[1] < 0 else "undecided"
    cautions = _cautions(benefit.trial, horizon_years, nodes)
    if absent:
        text = "no sign is given: added deaths are not all known, missing are " + " and ".join(sorted(absent))
        cautions.append(Caution(Code.BALANCE_UNDECIDED, "balance", text.replace("-", " ")))
    if "coronary-death" in kinds:
        text = "added cardiac deaths are the coronary ones alone: deaths from other heart disease are left out"
        cautions.append(Caution(Code.BASELINE_ENDPOINT_DIFFERS, "balance", text))
    by_table = [harm.function.method.startswith("life table") for harm in harms]
    if any(by_table) and not benefit.by_life_table:
        text = (
            "deaths averted are not lessened by other causes of death, deaths added are: the benefit is overstated"
        )
        cautions.append(Caution(Code.BASELINE_PROXY, "balance", text))
    if benefit.by_life_table and not all(by_table):
        text = "a stated risk of added deaths is taken as it is, other causes lessen only what the life table has"
        cautions.append(Caution(Code.BASELINE_PROXY, "balance", text))
    return Balance(
        averted=benefit,
        added=tuple(harms),
        horizon_years=horizon_years,
        net_pct=gain.value - sum(harm.excess_pct.value for harm in harms),
        net_interval_pct=interval,
        verdict=verdict,
        warnings=merge(cautions, *(harm.warnings for harm in harms)),
    )


def _widest(excess: Bounded) -> Pair | None:
    return excess.combined or excess.coefficient


def _cautions(trial: TrialEntry, horizon_years: float, nodes: str | None) -> list[Caution]:
    found = [Caution(Code.COHORT_DIFFERS, trial.id, caveat) for caveat in trial.caveats]
    if trial.years is not None and horizon_years > trial.years:
        text = f"extrapolated: hazard ratio observed over {trial.years:g} years, used over {horizon_years:g}"
        found.append(Caution(Code.HORIZON_EXTRAPOLATED, trial.id, text))
    if nodes == "none":
        text = "patients of the study were node-positive, this one is not"
        found.append(Caution(Code.COHORT_DIFFERS, trial.id, text))
    return found
