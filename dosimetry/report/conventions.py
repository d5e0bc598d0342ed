"""Conventions in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.dvh.convention import Convention

__all__ = ["FIELDS", "convention_row", "describe_convention"]

FIELDS = ("name", "slice_rule", "end_cap", "inclusion", "source", "verified")
"""What a list of conventions shows."""

_RULES = ("slice_rule", "end_cap", "inclusion", "cap_limit_mm")


def describe_convention(convention: Convention) -> str:
    """Return name and rules of a convention as one clause, with what stands behind it."""
    stated: Mapping[str, object] = convention.as_dict()
    rules = [f"{key.replace('_', ' ')} {stated[key]}" for key in _RULES if stated.get(key) is not None]
    source = stated.get("source")
    if source:
        rules.append(f"{'after' if stated.get('verified') else 'unverified, after'} {source}")
    return f"{convention.name} ({', '.join(rules)})"


def convention_row(convention: Convention) -> tuple[str | None, ...]:
    """Return the fields of a convention as text; None for what it does not state."""
    stated: Mapping[str, object] = convention.as_dict()
    return tuple(_text(stated.get(field)) for field in FIELDS)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)
