"""The model files, and what is refused in one."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form
from dosimetry.risk.models import (
    AdditiveModel,
    BandedModel,
    RiskModel,
    all_models,
    default_models,
    load_models,
    read_model_file,
    select_models,
    slope_models,
)

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
counts = "coronary-event"
horizon = "10 years"
structure = "heart"
dose_metric = "mean heart dose"
dose_range_gy = [0.51, 15.25]
population = "someone"
"""


@pytest.fixture
def model_file(tmp_path):
    def write(text, name="models_1.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_shipped_slopes_are_the_published_ones():
    shipped = {model.id: (model.per_gy_pct, model.per_gy_ci_pct, model.form) for model in slope_models()}
    assert shipped == {
        "darby-7": (7.0, (3.0, 14.0), Form.LINEAR),
        "sardaro-4": (4.0, None, Form.LINEAR),
        "darby-7.4": (7.4, (2.9, 14.5), Form.LINEAR),
        "jacobse-6.4": (6.4, (1.3, 16.0), Form.LINEAR),
        "taylor-cardiac": (4.1, (2.0, 6.0), Form.LINEAR),
        "taylor-lung": (11.0, (5.0, 20.0), Form.LINEAR),
        "lung-pooled-11": (11.0, (6.0, 19.0), Form.LINEAR),
        "grantzau-8.5": (8.5, (3.1, 23.3), Form.LINEAR),
        "grantzau-17.3": (17.3, (4.5, 54.0), Form.LINEAR),
        "bogaard-16.5": (16.5, (0.6, 35.0), Form.LOG_LINEAR),
    }


def test_shipped_sources():
    darby, sardaro, published = default_models()
    assert darby.source == published.source
    assert darby.source.doi == "10.1056/NEJMoa1209825"
    assert darby.source.citation.endswith("N Engl J Med 2013;368:987-98, doi 10.1056/NEJMoa1209825")
    assert (darby.dose_range_gy, sardaro.dose_range_gy) == ((0.03, 27.72), None)
    assert (sardaro.source.doi, sardaro.endpoint) == (None, "heart disease")
    assert [model.headline for model in default_models()] == [True, True, False]
    assert all(model.verified for model in default_models())


def test_what_was_not_seen_at_its_source_is_not_verified():
    assert {model.id for model in load_models() if not model.verified} == {
        *("darby-by-time", "taylor-cardiac", "taylor-lung"),
        *("quantec-logistic", "quantec-probit", "appelt-logistic"),
    }


def test_observed_ranges():
    ranges = {model.id: model.dose_range_gy for model in load_models() if model.dose_range_gy is not None}
    assert ranges == {
        **dict.fromkeys(("darby-7", "darby-7.4", "darby-by-time"), (0.03, 27.72)),
        "bogaard-16.5": (0.51, 15.25),
        "jacobse-6.4": (0.3, 35.2),
    }


def test_no_model_has_an_interval_without_its_level_or_the_other_way_round():
    for model in load_models():
        if isinstance(model, RiskModel | AdditiveModel):
            assert (model.per_gy_ci_pct is None) == (model.ci_level_pct is None), model.id
    assert all(model.per_gy_ci_pct is None for model in load_models() if isinstance(model, AdditiveModel))


def test_a_dose_at_a_tumour_is_no_mean_of_the_lungs():
    assert {model.structure for model in slope_models() if model.source.id == "grantzau-2014"} == {"lung_site"}


def test_every_model_says_what_it_counts_and_over_which_time():
    assert all(model.endpoint and model.horizon and model.dose_metric and model.where for model in load_models())


def test_bands_of_time():
    (model,) = [model for model in load_models() if isinstance(model, BandedModel)]
    assert [(str(band), band.per_gy_pct, band.per_gy_ci_pct) for band in model.bands] == [
        ("0 to <5", 16.3, (3.0, 64.3)),
        ("5 to <10", 15.5, (2.5, 63.3)),
        ("10 to <20", 1.2, (-2.2, 8.5)),
        ("20+", 8.2, (0.4, 26.6)),
    ]


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
        ('form = "log-linear"', 'form = "cubic"', r"estimate\[0\]: .*'linear', 'log-linear', 'additive'"),
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
    assert str(caught.value).startswith("models_1.toml: risk model: ")
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
    path = tmp_path / "models.toml"
    path.write_bytes(content)
    with pytest.raises(RiskError, match=r"^models\.toml: risk model: not a TOML file"):
        read_model_file(path)


def test_two_estimates_of_one_name_are_refused(model_file):
    text = MINIMAL + MINIMAL[MINIMAL.index("[[estimate]]") :]
    with pytest.raises(RiskError, match=r"models_1\.toml: a: two estimates share this name"):
        read_model_file(model_file(text))


def test_selection_keeps_the_order_asked_and_names_what_exists():
    assert [model.id for model in select_models(["darby-7.4", "sardaro-4", "darby-7.4"])] == [
        "darby-7.4",
        "sardaro-4",
    ]
    with pytest.raises(RiskError, match=r"nope: no such risk model; expected one of darby-7, sardaro-4, "):
        select_models(["nope"])


def test_models_shown_unasked_are_those_of_headline_papers(model_file):
    (other,) = read_model_file(model_file(MINIMAL))
    shown = default_models((*load_models(), other))
    assert [model.id for model in shown] == ["darby-7", "sardaro-4", "darby-7.4"]


BANDED = (
    MINIMAL.replace('form = "log-linear"', 'form = "time-banded"').replace(
        "per_gy_pct = 16.5\nper_gy_ci_pct = [0.6, 35.0]\n", ""
    )
    + """
[[estimate.band]]
from_years = 0.0
per_gy_pct = 10.0
per_gy_ci_pct = [5.0, 20.0]

[[estimate.band]]
from_years = 5.0
per_gy_pct = 2.0
per_gy_ci_pct = [1.0, 4.0]
"""
)
NTCP = (
    MINIMAL.replace('form = "log-linear"', 'form = "logistic"')
    .replace('unit = "%/Gy"', 'unit = "probability"')
    .replace(
        "per_gy_pct = 16.5\nper_gy_ci_pct = [0.6, 35.0]\nci_level_pct = 95.0\n", "b0 = -3.0\nb1_per_gy = 0.1\n"
    )
)


def test_other_forms_are_read(model_file):
    (banded,) = read_model_file(model_file(BANDED))
    assert [(band.from_years, band.to_years) for band in banded.bands] == [(0.0, 5.0), (5.0, float("inf"))]
    (ntcp,) = read_model_file(model_file(NTCP))
    assert (ntcp.form, ntcp.b0, ntcp.b1_per_gy, ntcp.modifiers) == (Form.LOGISTIC, -3.0, 0.1, ())


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (BANDED, "from_years = 5.0", "from_years = 0.0", "bands start at 0 years and ascend"),
        (BANDED, "from_years = 0.0", "from_years = 1.0", "bands start at 0 years and ascend"),
        (BANDED, "per_gy_ci_pct = [1.0, 4.0]\n", "", "stand together or not at all"),
        (NTCP, "b0 = -3.0\n", "", "a logistic model has b0 and b1_per_gy"),
        (NTCP, "b0 = -3.0\n", "b0 = -3.0\nm = 0.4\n", "a logistic model has b0 and b1_per_gy"),
        (MINIMAL, 'form = "log-linear"', 'form = "additive"', "unit %/Gy does not belong to form additive"),
        (MINIMAL, 'counts = "coronary-event"', 'counts = "events"', r"estimate\[0\]\.counts: "),
        (MINIMAL, 'horizon = "10 years"\n', "", r"estimate\[0\]\.horizon: key is missing"),
    ],
)
def test_faults_of_other_forms_are_refused(model_file, text, old, new, message):
    assert old in text
    with pytest.raises(RiskError, match=message):
        read_model_file(model_file(text.replace(old, new)))


def test_a_users_models_stand_beside_those_of_the_package(model_file):
    known = all_models([model_file(MINIMAL)])
    assert [model.id for model in select_models(["a", "darby-7"], known)] == ["a", "darby-7"]
    with pytest.raises(RiskError, match=r"darby-7: two estimates share this name; rename one"):
        all_models([model_file(MINIMAL.replace('id = "a"\nlabel', 'id = "darby-7"\nlabel'))])


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(RiskError, match=r"^none\.toml: risk model: cannot be read"):
        read_model_file(tmp_path / "none.toml")
