"""A cohort: every technique described, and paired with the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.cohort.statistics import Described, Paired, describe, holm, paired
from dosimetry.errors import UsageError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.cohort.observations import Key, Observation

__all__ = ["Row", "Study", "study_cohort"]

Values = dict[str, float]  # by patient


@dataclass(frozen=True, eq=False)
class Row:
    """One metric of one technique.

    Attributes
    ----------
    key
        Part, metric and unit.
    technique
        Label.
    values
        Its numbers by patient.
    described
        Their description.
    paired
        The differences to the reference in patients with both; None for the reference itself, and where no patient
        has both.
    p_holm
        Wilcoxon's p adjusted for all rows of the study; None where there is none.
    unpaired
        Patients with this technique and without the reference, or the other way round.
    """

    key: Key
    technique: str
    values: Values
    described: Described
    paired: Paired | None
    p_holm: float | None
    unpaired: int


@dataclass(frozen=True, eq=False)
class Study:
    """A cohort.

    Attributes
    ----------
    reference
        Label of the technique that the others are paired with.
    techniques
        Labels, the reference first.
    patients
        Pseudonyms.
    rows
        Metric by metric, technique by technique.
    warnings
        Incomplete pairs.
    """

    reference: str
    techniques: tuple[str, ...]
    patients: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[Caution, ...]

    def row(self, key: Key, technique: str) -> Row | None:
        """Return one row."""
        return next((row for row in self.rows if row.key == key and row.technique == technique), None)

    def measured(self) -> tuple[Key, ...]:
        """Return what was measured, in order."""
        return tuple(dict.fromkeys(row.key for row in self.rows))


def study_cohort(
    observations: Sequence[Observation],
    *,
    reference: str | None = None,
    metrics: Sequence[str] | None = None,
    seed: int = 0,
) -> Study:
    """Describe techniques over patients, and pair each with the reference.

    Parameters
    ----------
    observations
        Numbers of all patients.
    reference
        Label; by default the first technique met.
    metrics
        ``"part metric"`` of those wanted, as ``"heart Mean[Gy]"``; by default all.
    seed
        Of the bootstrap.

    Raises
    ------
    UsageError
        If there is no such technique or metric.
    """
    techniques = tuple(dict.fromkeys(one.technique for one in observations))
    base = techniques[0] if reference is None else reference
    if base not in techniques:
        raise UsageError(f"no technique is called {base!r}", item="--reference", expected=" or ".join(techniques))
    ordered = (base, *(label for label in techniques if label != base))
    keys = tuple(dict.fromkeys(one.key for one in observations))
    if metrics is not None:
        named = {f"{part} {metric}": (part, metric, unit) for part, metric, unit in keys}
        unknown = [name for name in metrics if name not in named]
        if unknown:
            raise UsageError(f"not in these tables: {unknown[0]!r}", item="--metric", expected=" or ".join(named))
        keys = tuple(named[name] for name in dict.fromkeys(metrics))
    table: dict[tuple[Key, str], Values] = {}
    for one in observations:
        table.setdefault((one.key, one.technique), {})[one.patient] = one.value
    rows = [_row(key, label, base, table, seed) for key in keys for label in ordered if (key, label) in table]
    adjusted = holm([row.paired.p_wilcoxon if row.paired else None for row in rows])
    rows = [
        Row(row.key, row.technique, row.values, row.described, row.paired, p, row.unpaired)
        for row, p in zip(rows, adjusted, strict=True)
    ]
    patients = tuple(sorted({one.patient for one in observations}))
    return Study(base, ordered, patients, tuple(rows), _incomplete(observations, ordered, base))


def _row(key: Key, label: str, base: str, table: Mapping[tuple[Key, str], Values], seed: int) -> Row:
    values, before = table[key, label], table.get((key, base), {})
    both = sorted(values.keys() & before.keys())
    found = None
    if label != base and both:
        found = paired([before[who] for who in both], [values[who] for who in both], seed=seed)
    unpaired = 0 if label == base else len(values.keys() ^ before.keys())
    return Row(key, label, values, describe(list(values.values())), found, None, unpaired)


def _incomplete(observations: Sequence[Observation], ordered: Sequence[str], base: str) -> tuple[Caution, ...]:
    """Return which techniques lack patients of the reference, or have others."""
    who: dict[str, set[str]] = {label: set() for label in ordered}
    for one in observations:
        who[one.technique].add(one.patient)
    notes = []
    for label in ordered[1:]:
        without, more = who[base] - who[label], who[label] - who[base]
        if without or more:
            text = (
                f"{len(who[base] & who[label])} complete pairs with {base}; {len(without)} patients have {base} "
                f"alone, {len(more)} have {label} alone: described, and left out of differences and tests"
            )
            notes.append(Caution(Code.PAIRS_INCOMPLETE, label, text))
    return tuple(notes)
