"""Risk drawn: cumulative risk over age, excess by model, and deaths averted beside deaths added."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from dosimetry.errors import OutputError
from dosimetry.report.palette import slot_style
from dosimetry.report.risk_text import cited, doi, is_extrapolated, standing
from dosimetry.risk.life_table import BANDS_AT_ONCE
from dosimetry.risk.models import BandedModel, RiskModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dosimetry.risk.absolute import AbsoluteEstimate, AgeCurve
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.balance import Balance
    from dosimetry.warnings import Caution

__all__ = ["age_figure", "assessment_figure", "balance_figure", "forest_figure"]

_WIDE = 9.0
_MOST_LETTERS = 170  # that a line of the footer has room for
_MOST_CURVES = 4  # more than these cannot be told apart
_NET_WORDS = {
    "benefit": "net: more averted, throughout",
    "harm": "net: more added, throughout",
    "undecided": "net: no sign supported",
}
_GOOD, _BAD, _NET = 2, 0, 4  # slots of the palette: green, vermilion, black


def assessment_figure(result: Assessment) -> Figure:
    """Return what there is to draw of an assessment, one panel below the other: curves, balance, excess, slopes."""
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    parts: list[tuple[float, Callable[[Axes], None]]] = []
    if result.curves:
        parts.append((4.4, lambda axes: _curves(axes, result.curves)))
    if result.balances:
        rows = sum(len(balance.added) + 2 for balance in result.balances)
        parts.append((1.3 + 0.36 * rows, lambda axes: _balances(axes, result.balances)))
    forest = _forest_rows(result)
    if forest:
        parts.append((1.3 + 0.36 * len(forest[1]), lambda axes: _forest(axes, *forest)))
    if not parts:
        raise OutputError("nothing to draw", item="--plot", remedy="give mean heart doses")
    sources = _sources(result)
    parts.append((0.15 + 0.125 * len(sources), lambda axes: _footer(axes, sources)))
    heights = [height for height, _ in parts]
    figure = Figure(figsize=(_WIDE, sum(heights)), layout="constrained")
    # a figure of its own each: the names at the left of one must not push the others aside
    places = figure.subfigures(len(parts), 1, height_ratios=heights, squeeze=False)[:, 0]
    for place, (_, draw) in zip(places, parts, strict=True):
        draw(place.subplots())
    return figure


def _sources(result: Assessment) -> list[str]:
    """Return a line for each model drawn: a picture goes without the tables that it was printed with."""
    lines = [
        f"{standing(model)}: {model.endpoint.split(' (')[0]}; {doi(model.source)}; horizon: {model.horizon}"
        for model in result.models
        if isinstance(model, RiskModel | BandedModel)  # the others are in tables alone
    ]
    lines += [cited(balance.averted.trial.label, balance.averted.trial.doi) for balance in result.balances]
    return [textwrap.shorten(line, _MOST_LETTERS, placeholder=" …") for line in lines]


def _footer(axes: Axes, lines: Sequence[str]) -> None:
    axes.axis("off")
    axes.text(0, 1, "\n".join(lines), va="top", fontsize=7, color="#444444", transform=axes.transAxes)


def age_figure(curves: Sequence[AgeCurve]) -> Figure:
    """Return the cumulative risk over age of no irradiation and of both plans."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(_WIDE, 4.4), layout="constrained")
    _curves(figure.add_subplot(), curves)
    return figure


def balance_figure(balances: Sequence[Balance]) -> Figure:
    """Return deaths averted beside deaths added, of 1000 women."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    rows = sum(len(balance.added) + 2 for balance in balances)
    figure = Figure(figsize=(_WIDE, 1.3 + 0.36 * rows), layout="constrained")
    _balances(figure.add_subplot(), balances)
    return figure


def forest_figure(result: Assessment) -> Figure:
    """Return what each model adds, with its interval: absolute where there is a baseline, relative otherwise."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    title, rows = _forest_rows(result) or ("", [])
    figure = Figure(figsize=(_WIDE, 1.3 + 0.36 * max(len(rows), 1)), layout="constrained")
    _forest(figure.add_subplot(), title, rows)
    return figure


