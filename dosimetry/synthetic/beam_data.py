"""Measured and tabulated values that the dose models were fitted to, with their sources.

Numbers only: facts about beams, which the tests compare the models with. `verified` says that the numbers were read
in the source itself, and not in somebody's transcription of it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BJR_25", "DEPTH_DOSE", "ELECTRON_R50", "OUTPUT", "PENUMBRA", "PROFILES", "Source", "Value"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where numbers are from.

    Attributes
    ----------
    title
        What it is, and where it can be found.
    verified
        Whether the numbers were read there.
    remark
        What is uncertain about them.
    """

    title: str
    verified: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One number.

    Attributes
    ----------
    field_mm
        Side of the square field at 1000 mm.
    depth_mm
        Depth in water.
    beyond_mm
        Distance beyond the field's edge at that depth; None on the axis.
    value
        In percent of the axis: of its maximum for depth doses, at the same depth for profiles; a ratio for output.
    """

    field_mm: float
    depth_mm: float
    beyond_mm: float | None
    value: float


UTRECHT = Source(
    "Commissioning scan of a 6 MV beam, UMC Utrecht, 2004; github.com/kegge13/BistroMath_testenvironment, "
    "output/references/selftestx6d10_ssd100.txt at 62efce5",
    verified=True,
    remark="cylindrical chamber: not to be trusted before 5 mm",
)
DEPTH_DOSE = tuple(
    # Of the mean of the plateau at 15 mm, 100.2 in the file.
    Value(100.0, depth, None, round(dose / 1.002, 2))
    for depth, dose in (
        (5.0, 86.8),
        (10.0, 98.6),
        (20.0, 98.9),
        (30.0, 94.8),
        (40.0, 91.1),
        (50.0, 86.5),
        (60.0, 82.46),
        (80.0, 74.66),
        (100.0, 67.35),
        (120.0, 60.6),
        (150.0, 51.6),
        (180.0, 43.85),
        (200.0, 39.28),
        (250.0, 30.05),
    )
)

BJR = Source(
    "British Journal of Radiology, Supplement 25 (1996), central-axis depth doses of 6 MV at SSD 1000 mm",
    verified=False,
    remark="read in a transcription of tables 5.2.1 to 5.5.1 in a public program, not in the supplement",
)
BJR_25 = (
    Value(60.0, 100.0, None, 64.9),
    Value(60.0, 200.0, None, 36.4),
    Value(70.0, 100.0, None, 65.7),
    Value(70.0, 200.0, None, 37.2),
    Value(100.0, 100.0, None, 67.5),
    Value(100.0, 200.0, None, 39.3),
)

VARIAN = Source(
    "Profiles of a Varian beam at SSD 1000 mm, 2011; github.com/kegge13/BistroMath_testenvironment, "
    "output/varian/w2cad.txt at 62efce5",
    verified=True,
    remark="the file states no energy: 6 MV by its first depth, 15 mm, that of the dose maximum",
)
PROFILES = (
    *(
        Value(100.0, 100.0, beyond, dose)
        for beyond, dose in (
            (10.2, 10.4),
            (15.1, 8.6),
            (20.0, 7.2),
            (25.2, 6.15),
            (30.0, 5.3),
            (35.0, 4.6),
            (40.3, 4.0),
            (45.0, 3.6),
            (49.6, 3.2),
        )
    ),
    *(Value(100.0, 15.0, beyond, dose) for beyond, dose in ((34.5, 2.3), (39.3, 2.1), (44.3, 1.9), (49.3, 1.7))),
    *(
        Value(30.0, 15.0, beyond, dose)
        for beyond, dose in ((9.8, 2.05), (14.8, 1.4), (19.8, 1.1), (24.8, 0.9), (34.8, 0.7), (44.8, 0.55))
    ),
    *(Value(100.0, 200.0, beyond, dose) for beyond, dose in ((40.0, 6.9), (49.5, 5.6))),
)

OUTPUT_SOURCE = Source(
    "Total output of 6 MV by field size, as two public teaching collections have it",
    verified=False,
    remark="rounded, and of no named machine",
)
OUTPUT = (
    Value(30.0, 15.0, None, 0.90),
    Value(50.0, 15.0, None, 0.94),
    Value(150.0, 15.0, None, 1.038),
    Value(200.0, 15.0, None, 1.06),
    Value(300.0, 15.0, None, 1.085),
    Value(400.0, 15.0, None, 1.12),
)

PENUMBRA_SOURCE = Source(
    "Film at 6 MV: 20 % to 80 % is 1.6 mm at 15 mm and 3.7 mm at 100 mm; J Appl Clin Med Phys 2011;12(3):142-160, "
    "table 2, doi 10.1120/jacmp.v12i3.3475",
    verified=True,
    remark="of a field 10 mm wide",
)
# Depth and width in mm.
PENUMBRA = ((15.0, 1.6), (100.0, 3.7))

ELECTRON_SOURCE = Source(
    "Depths of half the maximum of electron beams, as a public teaching collection has them",
    verified=False,
    remark="rules of thumb",
)
# Energy in MeV, depth of the maximum and R50 in mm.
ELECTRON_R50 = ((6.0, 13.0, 24.0), (9.0, 21.0, 36.0), (12.0, 29.0, 50.0), (16.0, 33.0, 67.0))
