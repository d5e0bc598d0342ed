"""A plan held against constraint sheets as JSON-ready values, as rows and as JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dosimetry.protocols.verdict import Verdict
from dosimetry.report.provenance import provenance
from dosimetry.text import clean
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.model.case import Case
    from dosimetry.protocols.verdict import Checked, Judged, Wanted

__all__ = ["SCHEMA", "check_document", "check_junit", "check_rows", "protocol_values"]

SCHEMA = "dosimetry/check/1"


def check_document(
    checks: Sequence[Checked], cases: Sequence[Case], wanted: Wanted, *, identify: bool = False
) -> dict[str, object]:
    """Return all sheets as JSON-ready values."""
    return {
        "schema": SCHEMA,
        "protocols": [protocol_values(check) for check in checks],
        "warnings": [caution.as_dict() for caution in merge(*(check.warnings for check in checks))],
        "provenance": provenance(cases, _settings(checks, wanted), identify=identify),
    }


def protocol_values(check: Checked) -> dict[str, object]:
    """Return one sheet as JSON-ready values."""
    return {
        "id": check.sheet.id,
        "title": check.sheet.title,
        "source": check.sheet.citation,
        "doi": check.sheet.doi,
        "where": check.sheet.where,
        "verified": check.sheet.is_verified,
        "notes": list(check.sheet.notes),
        "sha256": check.sheet.sha256,
        "fractions": check.fractions,
        "laterality": check.laterality.side.value if check.laterality else None,
        "verdict": check.verdict.value,
        "constraints": [line.as_dict() for line in check.lines],
        "warnings": [caution.as_dict() for caution in check.warnings],
    }


def _settings(checks: Sequence[Checked], wanted: Wanted) -> dict[str, object]:
    choices = wanted.choices
    return {
        "convention": wanted.convention.as_dict(),
        "chosen": dict(choices.by_option),
        "laterality": choices.laterality.value if choices.laterality else None,
        "aliases": {"file": choices.aliases.file, "sha256": choices.aliases.sha256} if choices.aliases else None,
        "prescriptions": {name: str(given) for name, given in wanted.prescriptions.items()},
        "fractions_stated": wanted.fractions,
        "protocols": [{"id": check.sheet.id, "sha256": check.sheet.sha256} for check in checks],
    }


def check_rows(
    checks: Sequence[Checked], cases: Sequence[Case], *, identify: bool = False
) -> tuple[list[str], list[tuple[str | float | None, ...]]]:
    """Return header and rows: one row for each line of each sheet on each structure."""
    patient = cases[0].patient
    who = patient.identity[1] if identify else patient.pseudonym
    header = ["patient", "protocol", "structure", "part", "metric", "value", "low", "high", "unit"]
    header += ["goal", "acceptable", "verdict", "reason", "verified", "note", "warnings"]
    rows: list[tuple[str | float | None, ...]] = []
    for check in checks:
        for line in check.lines:
            value = line.value
            told = "; ".join(str(caution) for caution in merge(check.warnings, line.warnings))
            rows.append(
                (
                    *(who, check.sheet.id, line.subject, line.part, line.metric),
                    *((value.value, value.low, value.high, value.unit) if value else (None,) * 4),
                    str(line.goal) if line.goal else None,
                    str(line.acceptable) if line.acceptable else None,
                    *(line.verdict.value, line.reason or None, "yes" if line.constraint.verified else "no"),
                    *(line.constraint.note or None, told),
                )
            )
    return header, rows


def check_junit(checks: Sequence[Checked]) -> str:
    """Return all sheets as JUnit XML: a suite for each sheet, a test case for each of its lines.

    A limit that is not kept is a failure, a line that cannot be evaluated an error: neither counts as passed.
    """
    root = ET.Element("testsuites", name="dosimetry check")
    for check in checks:
        verdicts = [line.verdict for line in check.lines]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=_xml(check.sheet.id),
            tests=str(len(verdicts)),
            failures=str(verdicts.count(Verdict.FAIL)),
            errors=str(verdicts.count(Verdict.NOT_EVALUABLE)),
            skipped="0",
        )
        for line in check.lines:
            _add_case(suite, check, line)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ET.Element, check: Checked, line: Judged) -> None:
    limit = f"{line.metric} {line.goal.shown}" if line.goal else line.metric
    case = ET.SubElement(
        suite, "testcase", classname=_xml(f"{check.sheet.id}.{line.subject}"), name=_xml(f"{line.subject} {limit}")
    )
    number = None if line.value is None else line.value.value
    measured = "" if number is None or line.value is None else f"{line.metric} is {number:.6g} {line.value.unit}"
    told = [str(caution) for caution in merge(check.warnings, line.warnings)]
    if line.verdict is Verdict.FAIL:
        allowed = line.acceptable or line.goal
        ET.SubElement(case, "failure", type="limit", message=_xml(f"{measured}, allowed {allowed}"))
    elif line.verdict is Verdict.NOT_EVALUABLE:
        ET.SubElement(case, "error", type="not-evaluable", message=_xml(line.reason))
    words = [line.verdict.value, measured, *told]
    ET.SubElement(case, "system-out").text = _xml("; ".join(filter(None, words)))


def _xml(text: str) -> str:
    """Return text without what XML cannot hold."""
    return clean(text, limit=2000)
