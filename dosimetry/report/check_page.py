"""A plan held against constraint sheets as a report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dosimetry.protocols.verdict import Verdict
from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.check import check_document, check_rows
from dosimetry.report.conventions import describe_convention
from dosimetry.report.document import Card, Document, Fact, Section, Statement
from dosimetry.report.opinion_page import protocol_sheet
from dosimetry.report.provenance_page import identity_lines, provenance_section
from dosimetry.warnings import gathered, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.model.case import Case
    from dosimetry.protocols.verdict import Checked, Wanted

__all__ = ["check_report"]

_TONES = {
    Verdict.PASS: "good",
    Verdict.ACCEPTABLE: "unknown",
    Verdict.NOT_EVALUABLE: "unknown",
    Verdict.FAIL: "bad",
}
_NEVER = (
    "Not evaluable is never a pass: a structure, a prescription or the course is missing, or lies in part outside."
)


def check_report(
    checks: Sequence[Checked], cases: Sequence[Case], wanted: Wanted, *, identify: bool = False
) -> Document:
    """Return all sheets as a report."""
    values = check_document(checks, cases, wanted, identify=identify)
    header, rows = check_rows(checks, cases, identify=identify)
    told = gathered(merge(*(check.all_warnings for check in checks)))
    order = list(Verdict)
    worst = max((check.verdict for check in checks), key=order.index)
    links = [("plan", link.subject, link.rule, link.reason) for case in cases for link in case.links]
    return Document(
        eyebrow="Plan check against constraint sheets",
        title=", ".join(check.sheet.id for check in checks),
        patients=tuple(sorted({case.patient.pseudonym for case in cases})),
        identity=identity_lines(values),
        summary=(
            Statement("The worst verdict of all lines below.", f"Plan: {worst.value}", _TONES[worst]),
            *(_card(check) for check in checks),
            Card("Warnings", lead="" if told else "No warnings.", cautions=told, tone="warn"),
        ),
        sections=(
            Section("protocols", "Line by line", tuple(protocol_sheet("", check) for check in checks), _NEVER),
            provenance_section(values, links, f"contours taken as {describe_convention(wanted.convention)}"),
        ),
        values=values,
        header=tuple(header),
        rows=tuple(rows),
        intended_use=INTENDED_USE,
        version=package_version(),
    )


def _card(check: Checked) -> Card:
    counts = Counter(line.verdict for line in check.lines)
    sheet = check.sheet
    side = check.laterality.side.value if check.laterality else "not needed"
    source = f"{sheet.citation}, doi {sheet.doi}" if sheet.doi else str(sheet.citation)
    return Card(
        f"{sheet.id}: {sheet.title}",
        tuple(Fact(verdict.value, str(counts[verdict]), is_key=verdict is Verdict.FAIL) for verdict in Verdict),
        notes=(
            f"{source}. {'Limits seen at their source' if sheet.is_verified else 'Limits unverified'}.",
            f"Fractions: {check.fractions or 'unknown'}; treated side: {side}.",
        ),
        verdict=check.verdict.value,
        tone=_TONES[check.verdict],
    )
