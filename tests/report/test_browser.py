"""The page of the sample pair in a headless browser: desktop, phone and print, with and without its script."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest

from dosimetry.report.html import render
from dosimetry.report.imni_page import imni_report

CHROMIUM, PDFTOTEXT = shutil.which("chromium"), shutil.which("pdftotext")
HOSTILE = ['<img src=x onerror="document.title=1">', "N" * 64, "</script><script>document.title=1</script>"]
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (colour) => {
    const shares = colour.map((v) => v / 255);
    const [r, g, b] = shares.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = [];
  for (const element of document.querySelectorAll("body *:not(svg *):not(script)")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    let ground = [255, 255, 255, 1];
    const above = [];
    for (let e = element; e; e = e.parentElement) above.unshift(e);
    for (const e of above) ground = over(parse(getComputedStyle(e).backgroundColor), ground);
    const [a, b] = [light(over(parse(getComputedStyle(element).color), ground)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.tagName}: ${element.textContent}`);
  }
  return low;
}"""
CLIPPED = """() => [...document.querySelectorAll("main *:not(svg *):not(.unseen *):not(.unseen)")].filter((e) => {
  const box = e.getBoundingClientRect();
  return e.checkVisibility() && !e.closest(".scroll") && box.right > document.documentElement.clientWidth + 1;
}).map((e) => `${e.tagName}.${e.className}`)"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(pair, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(imni_report(pair)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def visit(browser, address):
    """Open the page; afterwards nothing may have been said on the console, or asked of the network."""
    opened, told = [], []

    def go(width=1280, height=800, *, where=address, script=True):
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        tab = context.new_page()
        tab.on("console", lambda message: told.append(message.text))
        tab.on("pageerror", lambda error: told.append(str(error)))
        tab.on("request", lambda request: request.url.startswith(("file:", "data:")) or told.append(request.url))
        opened.append(context)
        tab.goto(where)
        return tab

    yield go
    for context in opened:
        context.close()
    assert told == []


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_runs_over(visit, width):
    tab = visit(width, 844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(CLIPPED) == []


def test_summary_takes_two_screens_at_most(visit):
    tab = visit(1280, 900)
    assert tab.locator("section.first").bounding_box()["height"] < 2 * 900


def test_every_text_has_enough_contrast(visit):
    assert visit().evaluate(CONTRAST) == []


def _read(reading):
    """Return the dose, and the volume of each curve, as they are read off."""
    dose, *values = (part.inner_text() for part in reading.locator("> *").all())
    return float(dose.split()[0]), {text.rsplit(" ", 2)[0]: float(text.split()[-2]) for text in values}


def test_pointing_at_a_dose_reads_every_curve(visit, pair):
    tab = visit()
    figure = tab.locator("figure[data-plot]").first
    svg = figure.locator("svg[role=img]")
    svg.scroll_into_view_if_needed()
    frame = svg.bounding_box()
    tab.mouse.move(frame["x"] + 0.5 * frame["width"], frame["y"] + 0.4 * frame["height"])
    dose, values = _read(figure.locator(".reading"))
    assert 10 < dose < 40
    for increment in pair.increments:
        if increment.key not in ("heart", "lung_ipsilateral", "lad"):
            continue
        for dvh, side in ((increment.without.dvh, "without"), (increment.with_.dvh, "with")):
            shown = values[f"{increment.name}, {side} IMN"]
            ends = [dvh.metric(f"V{end:.2f}Gy[%]") for end in (dose - 0.05, dose + 0.05)]
            assert ends[1] - 0.1 <= shown <= ends[0] + 0.1


def test_curves_are_read_by_keyboard(visit):
    tab = visit()
    figure = tab.locator("figure[data-plot]").first
    figure.locator("svg[role=img]").focus()
    tab.keyboard.press("PageUp")
    first, _ = _read(figure.locator(".reading"))
    tab.keyboard.press("ArrowRight")
    assert _read(figure.locator(".reading"))[0] == pytest.approx(first + 0.5)


def test_structures_are_hidden_and_shown_by_keyboard(visit):
    tab = visit()
    figure = tab.locator("figure[data-plot]").first
    box = figure.get_by_role("checkbox", name="Heart")
    group = figure.locator(".legend [data-group]").first.get_attribute("data-group")
    lines = figure.locator(f'svg[role=img] [id^="{group}"]')
    others = figure.locator(".legend [data-group]").nth(1).get_attribute("data-group")
    assert lines.count() >= 2
    assert lines.first.is_visible()
    box.focus()
    tab.keyboard.press("Space")
    assert not any(line.is_visible() for line in lines.all())
    assert figure.locator(f'svg[role=img] [id^="{others}"]').first.is_visible()
    tab.keyboard.press("Space")
    assert lines.first.is_visible()


def test_page_is_whole_without_its_script(visit):
    tab = visit(script=False)
    assert tab.locator("figure svg[role=img]").count() == 2
    assert tab.locator(".legend li").first.inner_text().strip() == "Heart"
    assert tab.locator(".legend input").count() == 0
    assert "+2.64" in tab.locator("main").inner_text()


def test_hostile_names_do_nothing(pair, visit, tmp_path):
    increments = tuple(
        replace(one, name=name) for one, name in zip(pair.increments, HOSTILE, strict=False)
    ) + tuple(pair.increments[len(HOSTILE) :])
    path = tmp_path / "hostile.html"
    path.write_text(render(imni_report(replace(pair, increments=increments))), encoding="utf-8")
    tab = visit(390, 844, where=path.as_uri())
    assert tab.title().startswith("IMN irradiation, left side")
    assert tab.locator(".legend img").count() == 0
    assert tab.get_by_role("checkbox", name=HOSTILE[0]).count() == 1
    tab.locator("figure[data-plot] svg[role=img]").first.focus()
    tab.keyboard.press("ArrowRight")
    assert HOSTILE[0] in tab.locator(".reading").first.inner_text()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_print_on_a4_clips_nothing_and_leads_with_one_page(visit):
    tab = visit(718, 1000)  # A4 less its margins, in pixels of 1/96 inch
    tab.emulate_media(media="print")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 718
    wide = "() => [...document.querySelectorAll('table')].filter((t) => t.offsetWidth > 718).length"
    assert tab.evaluate(wide) == 0
    top = tab.locator("body").bounding_box()["y"]
    summary = tab.locator("section.first").bounding_box()
    assert summary["y"] + summary["height"] - top < (297 - 26) / 25.4 * 96
    pdf = tab.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF")
    if PDFTOTEXT is not None:
        told = subprocess.run([PDFTOTEXT, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
        first, second = told.split("\f")[:2]
        assert "Warnings" in first
        assert "increment-withheld" in first
        assert second.startswith("Dose-volume histograms")
