"""The comparison in the shape of a page: what stands in which table, with every number as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.dvh.metrics import parse_metric
from dosimetry.report.imni import labels
from dosimetry.report.numbers import MISSING, change, change_bounds, number, number_bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.increment import Increment
    from dosimetry.model.quantity import Quantity
    from dosimetry.warnings import Caution

__all__ = ["Block", "Trio", "blocks", "flat", "glance", "role_label", "trio", "unbounded"]

WITHHELD = "withheld"
NO_INTERVAL = "no interval"
_GLANCE = ("Mean[Gy]", "D2%[Gy]", "V5Gy[%]", "V20Gy[%]")
_GLANCE_COLUMNS = 4  # what A4 has room for, three numbers each


@dataclass(frozen=True)
class Trio:
    """One metric of one structure.

    Attributes
    ----------
    label, unit
        Name of the metric without its unit, and the unit.
    without, with_, change
        Both plans and their difference as text.
    bounds
        The calculation interval of each of the three as text, or that it has none; empty where none was asked for.
    """

    label: str
    unit: str
    without: str
    with_: str
    change: str
    bounds: tuple[str, str, str]


@dataclass(frozen=True)
class Block:
    """One structure with all of its metrics.

    Attributes
    ----------
    name, part
        ROI name, untrusted text; the part that it plays, or an empty text.
    volume
        In cc; both volumes where the plans have different contours.
    rows
        Its metrics; empty where it was not measured.
    warnings
        What touches them.
    """

    name: str
    part: str
    volume: str
    rows: tuple[Trio, ...]
    warnings: tuple[Caution, ...]


def role_label(key: str | None) -> str:
    """Return the key of a part in words: ``"lung_ipsilateral"`` is the ipsilateral lung."""
    words = [word.upper() if word in ("imn", "lad") else word for word in (key or "").split("_")]
    if words[-1] in ("ipsilateral", "contralateral"):
        words.insert(0, words.pop())
    return " ".join(words).replace("chestwall", "chest wall")


def trio(increment: Increment, name: str) -> Trio:
    """Return one metric of a structure; what was withheld says so, what there never was is a dash."""
    metric = parse_metric(name)
    before, after = (side.metrics.get(name) for side in (increment.without, increment.with_))
    values = [quantity.value if quantity else None for quantity in (before, after)]
    changed = increment.metrics.get(name)
    difference = changed.value if changed else None
    shown = change(difference, metric.unit)
    if difference is None and None not in values:
        shown = WITHHELD
    label = str(metric).removesuffix(f"[{metric.unit}]")
    bounds = (
        _bounds(number_bounds, before, increment),
        _bounds(number_bounds, after, increment),
        _bounds(change_bounds, changed, increment),
    )
    return Trio(label, metric.unit, number(values[0], metric.unit), number(values[1], metric.unit), shown, bounds)


def _bounds(shown: Callable[[Quantity], str], quantity: Quantity | None, increment: Increment) -> str:
    if quantity is None or quantity.value is None:
        return ""
    return shown(quantity) or (NO_INTERVAL if increment.intervals else "")


def blocks(result: ImnComparison) -> tuple[Block, ...]:
    """Return every structure that both plans have, with all metrics."""
    return tuple(_block(name, increment, increment.metrics) for increment, name in labels(result).items())


def glance(result: ImnComparison) -> tuple[Block, ...]:
    """Return every structure with the few metrics that a reader looks for first."""
    asked = list(result.heart.metrics)
    names = [name for name in _GLANCE if name in asked]
    names += [name for name in asked if name not in names][: _GLANCE_COLUMNS - len(names)]
    return tuple(_block(name, increment, names) for increment, name in labels(result).items())


def unbounded(result: ImnComparison) -> tuple[str, ...]:
    """Return the names of the structures that were measured and have no intervals."""
    return tuple(
        name for increment, name in labels(result).items() if increment.metrics and not increment.intervals
    )


def _block(name: str, increment: Increment, metrics: Iterable[str]) -> Block:
    volumes = [
        number(side.dvh.volume_cc if side.dvh else None, "cc") for side in (increment.without, increment.with_)
    ]
    return Block(
        name,
        role_label(increment.key),
        " / ".join(dict.fromkeys(volumes)),
        tuple(trio(increment, metric) for metric in metrics),
        increment.warnings,
    )


def flat(settings: Mapping[str, object], above: str = "") -> list[tuple[str, str]]:
    """Return nested settings as pairs of name and text."""
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = f"{above}{str(key).replace('_', ' ')}"
        if isinstance(value, dict) and value:
            rows += flat(value, f"{name}: ")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            rows += [(f"{name}: {item.get('id', index)}", _setting(item)) for index, item in enumerate(value, 1)]
        else:
            rows.append((name, _setting(value)))
    return rows


def _setting(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_setting(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        return "; ".join(_setting(item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return MISSING if value is None else str(value)
