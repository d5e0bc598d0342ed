"""What was found in a folder, in words: rows and documents without names of files or people, unless asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dosimetry.provenance import INTENDED_USE, key_caution, keyed_hash, package_version
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.located import Located, LocatedCase
    from dosimetry.errors import DosimetryError

__all__ = ["Listing"]

_RULES = {
    "reference": "UID",
    "frame-of-reference": "frame of reference",
    "decision": "link file",
    "named": "the user's word",
    "reference-mismatch": "the user's word",
}


@dataclass(frozen=True)
class Listing:
    """What was found, told.

    Attributes
    ----------
    located
        What was found.
    root
        The folder or archive: names are shown relative to it.
    identify
        Whether to show names of files and UIDs.
    """

    located: Located
    root: Path
    identify: bool = False

    HEADER: ClassVar[tuple[str, ...]] = (
        "case",
        "patient",
        "role",
        "kind",
        "file",
        "summation",
        "label",
        "rule",
        "reason",
        "warnings",
    )

    def title(self) -> str:
        """Return one line that counts."""
        counts = self.counts()
        parts = [
            _counted(counts["rt_objects"], "RT object"),
            _counted(counts["other_dicom"], "other DICOM object"),
            _counted(counts["other_files"], "other file"),
        ]
        if counts["unreadable"]:
            parts.append(f"{counts['unreadable']:,} not readable")
        cases = _counted(len(self.located.cases), "case")
        return f"{cases} in {_counted(counts['files'], 'file')}: {', '.join(parts)}"

    def counts(self) -> dict[str, int]:
        """Return how many files of what there are."""
        scan = self.located.scan
        copies = sum(left.header.path not in {one.path for one in scan.headers} for left in self.located.left)
        return {
            "files": scan.files + copies,
            "rt_objects": len(scan.headers) + copies,
            "other_dicom": scan.images,
            "other_files": scan.others - scan.images,
            "unreadable": len(scan.broken),
            "zip_archives": scan.archives,
            "folder_links": scan.folder_links,
            "dead_links": scan.dead_links,
        }

    def notes(self) -> list[str]:
        """Return what was passed over, and what can be done."""
        scan = self.located.scan
        told = []
        if scan.archives:
            told.append(f"{scan.archives} zip archive(s) were not opened; each can be named as PATH")
        if scan.folder_links:
            told.append(f"{scan.folder_links} symbolic link(s) to folders were not followed")
        if scan.dead_links:
            told.append(f"{scan.dead_links} symbolic link(s) lead nowhere")
        if not self.identify and (self.located.cases or self.located.left):
            told.append("files are shown by the hash of their UID, which --dose and --structures take; --identify "
                        "shows names")  # fmt: skip
        return told

    def table(self) -> Iterator[tuple[str, ...]]:
        """Yield a line for each case."""
        for number, case in enumerate(self.located.cases, 1):
            rules = {link.subject: _RULES.get(link.rule, link.rule) for link in case.links}
            yield (
                f"{number}",
                self._who(case),
                self._name(case.dose),
                _sort(case.dose),
                self._name(case.structures),
                rules.get("structures", "–"),
                self._name(case.plan) if case.plan else "–",
                rules.get("plan", "–"),
            )

    def left(self) -> Iterator[tuple[str, ...]]:
        """Yield file, kind and reason of what is in no case."""
        for left in self.located.left:
            choices = f"; could be: {', '.join(map(self._name, left.candidates))}" if left.candidates else ""
            yield self._name(left.header), _sort(left.header), clean(left.reason) + choices

    def unreadable(self) -> Iterator[tuple[str, str]]:
        """Yield file and reason of what cannot be read."""
        for path, error in self.located.scan.broken:
            yield self._place(path) if self.identify else "–", _why(error)

    def rows(self) -> Iterator[tuple[str | int | None, ...]]:
        """Yield a row for each file of each case, and for each file that is in none."""
        for number, case in enumerate(self.located.cases, 1):
            links = {link.subject: link for link in case.links}
            warnings = "; ".join(map(str, case.warnings))
            for role, header in (("dose", case.dose), ("structures", case.structures), ("plan", case.plan)):
                if header is None:
                    continue
                link = links.get(role)
                yield (
                    number,
                    self._who(case),
                    role,
                    header.kind,
                    self._name(header),
                    header.summation.value if header.kind == "RTDOSE" else None,
                    header.label or None,
                    link.rule if link else None,
                    link.reason if link else None,
                    warnings if role == "dose" else None,
                )
        for left in self.located.left:
            header = left.header
            summation = header.summation.value if header.kind == "RTDOSE" else None
            yield (None, None, "left-over", header.kind, self._name(header), summation, header.label or None, None,
                   left.reason, None)  # fmt: skip
        for name, why in self.unreadable():
            yield (None, None, "unreadable", None, name if self.identify else None, None, None, None, why, None)

    def document(self) -> dict[str, object]:
        """Return all of it as JSON-ready values."""
        return {
            "schema": "dosimetry/find/1",
            "cases": [self._case(case) for case in self.located.cases],
            "left_over": [
                {
                    **self._file(left.header),
                    "reason": left.reason,
                    "candidates": [self._file(header) for header in left.candidates],
                }
                for left in self.located.left
            ],
            "unreadable": [
                {"reason": why, **({"file": name} if self.identify else {})} for name, why in self.unreadable()
            ],
            "counts": self.counts(),
            "warnings": [caution.as_dict() for caution in key_caution()],
            "provenance": {"version": package_version(), "intended_use": INTENDED_USE},
        }

    def _case(self, case: LocatedCase) -> dict[str, object]:
        return {
            "patient": self._who(case),
            "dose": self._file(case.dose),
            "structures": self._file(case.structures),
            "plan": self._file(case.plan) if case.plan else None,
            "links": [{"subject": link.subject, "rule": link.rule, "reason": link.reason} for link in case.links],
            "warnings": [caution.as_dict() for caution in case.warnings],
        }

    def _who(self, case: LocatedCase) -> str:
        return clean(case.dose.patient_id) if self.identify else case.pseudonym

    def _file(self, header: Header) -> dict[str, object]:
        told: dict[str, object] = {"kind": header.kind, "uid_hash": keyed_hash(header.uid) if header.uid else None}
        if header.kind == "RTDOSE":
            told |= {"summation": header.summation.value, "type": header.dose_type, "units": header.units}
        else:
            told["label"] = header.label
        if self.identify:
            told |= {"uid": header.uid, "file": self._place(self.located.scan.origin(header))}
        return told

    def _name(self, header: Header) -> str:
        if self.identify:
            return self._place(self.located.scan.origin(header))
        return keyed_hash(header.uid) if header.uid else "no UID"

    def _place(self, path: Path) -> str:
        root = self.root if path.is_relative_to(self.root) else self.root.parent
        return clean((path.relative_to(root) if path.is_relative_to(root) else path).as_posix())


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _sort(header: Header) -> str:
    if header.kind != "RTDOSE":
        return header.kind
    extra = [header.dose_type] if header.dose_type not in ("", "PHYSICAL") else []
    extra += [header.units] if header.units not in ("", "GY") else []
    return ", ".join((header.summation.value, *map(clean, extra)))


def _why(error: DosimetryError) -> str:
    return clean(error.problem) + (f": {clean(error.found)}" if error.found else "")
