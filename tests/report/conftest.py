"""The sample pair, compared once, and a reader of the pages made from it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """A small reader that refuses what is not nested.

    Tags with attributes, and the text of each table cell and of the whole page.
    """

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.words, self.tables = [], [], [], []
        self.feed(source)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("td", "th"):
            self.tables[-1]["rows"][-1].append("")
        if tag in ("dt", "dd"):
            self.words.append(" ")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"style", "script"} & set(self.open):
            return
        self.words.append(data)
        if "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif {"td", "th"} & set(self.open):
            self.tables[-1]["rows"][-1][-1] += data

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def named(self, tag):
        return [attributes for found, attributes in self.tags if found == tag]

    def table(self, caption):
        [found] = [table for table in self.tables if caption in table["caption"]]
        return [[" ".join(cell.split()) for cell in row] for row in found["rows"]]


@pytest.fixture(scope="session")
def pair(project_root):
    from dosimetry.dicom.find import read_parts
    from dosimetry.imn.comparison import compare
    from dosimetry.imn.sides import make_side

    folder = project_root / "sample_plans"
    return compare(
        make_side("without", read_parts([folder / "left_fb_tangents"])),
        make_side("with", read_parts([folder / "left_fb_tangents_imn"])),
    )


@pytest.fixture(scope="session")
def read_page():
    return Page
