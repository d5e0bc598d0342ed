"""What a reader of the benchmark has to know, in words."""

from __future__ import annotations

from dosimetry.validation.intervals import LEAST_SHARE, MOST_RATIO
from dosimetry.validation.score import MISS_PCT

__all__ = ["CHECKS", "GAUSSIAN", "INTERVALS", "METHOD", "MISSES", "NELMS", "POSITIONS"]


def _lines(text: str) -> str:
    return " ".join(text.split())


METHOD = (
    _lines("""
        Bodies of known shape are contoured, written as DICOM RT structures and doses, read back as any export is,
        and measured. Every value is scored twice: against the solid that the convention makes of the contours, in
        closed form where there is one (engine error), and against the body that the contours were drawn around
        (representation error: what is lost between the slices, however exact the engine).
    """),
    _lines("""
        Contour points lie on the body's surface, at most 0.2 mm apart and at least 180 to a closed curve.
        Contours are drawn on every plane that cuts an area out of the body: a plane on a flat face does, a plane
        through a pole or an apex does not, but where dots at them are spoken of.
    """),
    _lines("""
        Doses are linear, 1 Gy/mm along the patient's axis (CC) or from front to back (AP), which trilinear
        interpolation reproduces on any grid; or Gaussian, which no grid reproduces.
    """),
)
CHECKS = _lines("""
    The run fails where one of them is not kept. Engine errors are those to the solid that the convention defines.
    They are shown as the next higher power of ten.
""")
NELMS = _lines(f"""
    A sphere of 24 mm, and cylinders and cones of 24 mm x 24 mm along the patient and across, in gradients of 1
    Gy/mm along the patient and across, 4 to 28 Gy. A miss is a value more than {MISS_PCT:g} % from the true one.
    Test 1: contours every 0.2 mm, four dose grids (0.4 x 0.2 x 0.4, 1, 2 and 3 mm). Test 2: contours and grids of
    1, 2 and 3 mm. The volume counts once a grid; lowest, highest and mean dose, D99 %, D95 %, D5 %, D1 % and
    D0.03cc count once a grid and gradient. The published truth extends bodies by half a slice beyond their end
    contours: with slices of s, from 4 Gy − s/2 to 28 Gy + s/2. Round ends reach that far where a dot is drawn at
    each pole and apex, as in the first row; other rows are of files without dots. Against the bodies as they are,
    how many values half-slice caps can meet depends on where the planes lie, so that several phases follow.
    Published counts are those of Med Phys 42:4435 (doi:10.1118/1.4923175) as cited elsewhere, not read at their
    source; the files here are made anew and differ in what was not known of the originals, such as whether they had
    such dots, and the in-plane position of the grids.
""")
MISSES = _lines("""
    Error by spacing: in test 1 that of the dose grid, in test 2 that of contours and grid.
""")
GAUSSIAN = _lines("""
    What linear interpolation between voxels flattens is part of it: the peak is 20 Gy, sigma 12 mm.
""")
POSITIONS = _lines("""
    One cone in both gradients, its dose stored in frames of each position; differences to the first.
""")
INTERVALS = _lines(f"""
    Of the small and thin bodies. At least {LEAST_SHARE:.0%} must hold the ideal body's value; 0.02 % of a volume
    and 1 mGy are allowed for, since contours of points on a surface lose that much. The median width of the
    intervals is set against the range that holds the middle 95 % of the values over all phases and spacings; the
    median of this ratio over bodies and doses must not exceed {MOST_RATIO:g}. The last column sets it against the
    phases of one spacing alone: these hold nothing of what is wrong by as much in every phase, which an interval
    must cover too.
""")
