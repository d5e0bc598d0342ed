"""Figures of dose-volume histograms."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from dosimetry.dvh.band import band
from dosimetry.report.figures import Curve, dvh_figure, dvh_panel, figure_bytes
from dosimetry.report.palette import slot_style
from dosimetry.report.svg import inline_svg, swatch


def _parsed(svg):
    return ET.fromstring(svg)  # noqa: S314  our own output


def _texts(svg):
    return [element.text for element in _parsed(svg).iter() if element.tag.endswith("text")]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "$x_1$", "a$b", r"\frac{1}{2}", r"\$x$", "{}%&", "x" * 40]
)
def test_labels_are_drawn_as_they_are(pair, name):
    svg = figure_bytes(dvh_figure([Curve(name, pair.heart.with_.dvh, 0)], name), "svg")
    assert _texts(svg).count(name) == 2
    assert b"<script" not in svg


def test_labels_that_matplotlib_would_hide_are_drawn(pair):
    svg = figure_bytes(dvh_figure([Curve("_hidden", pair.heart.with_.dvh, 0)], ""), "svg")
    assert "\u200b_hidden" in _texts(svg)


def test_long_names_are_cut_and_marks_of_direction_replaced(pair):
    names = ["N" * 64, "a\u202eb"]
    curves = [Curve(name, pair.heart.with_.dvh, slot) for slot, name in enumerate(names)]
    shown = _texts(figure_bytes(dvh_figure(curves, ""), "svg"))
    assert "N" * 39 + "…" in shown
    assert "a\ufffdb" in shown


def test_a_slot_looks_the_same_in_both_plans(pair):
    dvh = pair.heart.with_.dvh
    axes = dvh_panel([Curve("a", dvh, 3), Curve("a", dvh, 3, dashed=True)]).axes[0]
    solid, dashed = axes.lines
    assert solid.get_color() == dashed.get_color() == slot_style(3)[0]
    assert solid.get_marker() == dashed.get_marker() == slot_style(3)[1]
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert axes.get_legend() is None


def test_curves_are_those_of_the_histogram(pair):
    dvh = pair.heart.with_.dvh
    [line] = dvh_panel([Curve("a", dvh, 0)], limit_gy=60.0).axes[0].lines
    dose, volume = line.get_data()
    assert volume[0] == 100.0
    assert dose[-1] == pytest.approx(dvh.max_gy)
    at_20 = next(share for gy, share in zip(dose, volume, strict=True) if gy >= 20.0)
    assert at_20 == pytest.approx(dvh.metric("V20Gy[%]"), abs=0.1)


def test_inline_figures_keep_to_themselves(pair):
    svg = inline_svg(dvh_panel([Curve("a", pair.heart.with_.dvh, 0)]), "one", 'DVH <of> "a" & b')
    root = _parsed(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == root[0].text == 'DVH <of> "a" & b'
    assert "<style" not in svg
    assert "metadata" not in svg
    assert "font-family" not in svg
    assert all(element.get("id").startswith("one-") for element in root.iter() if element.get("id"))


@pytest.mark.parametrize("slot", range(10))
def test_every_marker_has_a_swatch(slot):
    solid, dashed = swatch(slot, dashed=False), swatch(slot, dashed=True)
    assert slot_style(slot)[0] in solid
    assert "dasharray" in dashed
    assert "dasharray" not in solid


def test_the_band_is_the_interval_of_the_volume_at_each_dose(pair):
    dvh = pair.heart.with_.dvh
    shaded = band(dvh, 60.0)
    assert (shaded.dose_gy[0], shaded.dose_gy[-1]) == (0.0, 60.0)
    for dose, low, high in list(zip(shaded.dose_gy, shaded.low_pct, shaded.high_pct, strict=True))[::7]:
        assert (low, high) == dvh.interval(f"V{dose:.3f}Gy[%]")
    widths = shaded.high_pct - shaded.low_pct
    assert widths.min() >= 0
    assert widths.max() > 0.1
    assert band(replace(dvh, basis=None), 60.0) is None


def test_a_band_is_drawn_where_there_is_one(pair):
    dvh = pair.heart.with_.dvh
    figure = dvh_figure([Curve("a", dvh, 0, band=band(dvh, 60.0)), Curve("b", dvh, 1)], "", foot="Shaded: $x$")
    assert len(figure.axes[0].collections) == 1
    assert "Shaded: $x$" in _texts(figure_bytes(figure, "svg"))
