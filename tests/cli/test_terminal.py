"""Text for people: definitions and warnings."""

from __future__ import annotations

from dosimetry.cli.cells import joined
from dosimetry.cli.terminal import definitions, print_warnings
from dosimetry.warnings import Caution, Code

CAUTIONS = [
    Caution(Code.OUTSIDE_GRID, "Heart", "3.1 cc lie outside the dose grid"),
    Caution(Code.DOSE_SUMMED, "dose", "sum of two"),
    Caution(Code.OUTSIDE_GRID, "Heart", "3.1 cc lie outside the dose grid"),
]


def test_definitions_keep_their_lines(capsys):
    definitions([("a", ["first", "[i]second"]), ("bcd", ["third"])])
    assert capsys.readouterr().out == "a    first\n     [i]second\nbcd  third\n"


def test_warnings_are_printed_once_each(capsys):
    print_warnings(CAUTIONS)
    assert capsys.readouterr().out.splitlines() == [
        "Warning: Heart: 3.1 cc lie outside the dose grid [outside-grid]",
        "Warning: dose: sum of two [dose-summed]",
    ]
    assert joined(CAUTIONS) == (
        "Heart: 3.1 cc lie outside the dose grid [outside-grid]; dose: sum of two [dose-summed]"
    )
