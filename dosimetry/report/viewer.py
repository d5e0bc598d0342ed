"""The slice viewer: both doses, their difference, CT and outlines plane by plane, in one page without a network.

The page holds one script, allowed by its hash alone, and data. Names of ROIs reach it as JSON that no name can end,
and the document as text. Without the script the page shows a still picture.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.document import Gallery
from dosimetry.report.html import _environment, _hash
from dosimetry.report.maps import map_section, why_no_difference
from dosimetry.report.slices import AXIAL
from dosimetry.report.viewer_data import viewer_data

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.model.images import Images

__all__ = ["render_viewer"]


def render_viewer(result: ImnComparison, images: tuple[Images | None, Images | None] = (None, None)) -> str:
    """Return the viewer as an HTML page.

    Parameters
    ----------
    result
        The comparison.
    images
        The CT of the plan without, and of the plan with; None for none.

    Raises
    ------
    ComparisonError, UnsupportedError
        If no plane is one of both doses.
    """
    data = viewer_data(result, images)
    reason = why_no_difference(result)
    values = data.values | {"no_difference": reason}
    script = files("dosimetry.report").joinpath("viewer.js").read_text(encoding="utf-8")
    still = next(
        picture
        for block in map_section(result, images, views=(AXIAL,)).blocks
        if isinstance(block, Gallery)
        for picture in block.pictures
    )
    text = json.dumps(values, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")
    patients = sorted({part.patient.pseudonym for part in (*result.without.parts, *result.with_.parts)})
    page = _environment().get_template("viewer.html.j2")
    return page.render(
        title=f"IMN irradiation, {result.laterality.side.value} side: planes",
        patients=patients,
        kind=result.comparability.kind.text,
        still=still,
        data=Markup(text),  # noqa: S704  no markup is left in it
        script=Markup(script),  # noqa: S704  a file of this package
        script_hash=_hash(script),
        step_gy=f"{data.step_gy:.2f}",
        step_mm=f"{data.step_mm:.3g}",
        reason=reason,
        warnings=result.all_warnings,
        intended_use=INTENDED_USE,
        version=package_version(),
    ).lstrip()
