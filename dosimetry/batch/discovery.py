"""The jobs below a folder: each case, each pair, and each thing that is broken, with its reason.

Folders directly below ROOT are looked at one after the other, so that computing begins at once. What cannot be
linked within one of them is tried again at the end with the files of all: exports sort by kind of file, too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dosimetry.batch.job import Failure, Job, Kind, failure_of
from dosimetry.batch.pairing import pairs_by_label
from dosimetry.dicom.located import locate
from dosimetry.dicom.scan import FIRST_BYTES, Scan, content_hash, scan_folder
from dosimetry.errors import DosimetryError
from dosimetry.provenance import keyed_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dosimetry.batch.manifest import Entry
    from dosimetry.batch.settings import Settings
    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.located import Located, LocatedCase

__all__ = ["Discovery", "shard_of"]


def shard_of(ref: str, count: int) -> int:
    """Return the shard that a job belongs to, from 1; the same in every run under one key."""
    return int(ref[:16], 16) % count + 1


@dataclass
class Discovery:
    """Goes through ROOT.

    Attributes
    ----------
    root
        The folder.
    settings
        Part of the keys.
    shard
        Number and count: only the jobs of this shard.
    share
        How much of ROOT was looked at, 0 to 1.
    """

    root: Path
    settings: Settings
    shard: tuple[int, int] | None = None
    share: float = 0.0
    _hashes: dict[Path, str] = field(default_factory=dict, repr=False)
    _cases: dict[Path, list[Job]] = field(default_factory=dict, repr=False)
    _later: dict[Path, Located] = field(default_factory=dict, repr=False)
    _paired: set[str] = field(default_factory=set, repr=False)

    def jobs(self, units: Iterable[Path] | None = None) -> Iterator[Job]:
        """Yield all jobs of ROOT: cases, then what is broken, then pairs.

        Parameters
        ----------
        units
            Folders to look at; by default all that lie directly below ROOT.
        """
        found = list(self.units() if units is None else units)
        for number, unit in enumerate(found):
            yield from self._unit(unit, number, len(found))
        yield from self.leftover()
        yield from self.new_pairs()
        self.share = 1.0

    def arrivals(self, unit: Path) -> Iterator[Job]:
        """Yield the cases of one folder, whatever was found in it before, and the pairs that they make."""
        yield from self._unit(unit, 0, 1)
        yield from self.new_pairs({job.ref for job in self._cases[unit]})

    def units(self) -> list[Path]:
        """Return the folders that are looked at one by one: ROOT itself where files of a plan lie in it."""
        with os.scandir(self.root) as entries:
            here = sorted(entries, key=lambda entry: entry.name)
        if any(entry.is_file() and _is_dicom(self.root / entry.name) for entry in here):
            return [self.root]
        return [
            self.root / entry.name
            for entry in here
            if entry.is_dir(follow_symlinks=False) and entry.name[:1] != "."
        ]

    def of_manifest(self, entries: Iterable[Entry]) -> Iterator[Job]:
        """Yield the jobs of a manifest: one case a folder, and the pairs that it states."""
        listed = list(entries)
        sides: dict[tuple[str, str], dict[str, Job]] = {}
        for number, entry in enumerate(listed):
            job = self._entry(entry)
            if entry.imn:
                sides.setdefault((entry.pseudonym, entry.technique), {})[entry.imn] = job
            if self._is_mine(job.ref):
                yield job
            self.share = (number + 1) / len(listed)
        for pair in sides.values():
            if len(pair) == 2:
                yield from self._pair([pair["without"]], [pair["with"]], pair["with"].technique)

    def _entry(self, entry: Entry) -> Job:
        folder = self.root.joinpath(*entry.folder)
        scan = scan_folder(folder)
        located = locate(scan, {})
        who, how, imn = entry.pseudonym, entry.technique, entry.imn
        doses = len(located.cases) + len(located.problems)
        if len(located.cases) == 1 == doses:
            return replace(self._case(located.cases[0]), patient=who, technique=how, imn=imn)
        if doses > 1:
            failure = Failure("ambiguity", f"{doses} doses that could be the plan; expected one in the folder")
        elif located.problems:
            failure = failure_of(located.problems[0])
        elif scan.broken:
            failure = failure_of(scan.broken[0][1])
        else:
            failure = Failure("link", "no dose in the folder")
        ref = keyed_hash("folder\0" + "/".join(entry.folder))
        return Job(self.settings.key_of("broken", (ref,)), Kind.CASE, ref, who, how, failure=failure, imn=imn)

    def _unit(self, unit: Path, number: int, count: int) -> Iterator[Job]:
        located = locate(scan_folder(unit), {})
        jobs = self._cases[unit] = []
        self._later[unit] = replace(located, cases=())
        for at, case in enumerate(located.cases):
            self.share = (number + at / len(located.cases)) / count
            job = self._case(case)
            jobs.append(job)
            if self._is_mine(job.ref):
                yield job
        self.share = (number + 1) / count

    def leftover(self) -> Iterator[Job]:
        """Yield the cases that are linked across folders, and a failed job for whatever is in no case."""
        later = list(self._later.values())
        broken = {path: error for one in later for path, error in one.scan.broken}
        unlinked = [left.header for one in later for left in one.left if left.error is not None]
        helpers = [header for one in later for kind in ("RTSTRUCT", "RTPLAN") for header in one.scan.of_kind(kind)]
        again = locate(Scan((*unlinked, *helpers) if unlinked else (), tuple(broken.items())), {})
        jobs = self._cases[self.root] = [*self._cases.get(self.root, ()), *(self._case(one) for one in again.cases)]
        for job in jobs[len(jobs) - len(again.cases) :]:
            if self._is_mine(job.ref):
                yield job
        faults = _Faults(self._later, broken)
        for left in again.left:
            if left.error is not None:
                yield from self._broken(left.header.path, left.error, faults.beside(left.header.path))
        for path, error in faults.alone(self._used(), {header.path for header in unlinked}):
            yield from self._broken(path, error, faults.beside(path)[1:])
        self._later.clear()

    def _used(self) -> set[Path]:
        return {
            part.path
            for jobs in self._cases.values()
            for job in jobs
            for one in job.located
            for part in (one.structures, one.plan)
            if part is not None
        }

    def _broken(self, path: Path, error: DosimetryError | Failure, beside: list[DosimetryError]) -> Iterator[Job]:
        ref = keyed_hash("path\0" + path.relative_to(self.root).as_posix())
        if not self._is_mine(ref):
            return
        failure = error if isinstance(error, Failure) else failure_of(error)
        if beside:
            text = (
                f"{failure.text}; {len(beside)} file(s) beside it could not be read: {failure_of(beside[0]).text}"
            )
            failure = Failure(failure.code, text)
        yield Job(self.settings.key_of("broken", (ref,)), Kind.CASE, ref, failure=failure)

    def _case(self, located: LocatedCase) -> Job:
        ref = keyed_hash(located.dose.uid or self._hash(located.dose))
        label = located.plan.label if located.plan is not None else ""
        located = replace(located, holder=None)
        parts = (located.dose, located.structures, located.plan)
        if not self._is_mine(ref):  # nobody asks for its key: its files need not be read
            return Job("", Kind.CASE, ref, located.pseudonym, label, (located,))
        try:
            hashes = tuple("" if part is None else self._hash(part) for part in parts)
        except DosimetryError as error:
            key = self.settings.key_of("broken", (ref,))
            return Job(key, Kind.CASE, ref, located.pseudonym, label, (located,), failure_of(error))
        return Job(self.settings.key_of("case", hashes), Kind.CASE, ref, located.pseudonym, label, (located,))

    def new_pairs(self, of: set[str] | None = None) -> Iterator[Job]:
        """Yield the pairs that labels state and that were not told before; of some cases alone if asked for."""
        cases = [job for jobs in self._cases.values() for job in jobs]
        for technique, without, with_ in pairs_by_label(cases):
            if of is None or of & {job.ref for job in (*without, *with_)}:
                for job in self._pair(without, with_, technique):
                    if job.key not in self._paired:
                        self._paired.add(job.key)
                        yield job

    def _pair(self, without: list[Job], with_: list[Job], technique: str) -> Iterator[Job]:
        ref = with_[0].ref
        if not self._is_mine(ref):
            return
        patient = with_[0].patient
        broken = next((job.failure for job in (*without, *with_) if job.failure is not None), None)
        if len(without) > 1 or len(with_) > 1:
            text = f"{len(without)} plans without and {len(with_)} with IMN share a label; use a manifest"
            broken = Failure("ambiguity", text)
        if broken is not None:
            key = self.settings.key_of("broken-pair", tuple(job.ref for job in (*without, *with_)))
            yield Job(key, Kind.PAIR, ref, patient, technique, failure=broken)
            return
        located = (without[0].located[0], with_[0].located[0])
        parts = [part for one in located for part in (one.dose, one.structures, one.plan)]
        try:
            hashes = tuple("" if part is None else self._hash(part) for part in parts)
        except DosimetryError as error:
            key = self.settings.key_of("broken-pair", (without[0].ref, ref))
            yield Job(key, Kind.PAIR, ref, patient, technique, failure=failure_of(error))
            return
        yield Job(self.settings.key_of("pair", hashes), Kind.PAIR, ref, patient, technique, located)

    def _hash(self, header: Header) -> str:
        """Return the hash of a file's content; each file is read for it once."""
        if header.path not in self._hashes:
            self._hashes[header.path] = content_hash(header.path)
        return self._hashes[header.path]

    def _is_mine(self, ref: str) -> bool:
        return self.shard is None or shard_of(ref, self.shard[1]) == self.shard[0]


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            start = stream.read(FIRST_BYTES)
    except OSError:
        return False
    return start[128:132] == b"DICM" or start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08", b"\x00\x02")