def _curves(axes: Axes, curves: Sequence[AgeCurve]) -> None:
    """Draw each model in its colour: dotted without irradiation, dashed without, solid with the IMN."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    headline = [curve for curve in curves if curve.estimate.function.model.headline]
    shown = headline if headline and len(curves) > _MOST_CURVES else list(curves)  # those asked for, if they fit
    endpoints = {curve.estimate.function.endpoint for curve in shown}
    first = shown[0]
    bare = {curve.estimate.function.endpoint: curve for curve in reversed(shown)}  # one line for each endpoint
    for slot, endpoint in enumerate(dict.fromkeys(curve.estimate.function.endpoint for curve in shown)):
        label = "no irradiation" if len(bare) == 1 else f"no irradiation, {endpoint}"
        line = (":", "-.", (0, (5, 1, 1, 1, 1, 1)))[slot % 3]
        curve = bare[endpoint]
        axes.plot(curve.ages, curve.none, color="#666666", linestyle=line, linewidth=1.6, label=label)
    for slot, curve in enumerate(shown):
        colour, marker = slot_style(slot)
        name = standing(curve.estimate.function.model, curve.estimate.warnings)
        name += "" if len(endpoints) == 1 else f", {curve.estimate.function.endpoint}"
        every = (0.05 + 0.03 * (slot % 4), 0.16)
        for risk, line, fill, side in (
            (curve.without, "--", "white", "without"),
            (curve.with_, "-", colour, "with"),
        ):
            axes.plot(
                curve.ages,
                risk,
                color=colour,
                linestyle=line,
                linewidth=1.6,
                marker=marker,
                markersize=4.5,
                markevery=every,
                markerfacecolor=fill,
                label=f"{name}, {side} IMN",
            )
        if curve.low is not None and curve.high is not None:
            axes.fill_between(curve.ages, curve.low, curve.high, color=colour, alpha=0.13, linewidth=0)
    function = first.estimate.function
    axes.set_xlabel("Age [years]")
    axes.set_ylabel("Cumulative risk [%]")
    axes.set_xlim(float(first.ages[0]), float(first.ages[-1]))
    axes.set_ylim(bottom=0)
    what = function.endpoint if len(endpoints) == 1 else "endpoints as named"
    title = f"Cumulative risk over age: {what}, {function.method.split(';')[0]}"
    axes.figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    told = ["Shaded: with IMN, slope's interval"] if any(curve.low is not None for curve in shown) else []
    bands = {curve.estimate.function.model.id for curve in shown if _is_envelope(curve.estimate)}
    told += [f"of {name}: an envelope" for name in sorted(bands)]
    told += ["Headline models only"] if len(shown) < len(curves) else []
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=8.5,
        title="\n".join(told),
        title_fontsize=8.5,
        alignment="left",
    )
    _tidy(axes)


def _balances(axes: Axes, balances: Sequence[Balance]) -> None:
    labels: list[str] = []
    place = 0.0
    places: list[float] = []
    for balance in balances:
        gain = balance.averted.averted_pct
        bars = [
            (f"{balance.averted.trial.label}: breast cancer deaths averted", gain.value, gain.coefficient, _GOOD)
        ]
        for harm in balance.added:
            ends = harm.excess_pct.combined or harm.excess_pct.coefficient
            turned = None if ends is None else (-ends[1], -ends[0])
            kind = harm.function.counts.replace("-", " ")
            model = harm.function.model
            name = standing(model, harm.warnings).replace(" (", ", ").rstrip(")")
            bars.append((f"{kind}s added ({name})", -harm.excess_pct.value, turned, _BAD))
        net = _NET_WORDS[balance.verdict] if balance.is_complete else balance.net_name
        bars.append((net, balance.net_pct, balance.net_interval_pct, _NET))
        for text, value, ends, slot in bars:
            colour = slot_style(slot)[0]
            if slot == _NET:
                axes.plot([10 * value], [place], marker="D", markersize=7, color=colour, linestyle="none")
            else:
                axes.barh(place, 10 * value, height=0.6, color=colour, alpha=0.75)
            if ends is not None:
                axes.plot([10 * ends[0], 10 * ends[1]], [place, place], color="#111111", linewidth=1.6)
            labels.append(text)
            places.append(place)
            place += 1.0
        place += 0.6
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.axvline(0, color="#111111", linewidth=0.8)
    axes.set_xlabel("Deaths of 1000 women: averted to the right, added to the left")
    horizon = balances[0].horizon_years
    title = f"Benefit against harm over {horizon:g} years, deaths only"
    axes.figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    _tidy(axes)


_Row = tuple[str, float, tuple[float, float] | None, bool]


def _forest_rows(result: Assessment) -> tuple[str, list[_Row]] | None:
    """Return the title and the rows of the forest: excess where there is a baseline, else the added ERR."""
    if result.absolute:
        title = f"Excess of IMN irradiation {result.absolute[0].function.horizon} [percentage points]"
        rows = [
            (
                f"{e.function.model.id}{_marks(e.warnings, envelope=_is_envelope(e))}: {e.function.endpoint}",
                e.excess_pct.value,
                e.excess_pct.combined or e.excess_pct.coefficient,
                e.function.model.verified,
            )
            for e in result.absolute
        ]
        return title, rows
    if result.relative:
        title = "Added excess relative risk [% of the unirradiated rate]"
        return title, [
            (
                f"{e.model.id}{_marks(e.warnings)}: {e.model.endpoint.split(' (')[0]}",
                e.added_err.value,
                e.added_err.combined or e.added_err.coefficient,
                e.model.verified,
            )
            for e in result.relative
        ]
    return None


def _marks(cautions: Iterable[Caution], *, envelope: bool = False) -> str:
    marks = [*(["envelope"] if envelope else []), *(["extrapolated"] if is_extrapolated(cautions) else [])]
    return f" ({', '.join(marks)})" if marks else ""


def _is_envelope(estimate: AbsoluteEstimate) -> bool:
    """Whether an interval holds all bands of time at their limits at once, which no confidence interval does."""
    return estimate.excess_pct.coefficient is not None and BANDS_AT_ONCE in estimate.notes


def _forest(axes: Axes, title: str, rows: Sequence[_Row]) -> None:
    for place, (_, value, ends, verified) in enumerate(rows):
        colour = slot_style(1)[0]
        if ends is not None:
            axes.plot(ends, [place, place], color=colour, linewidth=1.6)
        axes.plot(
            [value],
            [place],
            marker="s" if ends is not None else "o",
            markersize=7,
            color=colour,
            markerfacecolor=colour if verified else "white",
            linestyle="none",
        )
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.invert_yaxis()
    axes.margins(y=0.6 / max(len(rows), 1))
    axes.axvline(0, color="#111111", linewidth=0.8)
    axes.set_xlabel(title.replace(" [", "\n["))  # in one line it can be wider than the picture
    figure = axes.figure
    figure.suptitle("By model. Circle: no interval published. Hollow: unverified", x=0.01, ha="left", fontsize=11)
    _tidy(axes)


def _tidy(axes: Axes) -> None:
    axes.grid(visible=True, color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
