"""Every decimal string is the float64 that Python's float() makes of it, bit for bit."""

from __future__ import annotations

import os
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.kernels.decimals import parse_decimals

COMPILED = os.environ.get("NUMBA_DISABLE_JIT") != "1"
MANY = 200_000 if COMPILED else 1500

EDGES = [
    "0", "-0", "+0", "0.0", "-0.0", "00", "-0e5", "0e-999", "1", "+1", "-1", "007", "-007.50", ".5", "-.5", "5.",
    "+5.", "0.1", "0.2", "0.3", "1e0", "1E0", "1e+0", "1e-0", "1e5", "1E-5", "5.4e-1", "1e22", "1e23", "1e-22",
    "1e-23",
    "9007199254740991", "9007199254740992", "9007199254740993", "9007199254740993e1", "-9007199254740993",
    "0.000000000000000000001", "123456789012345678", "1234567890123456789", "12345678901234567890",
    "1" + "0" * 25, "0." + "0" * 30 + "1", "0" * 40 + "1.5", "1." + "0" * 40, "0." + "3" * 40, "9" * 19, "9" * 20,
    "18446744073709551615", "18446744073709551616", "2.2250738585072014e-308", "2.2250738585072011e-308", "5e-324",
    "4.9e-324", "2e-324", "1e-400", "1.7976931348623157e308", "9007199254740992e22", "9007199254740992e-22",
    "1e0000000000000000000005", "1e-00000000000000000000003", "1e-99999999999", "8.5e15", "-218.63", "1.0e-2",
]  # fmt: skip
NOT_NUMBERS = [
    "", " ", "1_000", "nan", "NaN", "inf", "-inf", "Infinity", "0x1", "1,5", "1 2", "- 1", "1e", "1e+", "1e-", "e5",
    ".", "-", "+", "-.", ".e1", "--1", "+-1", "1-", "1.2.3", "1..2", "1e5.5", "1e5e5", "\t1", "1\t", "1\n", "1d5",
    "\0", "\0001", "1\0002", "1\0 ", "١", "½", "1f", "1j", "(1)", "'1'", "1%",
]  # fmt: skip


def parse(text):
    data = text if isinstance(text, bytes) else text.encode()
    values = np.empty(data.count(b"\\") + 1)
    bad = parse_decimals(np.frombuffer(data, dtype=np.uint8), values)
    return int(bad), values


def bits(value):
    return struct.pack("<d", value)


def check(texts):
    """Compare all numbers; NaN means that the kernel leaves the number to float(), and is counted."""
    bad, values = parse("\\".join(texts))
    assert bad == -1
    left = np.isnan(values)
    wrong = [
        text for text, value, is_left in zip(texts, values, left, strict=True)
        if not is_left and bits(value) != bits(float(text.strip(" \0")))
    ]  # fmt: skip
    assert wrong == []
    return int(left.sum())


@pytest.mark.parametrize("text", EDGES)
def test_edges(text):
    check([text])


def test_what_planning_systems_write_is_never_left_to_python():
    drawn = random.Random(5)  # noqa: S311
    texts = [f"{drawn.uniform(-600, 600):.{drawn.randint(0, 12)}f}" for _ in range(MANY)]
    texts += [f"{drawn.uniform(-600, 600):.{drawn.randint(0, 8)}e}" for _ in range(MANY // 4)]
    assert check(texts) == 0


def test_sixteen_characters_of_anything():
    drawn = random.Random(6)  # noqa: S311
    texts = []
    for _ in range(MANY // 4):
        mantissa = "".join(drawn.choices("0123456789", k=drawn.randint(1, 20)))
        at = drawn.randint(0, len(mantissa))
        sign, tail = drawn.choice(("", "-", "+")), drawn.choice(("", f"e{drawn.randint(-330, 290)}"))
        texts.append(f"{sign}{mantissa[:at]}.{mantissa[at:]}{tail}")
    check(texts)


decimal_strings = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", " ", "   "]),
    st.sampled_from(["", "+", "-"]),
    st.one_of(
        st.from_regex(r"[0-9]{1,25}", fullmatch=True),
        st.from_regex(r"[0-9]{0,20}\.[0-9]{1,25}", fullmatch=True),
        st.from_regex(r"[0-9]{1,20}\.", fullmatch=True),
    ),
    st.one_of(st.just(""), st.builds("{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]),
                                     st.integers(0, 400))),
    st.sampled_from(["", " ", "  ", "\0", " \0", "\0\0"]),
)  # fmt: skip


@given(st.lists(decimal_strings, min_size=1, max_size=8))
def test_any_decimal_strings(texts):
    check(texts)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shortest_text_of_any_float(value):
    check([repr(value)])


@pytest.mark.parametrize("text", NOT_NUMBERS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_other_text_is_an_error_at_its_place(text, place):
    texts = ["1.5", "-2e1", "3"]
    texts[place] = text
    assert parse("\\".join(texts))[0] == place


@given(st.binary(max_size=12).filter(lambda data: b"\\" not in data))
def test_any_bytes_are_a_number_only_where_they_are_one_for_python(data):
    bad, values = parse(data)
    text = data.strip(b" \0")
    if bad == -1:
        assert set(text) <= set(b"0123456789+-.eE")
        assert np.isnan(values[0]) or bits(values[0]) == bits(float(text))
    elif set(data) <= set(b"0123456789+-.eE"):
        with pytest.raises(ValueError, match="could not convert"):
            float(data)


@pytest.mark.parametrize(("text", "bad"), [("1\\", 1), ("\\1", 0), ("1\\\\2", 1), ("\\", 0)])
def test_missing_values_are_errors(text, bad):
    assert parse(text)[0] == bad
