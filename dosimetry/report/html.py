"""The comparison as one HTML page that needs nothing else: no script, no network, no font, no picture file.

Every text is cleaned and escaped at the moment it is put into the page, whatever the template says: names from
files are hostile text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.imn.kind import Kind
from dosimetry.report import imni_view as view
from dosimetry.report.conventions import describe_convention
from dosimetry.report.imni import imni_document
from dosimetry.report.imni_figures import panels, undrawn
from dosimetry.report.numbers import change, judged, limits, number
from dosimetry.report.risk_page import further_risk
from dosimetry.risk.increment import READINGS
from dosimetry.risk.intervals import COMBINED
from dosimetry.text import clean
from dosimetry.warnings import Code, merge

if TYPE_CHECKING:
    from jinja2 import Environment

    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.risk.assessment import Assessment
    from dosimetry.warnings import Caution

__all__ = ["environment", "render_imni", "with_page_intervals"]

_DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)
_WITHHELD = (Code.INCREMENT_WITHHELD, Code.RISK_WITHHELD)
# What the whole comparison is warned of stands beside the number it touches too.
_OF_DOSE = (Code.DOSE_EFFECTIVE, Code.DOSE_SUMMATION_UNCLEAR)
_OF_COVERAGE = (Code.COVERAGE_NOT_EVALUABLE, Code.COVERAGE_WITH_LOW, Code.COVERAGE_WITHOUT_HIGH)
_OF_RISK = (
    *(*_OF_DOSE, Code.PARTIAL_COURSE, Code.FRACTIONATION_DIFFERS, Code.FRACTIONATION_UNKNOWN),
    *(Code.COVERAGE_WITH_LOW, Code.COVERAGE_WITHOUT_HIGH, Code.COVERAGE_OTHER_TARGETS),
)


# An interval measures a structure ten times more, for both plans. The sample pair's body outline alone takes two
# thirds of the time that its ten other structures take together.
_LARGE_CC = 5000.0


def render_imni(result: ImnComparison, *, identify: bool = False, assessment: Assessment | None = None) -> str:
    """Return the comparison as an HTML page.

    Parameters
    ----------
    result
        What to show; intervals that it lacks are added, but for structures above 5,000 cc.
    identify
        Whether to show patient names, IDs, raw UIDs and file names.
    assessment
        What else was assessed of the risk; None for nothing.
    """
    result = with_page_intervals(result)
    document = imni_document(result, identify=identify, assessment=assessment)
    return (
        environment()
        .get_template("imni.html.j2")
        .render(
            result=result,
            provenance=document["provenance"],
            settings=view.flat(_settings(document)),
            is_increment=result.comparability.kind is Kind.INCREMENT,
            mean=view.trio(result.heart, "Mean[Gy]"),
            reasons=_reasons(result),
            heart_cautions=merge(result.heart.warnings, _among(result, _OF_DOSE)),
            coverage_cautions=_among(result, _OF_COVERAGE),
            risk_cautions=_among(result, _OF_RISK),
            panels=panels(result),
            undrawn=undrawn(result),
            glance=view.glance(result),
            blocks=view.blocks(result),
            readings=READINGS,
            combined_meaning=COMBINED,
            further=None if assessment is None else further_risk(assessment),
            further_cautions=() if assessment is None else assessment.warnings,
            interval_meaning=INTERVAL_MEANING,
            unbounded=view.unbounded(result),
            convention=describe_convention(result.request.convention),
        )
    )


def with_page_intervals(result: ImnComparison) -> ImnComparison:
    """Return the comparison with the intervals that its page shows."""
    return result.with_intervals(at_most_cc=_LARGE_CC)


def _settings(document: dict[str, object]) -> dict[str, object]:
    provenance = document["provenance"]
    settings = provenance["settings"] if isinstance(provenance, dict) else {}
    return dict(settings)


def _reasons(result: ImnComparison) -> tuple[Caution, ...]:
    """Return why there is no increment of mean heart dose, or no risk."""
    told = merge(result.heart.warnings, result.warnings)
    return tuple(caution for caution in told if caution.code in _WITHHELD) if not result.risk else ()


def _among(result: ImnComparison, codes: tuple[Code, ...]) -> tuple[Caution, ...]:
    return tuple(caution for caution in result.warnings if caution.code in codes)


@cache
def environment() -> Environment:
    """Return the templates of all pages; every text that they print is made harmless."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  only reports need it

    environment = Environment(
        loader=PackageLoader("dosimetry", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "change": change,
        "judged": judged,
        "limits": limits,
        "plain": "{:g}".format,
        "doi_url": _doi_url,
        "role": view.role_label,
    }
    return environment


def _harmless(value: object) -> object:
    """Make every text one printable line; jinja escapes it afterwards."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _doi_url(doi: str | None) -> str:
    """Return where a DOI leads; an empty text for none, or for what is no DOI."""
    return f"https://doi.org/{quote(doi, safe='/')}" if doi and _DOI.fullmatch(doi) else ""