class _Faults:
    """Files and folders that could not be read, by the folder that a case would lie in."""

    def __init__(self, units: Mapping[Path, Located], broken: Mapping[Path, DosimetryError]) -> None:
        self._units = units
        self._by_home: dict[Path, list[tuple[Path, DosimetryError]]] = {}
        for path, error in broken.items():
            # a folder that cannot be listed is its own home
            home = path if path in units or path.is_dir() else path.parent
            self._by_home.setdefault(home, []).append((path, error))

    def beside(self, path: Path) -> list[DosimetryError]:
        """Return the errors of files beside another one."""
        return [error for _, error in self._by_home.get(path.parent, [])]

    def alone(self, used: set[Path], unlinked: set[Path]) -> Iterator[tuple[Path, DosimetryError | Failure]]:
        """Yield one fault for each folder that has faults and no dose: what would be a case is none."""
        scans = [one.scan for one in self._units.values()]
        told = {path.parent for path in unlinked}
        told |= {header.path.parent for scan in scans for header in scan.of_kind("RTDOSE")}
        for home, faults in self._by_home.items():
            if home not in told:
                told.add(home)
                yield faults[0]
        text = "a plan without a dose: the dose is missing, or its file is not DICOM any more"
        for scan in scans:
            for header in scan.of_kind("RTPLAN"):
                if header.path not in used and header.path.parent not in told:
                    told.add(header.path.parent)
                    yield header.path, Failure("link", text)
