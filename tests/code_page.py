"""A standard output that is not UTF-8."""

from __future__ import annotations

import io
import sys


def in_code_page(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="replace"))

    def read():
        sys.stdout.flush()
        return raw.getvalue().decode(encoding)

    return read
