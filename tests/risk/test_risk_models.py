"""The model files, and what is refused in one."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form
from dosimetry.risk.models import default_models, load_models, read_model_file, select_models

MINIMAL = """
[source]
id = "a-2020"
authors = "A et al."
year = 2020
journal = "J 2020;1:2-3"

[[estimate]]
id = "a"
label = "A 2020"
headline = false
verified = false
where = "table 2"
form = "log-linear"
unit = "%/Gy"
per_gy_pct = 16.5
per_gy_ci_pct = [0.6, 35.0]
ci_level_pct = 95.0
endpoint = "events"
structure = "heart"
dose_metric = "mean heart dose"
dose_range_gy = [0.51, 15.25]
population = "someone"
"""


@pytest.fixture
def model_file(tmp_path):
    def write(text, name="a_2020.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_shipped_slopes_are_the_published_ones():
    shipped = {model.id: (model.per_gy_pct, model.per_gy_ci_pct, model.form) for model in load_models()}
    assert shipped == {
        "darby-7": (7.0, (3.0, 14.0), Form.LINEAR),
        "sardaro-4": (4.0, None, Form.LINEAR),
        "darby-7.4": (7.4, (2.9, 14.5), Form.LINEAR),
    }


def test_shipped_sources():
    darby, sardaro, published = load_models()
    assert darby.source == published.source
    assert darby.source.doi == "10.1056/NEJMoa1209825"
    assert darby.source.citation.endswith("N Engl J Med 2013;368:987-98, doi 10.1056/NEJMoa1209825")
    assert (darby.dose_range_gy, sardaro.dose_range_gy) == ((0.03, 27.72), None)
    assert (sardaro.source.doi, sardaro.endpoint) == (None, "heart disease")
    assert [model.headline for model in load_models()] == [True, True, False]
    assert all(model.verified for model in load_models())
    assert {model.ci_level_pct for model in load_models()} == {95.0, None}


def test_every_shipped_file_is_loaded_and_described():
    folder = files("dosimetry.risk").joinpath("models")
    names = [path.name for path in folder.iterdir() if path.name.endswith(".toml")]
    hashes = {hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() for name in names}
    assert hashes == {model.sha256 for model in load_models()}
    readme = folder.joinpath("README.md").read_text(encoding="utf-8")
    assert [model.id for model in load_models() if f"`{model.id}`" not in readme] == []


def test_minimal_file(model_file):
    (model,) = read_model_file(model_file(MINIMAL))
    assert (model.id, model.form, model.per_gy, model.notes) == ("a", Form.LOG_LINEAR, 0.165, ())
    assert model.per_gy_ci == pytest.approx((0.006, 0.35))
    assert model.dose_range_gy == (0.51, 15.25)
    assert model.source.title is None


def test_a_missing_interval_stays_missing(model_file):
    text = MINIMAL.replace("per_gy_ci_pct = [0.6, 35.0]\nci_level_pct = 95.0\n", "")
    (model,) = read_model_file(model_file(text))
    assert (model.per_gy_ci_pct, model.per_gy_ci, model.ci_level_pct) == (None, None, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('where = "table 2"', 'where = "table 2"\nslope = 3', r"estimate\[0\]\.slope: unknown key"),
        ('authors = "A et al."\n', "", r"source\.authors: key is missing"),
        ("per_gy_pct = 16.5", "per_gy_pct = 40.0", r"per_gy_pct 40 does not lie in its interval 0\.6 to 35"),
        ("[0.6, 35.0]", "[35.0, 0.6]", r"does not lie in its interval"),
        ("[0.6, 35.0]", "[0.6]", r"estimate\[0\]\.per_gy_ci_pct: .*at least 2"),
        ("ci_level_pct = 95.0\n", "", r"stand together or not at all"),
        ("per_gy_ci_pct = [0.6, 35.0]\n", "", r"stand together or not at all"),
        ("per_gy_pct = 16.5", "per_gy_pct = nan", r"estimate\[0\]\.per_gy_pct: .*finite"),
        ("per_gy_pct = 16.5", 'per_gy_pct = "16.5"', r"estimate\[0\]\.per_gy_pct: .*valid number"),
        ("per_gy_pct = 16.5", "per_gy_pct = true", r"estimate\[0\]\.per_gy_pct: .*valid number"),
        ('form = "log-linear"', 'form = "cubic"', r"estimate\[0\]\.form: .*'linear' or 'log-linear'"),
        ('unit = "%/Gy"', 'unit = "%/cGy"', r"estimate\[0\]\.unit: "),
        ("[0.51, 15.25]", "[15.25, 0.51]", r"not an ascending range"),
        ("[0.51, 15.25]", "[-1.0, 15.25]", r"not an ascending range"),
        ("year = 2020", 'year = 2020\ndoi = "https://doi.org/10.1/x"', r"source\.doi: "),
        ("verified = false", 'verified = "no"', r"estimate\[0\]\.verified: "),
        ("[[estimate]]", "[[estimates]]", r"estimate: key is missing"),
        ('id = "a"', 'id = "A b"', r"estimate\[0\]\.id: "),
    ],
)
def test_faulty_files_are_refused_with_file_and_key(model_file, old, new, message):
    assert old in MINIMAL
    with pytest.raises(RiskError, match=message) as caught:
        read_model_file(model_file(MINIMAL.replace(old, new)))
    assert str(caught.value).startswith("a_2020.toml: risk model: ")
    assert "\n" not in str(caught.value)


def test_slope_without_meaning_within_its_own_range_is_refused(model_file):
    text = MINIMAL.replace('"log-linear"', '"linear"').replace("[0.6, 35.0]", "[-10.0, 35.0]")
    with pytest.raises(RiskError, match=r"linear model has no meaning at 15\.25 Gy"):
        read_model_file(model_file(text))


def test_many_faults_are_counted(model_file):
    with pytest.raises(RiskError, match=r"key is missing, .* and [0-9]+ more"):
        read_model_file(model_file("[source]\n[[estimate]]\n"))


@pytest.mark.parametrize("content", [b"a = ", b"\xff\xfe", b"[source\n", b"a = 1\na = 2\n"])
def test_what_is_not_toml_is_refused(tmp_path, content):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(RiskError, match=r"^x\.toml: risk model: not a TOML file"):
        read_model_file(path)


def test_two_estimates_of_one_name_are_refused(model_file):
    text = MINIMAL + MINIMAL[MINIMAL.index("[[estimate]]") :]
    with pytest.raises(RiskError, match=r"a_2020\.toml: a: two estimates share this name"):
        read_model_file(model_file(text))


def test_selection_keeps_the_order_asked_and_names_what_exists():
    assert [model.id for model in select_models(["darby-7.4", "sardaro-4", "darby-7.4"])] == [
        "darby-7.4",
        "sardaro-4",
    ]
    with pytest.raises(
        RiskError, match=r"nope: no such risk model; expected one of darby-7, sardaro-4, darby-7\.4"
    ):
        select_models(["nope"])


def test_models_shown_unasked_are_those_of_headline_papers(model_file):
    (other,) = read_model_file(model_file(MINIMAL))
    shown = default_models((*load_models(), other))
    assert [model.id for model in shown] == ["darby-7", "sardaro-4", "darby-7.4"]
