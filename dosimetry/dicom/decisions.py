"""Link files: which dose goes with which structure set and plan, as a person decided it.

A link file is TOML. Paths in it are relative to the file itself; a SHA-256 or a UID beside or instead of a
path says which content is meant. A decision that does not fit the files any more is an error, never passed over.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.headers import Header, read_header
from dosimetry.dicom.pick import same_file
from dosimetry.dicom.scan import content_hash
from dosimetry.errors import LinkError
from dosimetry.text import clean

if TYPE_CHECKING:
    from os import PathLike

    from dosimetry.dicom.link_schema import FileEntry, LinkFile
    from dosimetry.dicom.scan import Scan

__all__ = ["SCHEMA", "Decided", "Decisions", "read_links"]

SCHEMA = "dosimetry/links/1"
_MAX_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Decided:
    """What a link file says of one dose.

    Attributes
    ----------
    structures, plan
        None where it says nothing.
    without_plan
        Whether it says that no plan belongs to the dose.
    left_out
        Whether it says that the dose is no case.
    by
        The link file, for the reason of a link.
    """

    structures: Header | None = None
    plan: Header | None = None
    without_plan: bool = False
    left_out: bool = False
    by: str = ""


@dataclass(frozen=True)
class Decisions:
    """A link file.

    Attributes
    ----------
    path
        Where it lies.
    content
        What it says.
    sha256
        Hash of the file.
    """

    path: Path = field(repr=False)
    content: LinkFile = field(repr=False)
    sha256: str
    _hashes: dict[Path, str] = field(default_factory=dict, repr=False, compare=False)

    def _hash(self, path: Path) -> str:
        if path not in self._hashes:
            self._hashes[path] = content_hash(path)
        return self._hashes[path]

    def apply(self, scan: Scan, root: Path | None) -> dict[Path, Decided]:
        """Return what is decided of the doses at hand, by their paths.

        Parameters
        ----------
        scan
            The files at hand.
        root
            The folder or archive that was searched; None for files named one by one.

        Raises
        ------
        LinkError
            If a decision does not fit.
        """
        self._hashes.clear()  # of this reading only: files change
        decided: dict[Path, Decided] = {}
        by = f"decided in the link file of SHA-256 {self.sha256[:12]}"
        for number, entry in enumerate(self.content.case, 1):
            where = f"[[case]] {number}"
            dose = self._dose(entry.dose, where, scan, root)
            if dose is None:
                continue
            structures = None
            if entry.structures is not None:
                structures = self._file(entry.structures, "RTSTRUCT", f"{where} structures", scan)
            plan = None
            if entry.plan is not None and not isinstance(entry.plan, str):
                plan = self._file(entry.plan, "RTPLAN", f"{where} plan", scan)
            self._once(decided, dose, where)
            decided[dose.path] = Decided(structures, plan, without_plan=entry.plan == "none", by=by)
        for number, out in enumerate(self.content.leave_out, 1):
            where = f"[[leave_out]] {number}"
            dose = self._dose(out.dose, where, scan, root)
            if dose is not None:
                self._once(decided, dose, where)
                decided[dose.path] = Decided(left_out=True, by=by)
        return decided

    def _once(self, decided: dict[Path, Decided], dose: Header, where: str) -> None:
        if dose.path in decided:
            raise LinkError(
                "a dose is decided twice", file=self.path, item=where, remedy="decide on each dose once"
            )

    def _dose(self, entry: FileEntry, where: str, scan: Scan, root: Path | None) -> Header | None:
        """Return the dose of an entry; None where it lies outside of what is read now."""
        found = self._among(entry, "RTDOSE", f"{where} dose", scan)
        if found is None and entry.path is not None:
            self._require_there(entry, f"{where} dose", scan)
        if found is None and entry.path is None and root is not None and _is_below(self.path, root):
            raise self._unfit(f"{where} dose", "an RTDOSE of this UID or SHA-256 beside the link file", "none")
        return found

    def _file(self, entry: FileEntry, kind: str, where: str, scan: Scan) -> Header:
        """Return another file of an entry; it need not lie among those that are read now."""
        found = self._among(entry, kind, where, scan)
        if found is not None:
            return found
        if entry.path is None:
            raise self._unfit(where, f"an {kind} of this UID or SHA-256", "none at hand")
        path = self.path.parent / entry.path
        self._require_there(entry, where, scan)
        if not path.is_file():
            raise self._unfit(where, f"an {kind} at hand", "a file in an archive that is not read now")
        header = read_header(path)
        self._require_same(entry, header, kind, where)
        return header

    def _among(self, entry: FileEntry, kind: str, where: str, scan: Scan) -> Header | None:
        """Return the file of an entry among those at hand; None where it is not there."""
        if entry.path is not None:
            target = self.path.parent / entry.path
            at_path = [header for header in scan.headers if same_file(scan.origin(header), target)]
            if at_path:
                self._require_same(entry, at_path[0], kind, where)
                return at_path[0]
            if entry.sha256 is None:
                return None
        found = [header for header in scan.of_kind(kind) if entry.uid in (None, header.uid)]
        if entry.sha256 is not None:  # moved or copied, the file is the same
            found = [header for header in found if self._hash(header.path) == entry.sha256][:1]
        if len(found) > 1:
            raise self._unfit(where, "one file", f"{len(found)} of this UID", "add its path or sha256")
        return found[0] if found else None

    def _require_there(self, entry: FileEntry, where: str, scan: Scan) -> None:
        target = self.path.parent / (entry.path or "")
        try:
            there = target.exists() or any(parent.is_file() for parent in target.parents)
        except (OSError, ValueError):
            there = False
        if not there and not any(same_file(scan.origin(header), target) for header in scan.headers):
            raise self._unfit(where, "the file that was decided on", "no such file")

    def _require_same(self, entry: FileEntry, header: Header, kind: str, where: str) -> None:
        if header.kind != kind:
            raise self._unfit(where, kind, header.kind)
        if entry.uid is not None and header.uid != entry.uid:
            raise self._unfit(where, "the SOPInstanceUID that was decided on", "another one")
        if entry.sha256 is not None and (found := self._hash(header.path)) != entry.sha256:
            raise self._unfit(where, f"SHA-256 {entry.sha256[:12]}…", f"{found[:12]}…: the file was changed")

    def _unfit(self, where: str, expected: str, found: str, remedy: str = "") -> LinkError:
        return LinkError(
            "a decision does not fit the files any more",
            file=self.path,
            item=where,
            expected=expected,
            found=found,
            remedy=remedy or "check the files, and decide anew: correct or remove the entry",
        )


def _is_below(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def read_links(path: PathLike[str] | str | Decisions) -> Decisions:
    """Read a link file.

    Raises
    ------
    LinkError
        If it cannot be read, or does not say what a link file says.
    """
    if isinstance(path, Decisions):
        return path
    from pydantic import ValidationError  # noqa: PLC0415  only here, and only with a link file

    from dosimetry.dicom.link_schema import LinkFile  # noqa: PLC0415

    place = Path(path)
    try:
        if place.stat().st_size > _MAX_BYTES:
            raise LinkError("is too large for a link file", file=place, expected=f"at most {_MAX_BYTES >> 20} MB")
        content = tomllib.loads(place.read_bytes().decode("utf-8"))
        return Decisions(place, LinkFile.model_validate(content), content_hash(place))
    except OSError as error:
        raise LinkError("cannot be read", file=place, found=error.strerror or "an input error") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise LinkError(
            "is no link file",
            file=place,
            expected=f'TOML with links = "{SCHEMA}"',
            found=clean(str(error), limit=120),
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        spot = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise LinkError(
            "is no link file",
            file=place,
            item=spot or None,
            expected="what 'dosimetry find --write-links' writes",
            found=first["msg"].replace("Value error, ", ""),
        ) from error
