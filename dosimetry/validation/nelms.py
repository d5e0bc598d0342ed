"""The two tests of Nelms et al. 2015 (Med Phys 42:4435, doi:10.1118/1.4923175) on files made here.

A sphere, cylinders and cones of 24 mm in doses of 1 Gy/mm, 4 to 28 Gy from end to end. Test 1 has contours every
0.2 mm and four dose grids; test 2 has contours and grids of 1, 2 and 3 mm. The volume counts once a grid, eight
dose metrics once a grid and gradient: 340 and 255 values.

Contours are drawn on flat faces too. The published truth is that of bodies which reach half a slice beyond their
end contours, as half-slice caps have it: with slices of s, from 4 Gy - s/2 to 28 Gy + s/2. Round ends do so where a
dot is drawn at each pole and apex. The same values are scored without these dots, and against bodies as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dosimetry.synthetic.analytic_dose import LinearDose
from dosimetry.synthetic.bodies import Cone, CrossCone, CrossCylinder, Cylinder, Sphere
from dosimetry.validation.score import VOLUME
from dosimetry.validation.study import METRICS, Study, measure_study, true_value

if TYPE_CHECKING:
    from dosimetry.dvh.convention import Convention
    from dosimetry.synthetic.bodies import Body
    from dosimetry.validation.score import Score

__all__ = [
    "BODIES",
    "PHASES",
    "POLES_PHASE",
    "PUBLISHED",
    "PUBLISHED_PHASE",
    "NelmsTest",
    "Phase",
    "Published",
    "as_published",
    "run_nelms",
]

BODIES = (
    Sphere("sphere", 12.0),
    Cylinder("cylinder CC", 12.0, 24.0),
    CrossCylinder("cylinder AP", 12.0, 24.0),
    Cone("cone CC", 12.0, 24.0),
    CrossCone("cone AP", 12.0, 24.0),
)
_DOSES = (LinearDose("z"), LinearDose("y"))
# The dose at either end of bodies of 24 mm around 16 Gy, and which way it goes from there.
_NEEDLES = {"Min[Gy]": (4.0, -1), "Max[Gy]": (28.0, 1)}
_DENSE_MM = 0.2
_GRIDS_MM = ((0.4, 0.2, 0.4), (1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (3.0, 3.0, 3.0))


@dataclass(frozen=True, slots=True)
class Phase:
    """Where contour planes lie relative to the bodies, and what is taken for the truth.

    Attributes
    ----------
    share
        Distance from the centre to the next plane above, as a share of the slice spacing.
    text
        What that means.
    is_capped
        Whether the true bodies reach half a slice beyond contours on flat faces.
    has_poles
        Whether planes through poles and apexes have a contour too, and the true bodies reach half a slice beyond.
    """

    share: float
    text: str
    is_capped: bool = False
    has_poles: bool = False


# All spacings divide 12 mm: planes through the centre lie on both flat faces too.
PUBLISHED_PHASE = Phase(0.0, "end planes on flat faces; truth half a slice beyond", is_capped=True)
"""The same where round ends have no contour of their own."""
POLES_PHASE = Phase(
    0.0,
    "end planes on flat faces, poles and apexes; truth half a slice beyond",
    is_capped=True,
    has_poles=True,
)
"""What the published counts are of where contours reach the ends of round bodies too: caps make needles of them."""
PHASES = (
    Phase(0.0, "end planes on flat faces; truth as drawn"),
    Phase(0.25, "planes a quarter of a slice above the centre"),
    Phase(0.5, "flat faces half a slice beyond the end planes"),
    Phase(0.75, "planes a quarter of a slice below the centre"),
)


@dataclass(frozen=True, slots=True)
class Published:
    """Misses of another system, as a secondary source cites them.

    Attributes
    ----------
    system
        Name and version.
    misses
        Of test 1 and of test 2.
    """

    system: str
    misses: tuple[int, int]


PUBLISHED = (Published("Pinnacle 9.8", (52, 93)), Published("PlanIQ 2.1", (5, 18)))


@dataclass(frozen=True)
class NelmsTest:
    """One test in one phase.

    Attributes
    ----------
    number
        1 or 2.
    phase
        Where the planes lie.
    scores
        All values.
    """

    number: int
    phase: Phase
    scores: tuple[Score, ...]

    @property
    def misses(self) -> tuple[Score, ...]:
        """The values that are too far from the ideal bodies'."""
        return tuple(score for score in self.scores if score.is_miss)

    @property
    def second_misses(self) -> int | None:
        """How many values dicompyler-core misses; None where it was not asked."""
        if any(score.second is None for score in self.scores):
            return None
        return sum(score.is_second_miss for score in self.scores)

    def as_dict(self) -> dict[str, object]:
        """Return the test as JSON-ready values."""
        return {
            "test": self.number,
            "phase": self.phase.share,
            "phase_text": self.phase.text,
            "true_bodies_capped": self.phase.is_capped,
            "values": len(self.scores),
            "misses": len(self.misses),
            "dicompyler_core_misses": self.second_misses,
            "missed": [score.as_dict() for score in self.misses],
        }


def run_nelms(number: int, phase: Phase, convention: Convention, *, second: bool = False) -> NelmsTest:
    """Run one of the tests.

    Parameters
    ----------
    number
        1 or 2.
    phase
        Where the planes lie.
    convention
        How contours become a solid.
    second
        Whether dicompyler-core measures the same files.
    """
    settings = (
        ((_DENSE_MM, _GRIDS_MM),) if number == 1 else tuple((size, ((size,) * 3,)) for size in (1.0, 2.0, 3.0))
    )
    scores: list[Score] = []
    for slice_mm, grids_mm in settings:
        plane_mm = phase.share * slice_mm
        # In test 2 contours lie on the frames of the dose.
        voxel_mm = (0.0, 0.0, plane_mm if number == 2 else 0.0)
        study = Study(BODIES, _DOSES, slice_mm, plane_mm, grids_mm, voxel_mm, poles=phase.has_poles)
        scores += measure_study(study, convention, second=second)
    return NelmsTest(number, phase, tuple(scores))


def as_published(test: NelmsTest) -> NelmsTest:
    """Score a test with planes on the flat faces against bodies that reach half a slice beyond these."""
    truths = {
        (body.name, dose.name, slice_mm): dose.in_body(_capped(body, slice_mm))
        for body in BODIES
        for dose in _DOSES
        for slice_mm in {score.slice_mm for score in test.scores}
    }
    ideals = {(*key, spec): true_value(truth, spec) for key, truth in truths.items() for spec in (VOLUME, *METRICS)}
    if test.phase.has_poles:
        # needles without volume: the lowest and the highest dose along the patient, and nothing else
        for body, dose, slice_mm, spec in ideals:
            if dose == _DOSES[0].name and spec in _NEEDLES:
                end_gy, outward = _NEEDLES[spec]
                ideals[body, dose, slice_mm, spec] = end_gy + 0.5 * outward * slice_mm
    scores = tuple(
        replace(score, ideal=ideals[score.body, score.dose, score.slice_mm, score.metric]) for score in test.scores
    )
    return NelmsTest(test.number, POLES_PHASE if test.phase.has_poles else PUBLISHED_PHASE, scores)


def _capped(body: Body, slice_mm: float) -> Body:
    if isinstance(body, Cylinder):
        return replace(body, height_mm=body.height_mm + slice_mm)
    if isinstance(body, Cone) and not isinstance(body, CrossCone):
        return replace(body, cap_mm=0.5 * slice_mm)
    return body  # contours that shrink to nothing carry no cap
