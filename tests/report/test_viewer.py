"""The slice viewer: what is embedded, what hostile names do, and the page driven in a browser."""

from __future__ import annotations

import base64
import json
import re
import shutil
import zlib
from dataclasses import replace

import numpy as np
import pytest

from dosimetry.dicom.images import read_images
from dosimetry.errors import ComparisonError
from dosimetry.report.outlines import outlines
from dosimetry.report.slices import AXIAL, at_plane
from dosimetry.report.viewer import render_viewer
from dosimetry.report.viewer_data import UNKNOWN, coded, viewer_data

HOSTILE = '</script><script>document.title="taken"</script><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def hostile(pair):
    """Return the pair with a heart of a hostile name, and few other structures."""
    return replace(pair, increments=(replace(pair.heart, name=HOSTILE), *pair.increments[1:5]))


@pytest.fixture(scope="module")
def images(pair, project_root):
    found = read_images(project_root / "sample_plans" / "ct" / "left_fb", pair.with_.dose.frame_of_reference_uid)
    return found, found


@pytest.fixture(scope="module")
def source(hostile, images):
    return render_viewer(hostile, images)


@pytest.fixture(scope="module")
def values(source):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', source, re.DOTALL)[1])


def unpacked(text):
    return zlib.decompress(base64.b64decode(text))


def counts_of(text, size):
    steps = np.frombuffer(unpacked(text), dtype=np.uint8).reshape(size)
    return np.cumsum(steps, axis=-1, dtype=np.uint8)


def plane_of(values, place):
    _, rows, columns = values["size"]
    low = [*values["origin_mm"], 0.0]
    high = [low[0] + (columns - 1) * values["step_mm"], low[1] + (rows - 1) * values["step_mm"], 0.0]
    return AXIAL.plane(values["heights_mm"][place], low, high, values["step_mm"])


def test_coding_loses_nothing():
    counts = np.random.default_rng(1).integers(0, 256, (3, 5, 7), dtype=np.uint8)
    assert (counts_of(coded(counts), counts.shape) == counts).all()


def test_embedded_doses_are_those_of_the_plans_within_half_a_step(pair, values):
    for text, side in zip(values["doses"], (pair.without, pair.with_), strict=True):
        counts = counts_of(text, values["size"])
        for place in (0, values["start"], values["size"][0] - 1):
            dose = at_plane(side.dose, plane_of(values, place))
            known = counts[place] != UNKNOWN
            assert (known == np.isfinite(dose)).all()
            assert np.abs(counts[place] * values["step_gy"] - dose)[known].max() <= 0.5 * values["step_gy"] + 1e-9


def test_embedded_outlines_are_the_contours_in_tenths_of_a_millimetre(pair, values):
    [lines] = [json.loads(unpacked(text)) for text in values["lines"]]
    target = next(place for place, one in enumerate(pair.increments) if one.key == "imn_target")
    [own] = outlines(pair.increments[target].with_.structure, plane_of(values, values["start"]))
    [flat] = lines[target][values["start"]]
    shown = np.array(flat).reshape(-1, 2) / 10
    apart = np.linalg.norm(shown[:, None] - own[None, :, :2], axis=2).min(axis=1)
    assert apart.max() <= 0.05 * np.sqrt(2) + 1e-9
    assert len(shown) > 10


def test_the_page_is_small_and_needs_nothing_else(source):
    assert len(source.encode()) < 3_000_000
    assert "http" not in source.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert source.count("<script") == 2
    assert not re.search(r'(?:src|href)="(?!#|data:image/png;base64,)', source)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', source)[1]
    assert policy.startswith("default-src 'none'; ")
    assert re.search(r"script-src 'sha256-[\w+/]{43}='; ", policy)


def test_steps_are_stated(source, values):
    assert f"steps of {values['step_gy']:.2f} Gy at points 3 mm apart" in source
    assert "For looking, not for measuring" in source


def test_doses_in_different_frames_of_reference_have_no_common_planes(pair):
    elsewhere = replace(pair.with_.dose, frame_of_reference_uid="1.2.3")
    with pytest.raises(ComparisonError, match="one frame of reference"):
        viewer_data(replace(pair, with_=replace(pair.with_, dose=elsewhere)), (None, None))


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync.sync_playwright() as driver:
        shown = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield shown
        shown.close()


@pytest.fixture(scope="module")
def file(source, tmp_path_factory):
    path = tmp_path_factory.mktemp("viewer") / "viewer.html"
    path.write_text(source, encoding="utf-8")
    return path


def opened(browser, file, width=1280, height=900):
    page = browser.new_page(viewport={"width": width, "height": height})
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_selector("#viewer:not([hidden])")
    return page, told


def test_the_page_scrolls_toggles_and_reads_doses(browser, file, values):
    page, told = opened(browser, file)
    start = values["start"]
    picture = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(plane.toDataURL()))))"
    before = page.evaluate(picture)
    page.focus("#plane")
    page.keyboard.press("ArrowUp")
    assert f"z = {values['heights_mm'][start + 1]:.1f} mm" in page.text_content("#height")
    assert page.evaluate(picture) != before
    page.keyboard.press("ArrowDown")
    assert page.evaluate(picture) == before
    page.hover("#plane")
    page.mouse.wheel(0, -100)
    page.wait_for_function(f"document.getElementById('slider').value === '{start + 1}'")
    page.mouse.wheel(0, 100)
    page.wait_for_function(f"document.getElementById('slider').value === '{start}'")

    counts = [counts_of(text, values["size"])[start] for text in values["doses"]]
    row, column = 25, 65
    box = page.locator("#plane").bounding_box()
    _, rows, columns = values["size"]
    page.mouse.move(
        box["x"] + (column + 0.5) / columns * box["width"], box["y"] + (row + 0.5) / rows * box["height"]
    )
    one, other = (count[row, column] * values["step_gy"] for count in counts)
    assert other > one > 0
    told_doses = f"without {one:.1f} Gy, with {other:.1f} Gy, difference +{other - one:.1f} Gy"
    assert page.text_content("#reading").startswith(told_doses)

    page.check("input[value='2']")
    difference = page.evaluate(picture)
    assert difference != before
    assert "≥ 1 Gy" in page.text_content("#steps")
    page.locator("#structures input").nth(1).uncheck()
    assert page.evaluate(picture) != difference
    assert told == []
    assert page.title() == "IMN irradiation, left side: planes"
    assert page.locator("#structures bdi").first.text_content().startswith("</script><script>")
    assert page.locator("img").count() == 0
    page.close()


def test_the_page_fits_a_phone(browser, file):
    page, told = opened(browser, file, 375, 800)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert page.locator("#plane").bounding_box()["width"] > 330
    assert told == []
    page.close()


def test_without_scripts_there_is_a_still_picture(browser, file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("#still svg[role=img]").is_visible()
    assert not page.locator("#viewer").is_visible()
    context.close()
