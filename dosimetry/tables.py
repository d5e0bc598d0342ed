"""What the commands print, as plain tables for Python: names, checks, comparisons and cohorts.

>>> import dosimetry
>>> table = dosimetry.check_table("sample_plans/left_fb_tangents", "degro-2019")  # doctest: +SKIP
>>> table.records()[0]["verdict"]  # doctest: +SKIP
'fail'
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention, find_convention

if TYPE_CHECKING:
    from dosimetry.imn.sides import Side

__all__ = ["Table", "check_table", "cohort_table", "compare_table", "names_table"]

Cell = str | float | int | None
Paths = os.PathLike[str] | str | Sequence[os.PathLike[str] | str]


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes
    ----------
    columns
        Names.
    rows
        Cells of each row, in their order; None for what is absent.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> list[dict[str, Cell]]:
        """Return each row by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Cell]:
        """Return one column."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def to_pandas(self) -> Any:
        """Return a :class:`pandas.DataFrame`.

        Raises
        ------
        ImportError
            Where pandas is not installed: it is no dependency.
        """
        import pandas as pd  # noqa: PLC0415  not a dependency

        return pd.DataFrame.from_records([list(row) for row in self.rows], columns=list(self.columns))


def names_table(path: Paths, *, aliases: os.PathLike[str] | str | None = None) -> Table:
    """Return what every ROI of a plan is by its name; columns as of ``dosimetry names --format csv``."""
    from dosimetry.dicom.find import read_case  # noqa: PLC0415  pydicom is imported where it is used
    from dosimetry.names.aliases import read_aliases  # noqa: PLC0415
    from dosimetry.names.survey import survey  # noqa: PLC0415
    from dosimetry.report.names import NAMES_COLUMNS, names_row  # noqa: PLC0415

    known = None if aliases is None else read_aliases(Path(aliases))
    found = survey(read_case(_listed(path)).structures, known)
    return Table(NAMES_COLUMNS, tuple(names_row(row) for row in found.rows))


def check_table(
    path: Paths,
    protocols: str | Sequence[str],
    *,
    prescriptions: Iterable[str] = (),
    fractions: int | None = None,
    convention: Convention | str = DEFAULT_CONVENTION,
    intervals: bool = False,
) -> Table:
    """Return the verdicts on a plan; columns as of ``dosimetry check --format csv``.

    Parameters
    ----------
    path
        Folder, archive or files of one plan.
    protocols
        Names of sheets, or files.
    prescriptions
        As ``"CTVn_IMN_L=50/25"``.
    fractions
        Of the whole course, where the plan does not say.
    convention
        How contours become a solid.
    intervals
        Whether every number gets its calculation interval.
    """
    from dosimetry.imn.course import parse_rx  # noqa: PLC0415
    from dosimetry.protocols.evaluate import check_plan  # noqa: PLC0415
    from dosimetry.protocols.library import find_sheet  # noqa: PLC0415
    from dosimetry.protocols.verdict import Wanted  # noqa: PLC0415
    from dosimetry.report.check import check_rows  # noqa: PLC0415

    names = [protocols] if isinstance(protocols, str) else list(protocols)
    side = _side("plan", path)
    wanted = Wanted(
        prescriptions=parse_rx(prescriptions),
        fractions=fractions,
        convention=_convention(convention),
        intervals=intervals,
    )
    header, rows = check_rows(check_plan(side, [find_sheet(name) for name in names], wanted), side.parts)
    return Table(tuple(header), tuple(rows))


def compare_table(
    techniques: Mapping[str, Paths],
    *,
    reference: str | None = None,
    prescriptions: Iterable[str] = (),
    convention: Convention | str = DEFAULT_CONVENTION,
    any_patient: bool = False,
    intervals: bool = False,
) -> Table:
    """Return techniques side by side in long form; columns as of ``dosimetry compare --format csv``.

    Parameters
    ----------
    techniques
        Plans by label.
    reference
        Label of what the others are held against; by default the first.
    prescriptions, convention, intervals
        As for :func:`check_table`.
    any_patient
        Whether all plans are of one patient, whatever their IDs say.
    """
    from dosimetry.compare.comparison import compare_techniques  # noqa: PLC0415
    from dosimetry.compare.technique import Asked, measure_technique  # noqa: PLC0415
    from dosimetry.imn.course import parse_rx  # noqa: PLC0415
    from dosimetry.report.compare import compare_rows  # noqa: PLC0415

    asked = Asked(
        prescriptions=parse_rx(prescriptions), convention=_convention(convention), any_patient=any_patient
    )
    measured = [measure_technique(label, _side(label, path), asked) for label, path in techniques.items()]
    result = compare_techniques(measured, reference=reference, any_patient=any_patient, intervals=intervals)
    header, rows = compare_rows(result)
    return Table(tuple(header), tuple(rows))


def cohort_table(
    files: Paths, *, reference: str | None = None, metrics: Sequence[str] | None = None, seed: int = 0
) -> Table:
    """Return techniques over many patients; columns as of ``dosimetry cohort --dictionary``."""
    from dosimetry.cohort.observations import read_observations  # noqa: PLC0415
    from dosimetry.cohort.study import study_cohort  # noqa: PLC0415
    from dosimetry.report.cohort import cohort_rows  # noqa: PLC0415

    study = study_cohort(read_observations(_listed(files)), reference=reference, metrics=metrics, seed=seed)
    header, rows = cohort_rows(study)
    return Table(tuple(header), tuple(rows))


def _convention(convention: Convention | str) -> Convention:
    return find_convention(convention) if isinstance(convention, str) else convention


def _listed(path: Paths) -> list[Path]:
    return [Path(path)] if isinstance(path, str | os.PathLike) else [Path(one) for one in path]


def _side(label: str, path: Paths) -> Side:
    from dosimetry.dicom.find import read_parts  # noqa: PLC0415  pydicom is imported where it is used
    from dosimetry.imn.sides import make_side  # noqa: PLC0415

    return make_side(label, read_parts(_listed(path)))
