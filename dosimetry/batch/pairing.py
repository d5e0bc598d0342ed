"""Which two plans of a patient differ in the IMN alone, as their labels state it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dosimetry.batch.job import Job

__all__ = ["label_words", "pairs_by_label"]

_BREAK = re.compile(r"[\W_]+")
_IMN = frozenset({"imn", "imc", "imni", "imns"})


def label_words(label: str) -> tuple[tuple[str, ...], bool] | None:
    """Return the words of a plan's label without that of the IMN, and whether that was there.

    None where the label is empty, or has the word twice or beside a negation: then it states nothing.
    """
    words = tuple(filter(None, _BREAK.split(label.casefold())))
    rest = tuple(word for word in words if word not in _IMN)
    named = len(words) - len(rest)
    if not rest or named > 1 or (named and {"no", "not", "without", "wo", "non", "ohne", "sans"} & set(rest)):
        return None
    return rest, bool(named)


def pairs_by_label(jobs: Sequence[Job]) -> Iterator[tuple[str, list[Job], list[Job]]]:
    """Yield technique, plans without and plans with the IMN, wherever there is one at least on each side.

    Labels pair where they are word for word the same but for one ``IMN`` (or ``IMC``, ``IMNI``), of one patient,
    on one frame of reference. More than one on a side is ambiguous: who calls decides what to say of it.
    """
    groups: dict[tuple[str, frozenset[str], tuple[str, ...]], tuple[list[Job], list[Job]]] = {}
    for job in jobs:
        located = job.located[0]
        stated = None if located.plan is None else label_words(located.plan.label)
        if stated is None or not located.dose.patient_id:
            continue
        group = groups.setdefault((job.patient, located.dose.frame_uids, stated[0]), ([], []))
        group[stated[1]].append(job)
    for (_, _, words), (without, with_) in groups.items():
        if without and with_:
            yield " ".join(words), without, with_
