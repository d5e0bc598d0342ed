"""Second opinions and constraint sheets as sections of a report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dosimetry.crosscheck.finding import Status
from dosimetry.dvh.binned import VOLUME
from dosimetry.report.document import Cautions, Section
from dosimetry.report.numbers import MISSING, change, number, number_bounds, outward
from dosimetry.report.sheet import Sheet
from dosimetry.warnings import gathered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.crosscheck.finding import Check, Finding
    from dosimetry.protocols.verdict import Checked, Judged
    from dosimetry.report.document import Block

__all__ = ["opinion_sections", "opinion_sheet", "protocol_sheet"]

_ALWAYS = (VOLUME, "Mean[Gy]")
_WORDS = {Status.AGREES: "agrees", Status.DIFFERS: "differs", Status.NOT_CHECKED: "unchecked"}
_REST = "Shown are volume, mean, and every value that differs; the others are in the JSON document."


def opinion_sections(
    second: Sequence[Check], tps: Sequence[Check], protocols: Sequence[tuple[str, Checked]]
) -> tuple[Section, ...]:
    """Return a section for each kind of opinion that was asked for.

    Parameters
    ----------
    second, tps
        What dicompyler-core and the planning system's own histograms say.
    protocols
        Constraint sheets, each with the plan in words.
    """
    found = []
    if second:
        title = "Second check: dicompyler-core on the same files"
        found.append(Section("second", title, (opinion_sheet(second), _told(second))))
    if tps:
        title = "Beside the planning system's own histograms"
        found.append(Section("tps", title, (opinion_sheet(tps), _told(tps))))
    if protocols:
        blocks: list[Block] = []
        for side, checked in protocols:
            blocks += [protocol_sheet(side, checked), Cautions(gathered(checked.all_warnings))]
        found.append(Section("protocols", "Constraint sheets", tuple(blocks)))
    return tuple(found)


def _told(checks: Sequence[Check]) -> Cautions:
    return Cautions(gathered(caution for check in checks for caution in check.warnings))


def opinion_sheet(checks: Sequence[Check]) -> Sheet:
    """Return what one source says of every structure; `checks` are all of the same source, and not none."""
    source = checks[0].source
    lead = f"{_counts(checks)}. Beside {source.name}, {source.rule}."
    rows: list[tuple[str, ...]] = []
    for check in checks:
        shown = [
            _row(one) for name, one in check.findings.items() if name in _ALWAYS or one.status is Status.DIFFERS
        ]
        if check.problem or not shown:
            shown = [("all", *(MISSING,) * 3, _WORDS[Status.NOT_CHECKED], check.problem)]
        rows += [
            (f"{check.roi}\n{_counts([check])}" if place == 0 else check.roi, *row)
            for place, row in enumerate(shown)
        ]
    heads = ("Structure", "Metric", "Here", source.title, "Difference", "Found", "Why not")
    return Sheet("", lead, heads, tuple(rows), "llrrrll", (_REST,))


def _counts(checks: Sequence[Check]) -> str:
    found = Counter(one.status for check in checks for one in check.findings.values())
    agree, differ, unchecked = (found[status] for status in (Status.AGREES, Status.DIFFERS, Status.NOT_CHECKED))
    return f"{agree} values agree, {differ} differ, {unchecked} unchecked"


def _row(one: Finding) -> tuple[str, ...]:
    unit = one.metric[one.metric.rindex("[") + 1 : -1] if "[" in one.metric else ""
    return (
        one.metric,
        f"{number(one.here, unit)}{_bounds(one.bounds_here, unit)}",
        f"{number(one.there, unit)}{_there(one, unit)}",
        change(one.difference, unit),
        _WORDS[one.status],
        one.reason,
    )


def _there(one: Finding, unit: str) -> str:
    if one.tolerance is not None and one.there is not None:
        _, most = outward((0.0, one.tolerance), 1 if unit == "%" else 2)
        return f" (±{number(most, unit)})"
    return _bounds(one.bounds_there, unit)


def _bounds(pair: tuple[float, float] | None, unit: str) -> str:
    if pair is None or pair[0] == pair[1]:
        return ""
    low, high = outward(pair, 1 if unit == "%" else 2)
    return f" ({number(low, unit)}–{number(high, unit)})"


def protocol_sheet(side: str, checked: Checked) -> Sheet:
    """Return one plan held against one constraint sheet; `side` says which plan."""
    sheet = checked.sheet
    source = f"{sheet.citation}, doi {sheet.doi}" if sheet.doi else str(sheet.citation)
    heads = ("Structure", "Measured", "Value", "Goal", "Acceptable", "Verdict", "Remark")
    return Sheet(
        f"{sheet.id}, {side}: {checked.verdict.value}" if side else f"{sheet.id}: {checked.verdict.value}",
        f"{sheet.title}; {source}.",
        heads,
        tuple(_line(line) for line in checked.lines),
        "llrllll",
        tuple(sheet.notes),
    )


def _line(line: Judged) -> tuple[str, ...]:
    value = line.value
    shown = MISSING
    if value is not None and value.value is not None:
        bounds = number_bounds(value)
        shown = f"{number(value.value, value.unit)} {value.unit}{f' ({bounds})' if bounds else ''}"
    remarks = [line.reason, line.constraint.note, "" if line.constraint.verified else "limit unverified"]
    return (
        line.subject,
        line.metric,
        shown,
        str(line.goal) if line.goal else MISSING,
        str(line.acceptable) if line.acceptable else MISSING,
        line.verdict.value,
        "; ".join(filter(None, remarks)),
    )
