"""Text that comes from files, made harmless for terminals, tables and file names."""

from __future__ import annotations

import unicodedata

__all__ = ["clean", "csv_cell", "plain_letters"]

# Cc control, Cf format (bidirectional marks, zero-width), Cs surrogate, Co private use, Cn unassigned,
# Zl and Zp line and paragraph separators: none of them belongs into one line of readable text.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MAX_LENGTH = 2000
_PLAIN = {"≥": ">=", "≤": "<=", "–": "-", "—": "-", "−": "-", "…": "...", "×": "x", "’": "'", "“": '"', "”": '"'}


def clean(text: str, *, limit: int = _MAX_LENGTH) -> str:
    """Return `text` as one printable line of at most `limit` characters.

    Characters that could drive a terminal, reorder what is read or break the line are replaced by
    the replacement character, so that nothing vanishes unseen.
    """
    shown = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _UNPRINTABLE else c for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def csv_cell(text: str) -> str:
    """Return `text` cleaned and, where a spreadsheet would take it for a formula, prefixed by an apostrophe."""
    shown = clean(text)
    return "'" + shown if shown.lstrip()[:1] in ("=", "+", "-", "@") else shown


def plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Stand in for signs that a code page lacks, so that ``≥`` does not become a question mark.

    An error handler for :func:`codecs.register_error`.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end
