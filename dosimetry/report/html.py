"""A report as one HTML page that needs nothing else: no network, no font, no picture file, and no script to read.

Every text is cleaned and escaped at the moment it is put into the page, whatever the template says: names from
files are hostile text. The one script, which reads histograms off and turns structures on and off, is allowed by
its hash alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import asdict
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from dosimetry.report.document import Card, Cautions, Gallery, Statement, Traits
from dosimetry.report.sheet import Sheet
from dosimetry.text import clean

if TYPE_CHECKING:
    from jinja2 import Environment

    from dosimetry.report.document import Document, Plot

__all__ = ["render"]

_DOI = re.compile(r"\bdoi (10\.\d{4,9}/[^\s;]*[^\s;,.)])", re.ASCII)
_KINDS = (Card, Cautions, Gallery, Sheet, Statement, Traits)


def render(document: Document) -> str:
    """Return a report as an HTML page."""
    plots = [
        picture.plot
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Gallery)
        for picture in block.pictures
        if picture.plot is not None
    ]
    script = _script() if plots else ""
    page = _environment().get_template("page.html.j2")
    code = Markup(script)  # noqa: S704  a file of this package
    shown = page.render(document=document, script=code, script_hash=_hash(script), plots=_data(plots))
    return shown.lstrip()


@cache
def _script() -> str:
    return files("dosimetry.report").joinpath("page.js").read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """Return what allows this script and no other, for the page's policy; empty for none."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'" if script else ""


def _data(plots: list[Plot]) -> Markup:
    """Return the curves as JSON that no name in it can end."""
    told = []
    for plot in plots:
        values = asdict(plot)
        for trace in values["traces"]:
            trace["name"] = clean(trace["name"])
        told.append(values)
    text = json.dumps(told, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704  no markup is left in it


@cache
def _environment() -> Environment:
    """Return the templates; every text that they print is made harmless."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  only reports need it

    environment = Environment(
        loader=PackageLoader("dosimetry", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"linked": _linked, "lines": str.splitlines}
    tests: dict[str, Any] = environment.tests
    tests |= {kind.__name__.lower(): partial(_is, kind) for kind in _KINDS}
    return environment


def _is(kind: type, block: object) -> bool:
    return isinstance(block, kind)


def _harmless(value: object) -> object:
    """Make every text one printable line; jinja escapes it afterwards."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _linked(text: str) -> Markup:
    """Return a text whose DOIs lead to their papers."""
    shown, end = Markup(), 0
    told = clean(text)
    for found in _DOI.finditer(told):
        target = f"https://doi.org/{quote(found[1], safe='/')}"
        link = Markup('<a href="{}" rel="noreferrer">doi {}</a>').format(target, found[1])
        shown += escape(told[end : found.start()]) + link
        end = found.end()
    return shown + escape(told[end:])
