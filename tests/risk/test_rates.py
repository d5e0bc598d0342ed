"""Rate tables: the example, and what is refused in one."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.errors import RiskError
from dosimetry.risk.rates import example_rates, read_rates

MINIMAL = """# source: a registry, 2020
# population: women
# synthetic: no
age,all_causes_per_100000,coronary_event_per_100000,coronary_death_per_100000
50,250,110,28
51,270,120,31
"""


@pytest.fixture
def rate_file(tmp_path):
    def write(text, name="rates.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_example_is_complete_and_says_that_it_is_made_up():
    table = read_rates(example_rates())
    assert table.synthetic
    assert (table.first_age, table.last_age) == (20, 101)
    assert set(table.rates) == {
        *("all_causes", "coronary_event", "coronary_death", "cardiac_death", "lung_cancer", "lung_cancer_death")
    }
    for name in ("coronary_death", "cardiac_death", "lung_cancer_death"):
        assert np.all(table.rates[name] < table.rates["all_causes"])
    assert np.all(table.rates["coronary_death"] < table.rates["coronary_event"])


def test_rates_are_per_person_year_and_constant_through_a_year_of_age(rate_file):
    table = read_rates(rate_file(MINIMAL))
    assert (table.source, table.population, table.synthetic) == ("a registry, 2020", "women", False)
    found = table.at("coronary_event", np.array([50.0, 50.99, 51.0, 52.0]))
    np.testing.assert_allclose(found, [0.0011, 0.0011, 0.0012, 0.0012], rtol=1e-12)


def test_byte_order_mark_and_windows_lines_are_read(rate_file):
    table = read_rates(rate_file(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()))
    assert table.rates["all_causes"][1] == pytest.approx(0.0027, rel=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# source: a registry, 2020\n", "", "does not state its source"),
        ("# population: women\n", "", "does not state its population"),
        ("# synthetic: no\n", "", "does not state its synthetic"),
        ("synthetic: no", "synthetic: perhaps", "neither yes nor no"),
        ("51,270", "52,270", "ages are not one year apart"),
        ("51,270", "50,270", "ages are not one year apart"),
        ("51,270", "51.5,270", "row 2: age is no whole number"),
        ("51,270", "510,270", "row 2: age is out of range"),
        ("51,270,120", "51,270,-120", "coronary_event at age 51: not a rate"),
        ("51,270,120", "51,270,nan", "coronary_event at age 51: not a rate"),
        ("51,270,120", "51,270,", "coronary_event at age 51: not a rate"),
        ("51,270,120,31", "51,270,120", "row 2: row has another number of cells"),
        ("51,270,120,31", "51,270,120,310", "coronary_death at age 51: more deaths of one cause than of all"),
        ("coronary_event_per_100000", "coronary_event", "coronary_event: unknown column"),
        ("coronary_event_per_100000", "strokes_per_100000", "strokes_per_100000: unknown column"),
        ("coronary_event_per_100000", "coronary_death_per_100000", "header is not one of rates"),
        ("age,all", "years,all", "header is not one of rates"),
        ("50,250,110,28\n51,270,120,31\n", "", "has no rows"),
    ],
)
def test_faulty_tables_are_refused_with_row_and_column(rate_file, old, new, message):
    assert old in MINIMAL
    with pytest.raises(RiskError, match=message) as caught:
        read_rates(rate_file(MINIMAL.replace(old, new)))
    assert str(caught.value).startswith("rates.csv: rate table")
    assert "\n" not in str(caught.value)


def test_what_is_no_text_is_refused(rate_file):
    with pytest.raises(RiskError, match="is not UTF-8 text"):
        read_rates(rate_file(b"\xff\xfe\x00"))


def test_ages_and_columns_beyond_the_table_are_refused(rate_file):
    table = read_rates(rate_file(MINIMAL))
    with pytest.raises(RiskError, match=r"outside of the rate table; expected 50 to 52 years; found 49 to 49"):
        table.at("coronary_event", np.array([49.0]))
    with pytest.raises(RiskError, match=r"lung_cancer_per_100000: rate table lacks a column"):
        table.at("lung_cancer", np.array([50.0]))
