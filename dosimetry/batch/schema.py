"""The tables of a store: what each column holds, in one place from which files, exports and their page are made."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "SETTINGS",
    "TABLES",
    "Column",
    "TableSpec",
    "create_statements",
    "schema_page",
]

SCHEMA_VERSION = 1
APPLICATION_ID = 0x444F5349
"""``DOSI``: tells a store from any other SQLite file."""

_TYPES = {"text": "TEXT", "number": "REAL", "count": "INTEGER", "bytes": "BLOB"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name
        In lower case, with its unit where it always has the same.
    kind
        ``"text"``, ``"number"``, ``"count"`` or ``"bytes"``.
    meaning
        One line.
    """

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table.

    Attributes
    ----------
    name
        Its name.
    meaning
        What a row is.
    columns
        In order; the first is the key of the result, or of the settings.
    exported
        Whether exports have it.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    exported: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its columns."""
        return tuple(column.name for column in self.columns)


def _table(name: str, meaning: str, *columns: tuple[str, str, str], exported: bool = True) -> TableSpec:
    key = Column("key", "text", "the result: keyed hash of files, settings and version")
    return TableSpec(name, meaning, (key, *(Column(*column) for column in columns)), exported)


TABLES = (
    _table(
        "results",
        "one case or one pair, and what became of it",
        ("kind", "text", "`case` or `pair`"),
        ("ref", "text", "keyed hash of the dose, as `dosimetry find` prints it"),
        ("patient", "text", "pseudonym"),
        ("technique", "text", "as the manifest or the plan's label has it"),
        ("imn", "text", "`with` or `without`; empty where nobody said"),
        ("laterality", "text", "treated side, of pairs"),
        ("class", "text", "what kind of comparison a pair is"),
        ("state", "text", "`done`, `done with warnings` or `failed`"),
        ("code", "text", "of a failure: its kind"),
        ("reason", "text", "of a failure: one line"),
        ("seconds", "number", "of calculation, reading included"),
        ("peak_bytes", "count", "the most memory that the worker held so far"),
        ("root", "text", "keyed hash of the folder that the batch went through"),
        ("ended", "text", "when it was kept, in UTC"),
        ("version", "text", "of this program"),
        ("settings", "text", "SHA-256 of the settings, which `settings` spells out"),
    ),
    _table(
        "measurements",
        "one metric of one structure of one plan, or of its increment in a pair",
        ("side", "text", "of a pair: `without`, `with` or `increment`; empty for a case"),
        ("number", "count", "ROI number; of an increment that of the plan with IMN"),
        ("structure", "text", "name of the ROI"),
        (
            "part",
            "text",
            "heart, lung_left (of pairs lung_ipsilateral) …; empty for none, and where several ROIs could be it",
        ),
        ("metric", "text", "in the metric grammar"),
        ("unit", "text", "of the value; increments of percentages are percentage points"),
        ("value", "number", "empty where it could not be evaluated or was withheld"),
        ("low", "number", "lower end of its calculation interval; empty where none was asked for"),
        ("high", "number", "upper end"),
        ("warnings", "text", "codes of what `warnings` says of this ROI"),
    ),
    _table(
        "plans",
        "one plan that a result came from",
        ("side", "text", "of a pair: `without` or `with`; empty for a case"),
        ("label", "text", "RTPlanLabel"),
        ("prescription_gy", "number", "the highest; empty where the plan states none"),
        ("fractions", "count", "empty where the plan does not state them"),
        ("dose_type", "text", "`PHYSICAL` or `EFFECTIVE`"),
        ("summation", "text", "DoseSummationType"),
        ("max_gy", "number", "highest dose of the grid"),
    ),
    _table(
        "structures",
        "one structure of one plan",
        ("side", "text", "of a pair: `without` or `with`; empty for a case"),
        ("number", "count", "ROI number"),
        ("structure", "text", "name of the ROI"),
        ("part", "text", "as in `measurements`"),
        ("volume_cc", "number", "of the solid; empty where it could not be measured"),
        ("outside_grid_cc", "number", "of it beyond the dose grid"),
    ),
    _table(
        "coverage",
        "the IMN target of a pair",
        ("structure", "text", "name of the ROI"),
        ("covered_without_pct", "number", "volume that the rule asks for, without IMN"),
        ("covered_with_pct", "number", "the same with IMN"),
        ("covered_without", "text", "verdict"),
        ("covered_with", "text", "verdict"),
    ),
    _table(
        "risks",
        "one figure of one model for a pair",
        ("kind", "text", "`relative`, or what else was asked for: `by-time`, `absolute`, `balance` …"),
        ("model", "text", "its id"),
        ("doi", "text", "of the paper"),
        ("source", "text", "citation"),
        ("endpoint", "text", "what is counted"),
        ("horizon", "text", "over what time"),
        ("structure", "text", "whose mean dose it is computed from"),
        ("dose_basis", "text", "`physical`, or how the dose was converted"),
        ("quantity", "text", "such as `added_err`"),
        ("unit", "text", "of the value"),
        ("value", "number", "the figure; empty where it was withheld"),
        ("low", "number", "lower end of its interval; empty where there is none"),
        ("high", "number", "upper end"),
        ("interval", "text", "what the interval is of: `coefficient`, `dose`, or `all that have one` together"),
        ("verified", "text", "whether the model was checked against its source: `yes` or `no`"),
        ("warnings", "text", "all that has to be said of it"),
    ),
    _table(
        "verdicts",
        "one line of one constraint sheet",
        ("protocol", "text", "id of the sheet; empty where no sheet could be looked at"),
        ("structure", "text", "ROI or part"),
        ("metric", "text", "in the metric grammar"),
        ("value", "number", "measured"),
        ("unit", "text", "of the value"),
        ("goal", "text", "limit"),
        ("acceptable", "text", "second limit; empty for none"),
        ("verdict", "text", "`pass`, `acceptable`, `fail` or `not evaluable`"),
        ("reason", "text", "why it cannot be evaluated"),
        ("verified", "text", "whether the line was checked against its source: `yes` or `no`"),
        ("warnings", "text", "all that has to be said of it"),
    ),
    _table(
        "warnings",
        "one warning of a result",
        ("code", "text", "stable code"),
        ("subject", "text", "what it is about"),
        ("text", "text", "one sentence"),
    ),
    _table(
        "files",
        "one file that a result came from",
        ("kind", "text", "RTDOSE, RTSTRUCT, RTPLAN"),
        ("sha256", "text", "of its content"),
        ("uid_hash", "text", "keyed hash of its SOP instance"),
    ),
    _table(
        "documents",
        "one whole result, as the single command writes it with --format json",
        ("name", "text", "`dvh`, `imni` or `check`"),
        ("json", "bytes", "deflated UTF-8"),
        exported=False,
    ),
)

SETTINGS = TableSpec(
    "settings",
    "what results were computed with",
    (
        Column("sha256", "text", "as `results` has it in `settings`"),
        Column("json", "text", "metrics, convention, sheets with their hashes, hash of the risk file"),
    ),
)


def create_statements() -> list[str]:
    """Return the SQL that makes an empty store."""
    made = []
    for table in TABLES:
        columns = [f'"{column.name}" {_TYPES[column.kind]}' for column in table.columns]
        if table.name == "results":
            columns[0] += " PRIMARY KEY"
            made.append(f'CREATE TABLE "{table.name}" ({", ".join(columns)}) WITHOUT ROWID')
        else:
            columns[0] += " NOT NULL REFERENCES results (key) ON DELETE CASCADE"
            made.append(f'CREATE TABLE "{table.name}" ({", ".join(columns)})')
            made.append(f'CREATE INDEX "{table.name}_key" ON "{table.name}" (key)')
    made.append(f'CREATE TABLE "{SETTINGS.name}" (sha256 TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID')
    return made


def schema_page() -> str:
    """Return the tables as Markdown."""
    lines = []
    for table in (*TABLES, SETTINGS):
        lines += [f"### `{table.name}`", "", f"{table.meaning[:1].upper()}{table.meaning[1:]}.", ""]
        lines += ["| column | kind | holds |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in table.columns]
        lines.append("")
    return "\n".join(lines)
