"""A report as a PDF file: A4, vector drawings, fonts embedded.

The pages are set by typst from a template of this package. A report goes in as data, so that no name from a file
can be read as markup; letters are those of DejaVu Sans, which matplotlib brings along, whatever a machine has.
"""

from __future__ import annotations

import json
import re
import tempfile
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.errors import UsageError
from dosimetry.report.document import Card, Cautions, Gallery, Statement, Traits
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dosimetry.report.document import Block, Document, Fact, Picture
    from dosimetry.report.sheet import Sheet
    from dosimetry.warnings import Caution

__all__ = ["render_pdf", "require_pdf"]

_FONT = "DejaVu Sans"
_LONG = re.compile(r"\S{41,}")
_STEP = 16  # letters between the places where a long word may be broken


def require_pdf() -> None:
    """Refuse a PDF before anything is computed, where what makes it is not installed.

    Raises
    ------
    UsageError
        Naming the extra.
    """
    if find_spec("typst") is None:
        raise UsageError("a PDF needs typst, which is not installed", remedy="pip install 'dosimetry[pdf]'")


def render_pdf(document: Document) -> bytes:
    """Return a report as a PDF file.

    Raises
    ------
    UsageError
        If typst is not installed.
    """
    require_pdf()
    import typst  # noqa: PLC0415  an extra
    from matplotlib import get_data_path  # noqa: PLC0415  heavy

    with tempfile.TemporaryDirectory(prefix="dosimetry-") as name:
        folder = Path(name)
        data = _Data(folder).document(document)
        (folder / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        main = folder / "report.typ"
        main.write_bytes(files("dosimetry.report").joinpath("report.typ").read_bytes())
        fonts = Path(get_data_path()) / "fonts" / "ttf"
        made = typst.compile(str(main), root=str(folder), font_paths=[str(fonts)], ignore_system_fonts=True)
    return bytes(made)


class _Data:
    """Turns blocks into plain data, with drawings as files beside them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def document(self, document: Document) -> dict[str, Any]:
        return {
            "eyebrow": _plain(document.eyebrow),
            "title": _plain(document.title),
            "patients": [_plain(name) for name in document.patients],
            "identity": [_plain(line) for line in document.identity],
            "basis": _plain(document.basis),
            "intended_use": document.intended_use,
            "version": document.version,
            "summary": self._blocks(document.summary),
            "sections": [
                {
                    "title": _plain(section.title),
                    "lead": _plain(section.lead),
                    "blocks": self._blocks(section.blocks),
                }
                for section in document.sections
            ],
        }

    def _blocks(self, blocks: Iterable[Block]) -> list[dict[str, Any]]:
        return [self._block(block) for block in blocks]

    def _block(self, block: Block) -> dict[str, Any]:
        if isinstance(block, Card):
            return _card(block)
        if isinstance(block, Statement):
            return {"kind": "statement", "text": _plain(block.text), "tag": _plain(block.tag), "tone": block.tone}
        if isinstance(block, Cautions):
            return {"kind": "cautions", "items": _cautions(block.items)}
        if isinstance(block, Traits):
            pairs = [{"name": _plain(name), "text": _plain(text)} for name, text in block.pairs]
            return {
                "kind": "traits",
                "title": _plain(block.title),
                "pairs": pairs,
                "cautions": _cautions(block.cautions),
            }
        if isinstance(block, Gallery):
            return {
                "kind": "gallery",
                "lead": _plain(block.lead),
                "notes": [_plain(note) for note in block.notes],
                "pictures": [self._picture(picture) for picture in block.pictures],
            }
        return _sheet(block)

    def _picture(self, picture: Picture) -> dict[str, Any]:
        legend = [
            {"name": _plain(key.name), "files": [self._drawing(swatch) for swatch in key.swatches]}
            for key in picture.legend
        ]
        return {
            "title": _plain(picture.title),
            "file": self._drawing(picture.svg),
            "legend": legend,
            "is_wide": picture.is_wide,
        }

    def _drawing(self, svg: str) -> str:
        """Write a drawing as a file of its own, with the name spaces and the font that a page has for it."""
        self._count += 1
        name = f"drawing{self._count}.svg"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" font-family="{_FONT}" '
        (self._folder / name).write_text(str(svg).replace("<svg ", head, 1), encoding="utf-8")
        return name


def _card(card: Card) -> dict[str, Any]:
    return {
        "kind": "card",
        "title": _plain(card.title),
        "lead": _plain(card.lead),
        "facts": [_fact(fact) for fact in card.facts],
        "notes": [_plain(note) for note in card.notes],
        "cautions": _cautions(card.cautions),
        "verdict": card.verdict,
        "tone": card.tone,
        "parts": [_card(part) for part in card.parts],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "label": _plain(fact.label),
        "value": _plain(fact.value),
        "unit": _plain(fact.unit),
        "bounds": _plain(fact.bounds),
        "notes": [_plain(note) for note in fact.notes],
        "verdict": fact.verdict,
        "tone": fact.tone,
        "is_key": fact.is_key,
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {
        "kind": "sheet",
        "title": _plain(sheet.title),
        "lead": _plain(sheet.lead),
        "columns": [{"head": _plain(head), "is_number": is_number} for head, is_number in sheet.columns],
        "groups": [{"title": _plain(title), "span": span} for title, span in sheet.groups],
        "rows": [[{"parts": [_plain(line) for line in text.splitlines()]} for text in row] for row in sheet.rows],
        "notes": [_plain(note) for note in sheet.notes],
        "empty": sheet.empty,
        "is_dense": sheet.is_dense,
    }


def _cautions(items: Iterable[Caution]) -> list[dict[str, str]]:
    return [{name: _plain(text) for name, text in caution.as_dict().items()} for caution in items]


def _plain(text: str) -> str:
    """Return a text as one harmless line, in which a word as long as a hash can be broken."""
    return _LONG.sub(
        lambda found: "\N{ZERO WIDTH SPACE}".join(
            found[0][place : place + _STEP] for place in range(0, len(found[0]), _STEP)
        ),
        clean(text),
    )
