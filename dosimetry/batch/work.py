"""One job computed: the same functions, in the same order, as the commands for a single plan call."""

from __future__ import annotations

import gc
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from dosimetry.batch.job import Job, Kind, Outcome, failure_of
from dosimetry.batch.limits import Limits, limited, peak_bytes
from dosimetry.dose_arithmetic.cases import course_dose
from dosimetry.dvh.cores import use_cores
from dosimetry.dvh.measured import dose_summary, measure
from dosimetry.errors import DosimetryError, StructureError
from dosimetry.imn.comparison import Request, compare
from dosimetry.imn.course import stated_course
from dosimetry.imn.sides import make_side
from dosimetry.imn.total import unlike_prescribed
from dosimetry.kernels.jit import watch_compilation
from dosimetry.names.parts import Choices
from dosimetry.names.resolver import resolve_roles
from dosimetry.protocols.evaluate import check_plan
from dosimetry.protocols.verdict import Wanted
from dosimetry.report.check import check_document
from dosimetry.report.imni import imni_document
from dosimetry.report.provenance import provenance
from dosimetry.report.risk_rows import further_numbers
from dosimetry.text import clean
from dosimetry.warnings import Caution, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.batch.settings import Settings
    from dosimetry.model.case import Case
    from dosimetry.risk.assessment import Assessment

__all__ = ["compute", "compute_case", "compute_pair"]

Documents = dict[str, dict[str, object]]


def compute(job: Job, settings: Settings, limits: Limits) -> Outcome:
    """Compute a job in a worker process: whatever happens, the outcome says what became of it.

    Parameters
    ----------
    job
        What to compute.
    settings
        How.
    limits
        What it may take. A job that runs too long ends the process; whoever started it finds it gone.
    """
    compiled: list[str] = []
    began = perf_counter()
    use_cores(1)  # other jobs have the other cores
    try:
        with watch_compilation(compiled.append, lambda _kernel, _seconds: None), limited(limits):
            outcome = (compute_case if job.kind is Kind.CASE else compute_pair)(job, settings)
    except Exception as error:  # noqa: BLE001  one case never stops the rest
        outcome = Outcome(failure=failure_of(error))
    gc.collect(0)
    return replace(outcome, seconds=perf_counter() - began, peak_bytes=peak_bytes(), compiled=len(compiled))


def compute_case(job: Job, settings: Settings) -> Outcome:
    """Measure every structure of one plan, and hold it against the constraint sheets.

    Raises
    ------
    DosimetryError
        As the commands ``dvh`` and ``check`` do.
    """
    read = job.located[0].read()
    case = replace(read, dose=course_dose(read))
    case = replace(case, warnings=merge(case.warnings, unlike_prescribed(case)))
    resolution = resolve_roles(case.structures, settings.choices.aliases if settings.choices else None)
    rows = [
        measure(case.dose, structure, settings.metrics, convention=settings.convention)
        for structure in case.structures
    ]
    if not any(row.dvh for row in rows):
        raise StructureError(
            "no structure could be measured",
            found="; ".join(str(caution) for row in rows for caution in row.warnings),
        )
    structures = []
    for row in rows:
        match = resolution.match_of(row.structure)
        role = {"role": match and match.role.value, "side": match and match.side and match.side.value}
        structures.append(row.as_dict() | role)
    cautions = merge(case.all_warnings, *(row.warnings for row in rows))
    documents: Documents = {
        "dvh": {
            "schema": "dosimetry/dvh/1",
            "dose": dose_summary(case.dose),
            "course": _course(read),
            "structures": structures,
            "warnings": [caution.as_dict() for caution in case.all_warnings],
            "provenance": provenance([case], _settings(settings)),
        }
    }
    if settings.sheets:
        documents["check"], told = _checked(read, settings)
        cautions = merge(cautions, told)
    return Outcome(documents, warnings=cautions)


def _course(case: Case) -> dict[str, object]:
    course = stated_course(case)
    return {
        "plan": clean(case.rtplan.label) if case.rtplan else None,
        "prescription_gy": course.dose_gy if course else None,
        "fractions": case.rtplan.fractions if case.rtplan else None,
    }


def _settings(settings: Settings) -> dict[str, object]:
    return {
        "convention": settings.convention.as_dict(),
        "metrics": list(settings.metrics),
        "prescription_gy": None,
    }


def _checked(case: Case, settings: Settings) -> tuple[dict[str, object], tuple[Caution, ...]]:
    """Hold a plan against the sheets; one that cannot be is told why, and keeps its doses."""
    wanted = Wanted(settings.choices or Choices(), convention=settings.convention)
    try:
        side = make_side("plan", [case], None)
        checks = check_plan(side, settings.sheets, wanted)
    except DosimetryError as error:
        failure = failure_of(error)
        return {"schema": "dosimetry/check/1", "failure": {"code": failure.code, "text": failure.text}}, ()
    return check_document(checks, side.parts, wanted), merge(*(check.all_warnings for check in checks))


def compute_pair(job: Job, settings: Settings) -> Outcome:
    """Compare a plan without and one with the IMN target.

    Raises
    ------
    DosimetryError
        As the command ``imni`` does.
    """
    # each side is read by itself, as by the command: what both share is told apart by content
    without, with_ = (
        make_side(label, [located.read()], None)
        for label, located in zip(("without", "with"), job.located, strict=True)
    )
    request = Request(
        choices=settings.choices or Choices(), metrics=settings.metrics, convention=settings.convention
    )
    result = compare(without, with_, request)
    assessment = None
    if settings.assess is not None and settings.risk_file is not None:
        assessment = settings.assess(result, settings.risk_file)
    cautions = merge(result.all_warnings, assessment.warnings if assessment is not None else ())
    return Outcome(
        {"imni": imni_document(result, assessment=assessment)},
        risk=() if assessment is None else tuple(_further(assessment)),
        warnings=cautions,
    )


def _further(assessment: Assessment) -> Iterator[dict[str, str | float | None]]:
    """Yield what is beside the relative risks, and of which doses it is."""
    for one in (replace(assessment, sensitivity=None), assessment.sensitivity):
        if one is not None:
            basis = next(iter(one.request.doses.values())).basis
            for row in further_numbers(one):
                yield row | {"dose_basis": row["dose_basis"] or basis}
