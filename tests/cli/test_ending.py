"""Exit codes."""

from __future__ import annotations

import pytest
import typer

from dosimetry.cli.ending import finish
from dosimetry.warnings import Caution, Code

CAUTIONS = [
    Caution(Code.OUTSIDE_GRID, "Heart", "3.1 cc lie outside the dose grid"),
    Caution(Code.DOSE_SUMMED, "dose", "sum of two"),
    Caution(Code.OUTSIDE_GRID, "Heart", "3.1 cc lie outside the dose grid"),
]


@pytest.mark.parametrize(
    ("cautions", "strict", "failed", "code"),
    [
        ([], True, False, None),
        (CAUTIONS, False, False, None),
        (CAUTIONS, True, False, 1),
        ([], False, True, 1),
    ],
)
def test_finish(capsys, cautions, strict, failed, code):
    if code is None:
        finish(cautions, strict=strict, failed=failed)
    else:
        with pytest.raises(typer.Exit) as caught:
            finish(cautions, strict=strict, failed=failed)
        assert caught.value.exit_code == code
    said = "dosimetry: 2 warnings and --strict: exit code 1\n" if strict and cautions else ""
    assert capsys.readouterr() == ("", said)
