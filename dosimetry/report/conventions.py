"""Conventions in words.

What is not stated of a convention is left out: not every one has a system behind it, or a source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.dvh.convention import Convention

__all__ = ["FIELDS", "RULES", "convention_row", "describe_convention", "describe_source", "rule_row"]

RULES = ("slice_rule", "end_cap", "inclusion", "cap_limit_mm")
"""What decides how contours are taken."""

FIELDS = ("name", *RULES, "gap_factor", "system", "description", "source", "doi", "verified")
"""The columns of a list of conventions."""


def describe_convention(convention: Convention) -> str:
    """Return name and rules of a convention as one clause, with what stands behind it."""
    stated = _stated(convention)
    rules = [f"{key.replace('_', ' ')} {stated[key]}" for key in RULES if stated.get(key) is not None]
    if stated.get("source"):
        rules.append(f"after {stated['source']}" + ("" if stated.get("verified") else ", unverified"))
    return f"{convention.name} ({', '.join(rules)})"


def describe_source(convention: Convention) -> list[str]:
    """Return lines that say in words what a convention is, whose it is, and where that is said."""
    stated = _stated(convention)
    system, lacks, source = (stated.get(key) for key in ("system", "not_modelled", "source"))
    lines = [str(stated["description"])] if stated.get("description") else []
    lines += [f"of {system}"] if system else []
    lines += [f"not modelled: {item}" for item in (lacks if isinstance(lacks, list | tuple) else ())]
    lines += [f"{source}, {'seen at its source' if stated.get('verified') else 'unverified'}"] if source else []
    return lines


def rule_row(convention: Convention) -> tuple[str | float | None, ...]:
    """Return the rules of a convention as cells."""
    return tuple(_cell(_stated(convention).get(key)) for key in RULES)


def convention_row(convention: Convention) -> tuple[str | float | None, ...]:
    """Return everything that a convention states as cells; None for what it does not."""
    stated = _stated(convention)
    return tuple(_cell(stated.get(key)) for key in FIELDS)


def _stated(convention: Convention) -> Mapping[str, object]:
    return convention.as_dict()


def _cell(value: object) -> str | float | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return value if value is None or isinstance(value, float) else str(value)
