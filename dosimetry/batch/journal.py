"""The log of a batch: one line of JSON for each event, without names, UIDs or paths."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from dosimetry.errors import OutputError
from dosimetry.text import clean

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from dosimetry.batch.job import Job, Outcome

__all__ = ["LOG_NAME", "Journal"]

LOG_NAME = "log.jsonl"
_NUMBER_RUN = re.compile(r"\d[\d.]{6,}\d")  # UIDs and numbers of patients


class Journal:
    """Appends to the log of a folder; each line is written at once."""

    def __init__(self, folder: Path, shard: tuple[int, int] | None = None) -> None:
        name = LOG_NAME if shard is None else f"log.{shard[0]}-of-{shard[1]}.jsonl"
        self._path = folder / name
        try:
            _end_line(self._path)
            self._stream = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise OutputError("cannot be written", file=self._path, found=error.strerror) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stream.close()
        except OSError:
            if error is None:
                raise

    def note(self, event: str, **about: object) -> None:
        """Write an event."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **about}
        try:
            self._stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            self._stream.flush()
        except OSError as error:
            raise OutputError("cannot be written", file=self._path, found=error.strerror) from error

    def job(self, job: Job, outcome: Outcome) -> None:
        """Write what became of a job."""
        failure = outcome.failure
        self.note(
            "job",
            kind=job.kind.value,
            ref=job.ref,
            key=job.key,
            patient=job.patient,
            state=outcome.state,
            **({} if failure is None else {"code": failure.code, "reason": masked(failure.text)}),
            warnings=sorted({caution.code.value for caution in outcome.warnings}),
            seconds=round(outcome.seconds, 3),
            peak_mib=round(outcome.peak_bytes / 2**20),
            compiled=outcome.compiled,
        )


def masked(text: str) -> str:
    """Return text without long numbers."""
    return _NUMBER_RUN.sub("…", clean(text, limit=300))


def _end_line(path: Path) -> None:
    """End a line that a killed run left unfinished, so that the next one stands by itself."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb+") as stream:
        stream.seek(-1, 2)
        if stream.read(1) != b"\n":
            stream.write(b"\n")
