"""``dosimetry batch``: every plan below a folder into one store."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dosimetry.cli.batch_progress import Watcher, spoken
from dosimetry.cli.batch_store import register as register_store
from dosimetry.cli.options import ConventionOption
from dosimetry.cli.rois import AliasesOption, read_alias_option
from dosimetry.cli.terminal import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.batch.discovery import Discovery
    from dosimetry.batch.engine import Counts
    from dosimetry.batch.job import Job
    from dosimetry.batch.lanes import Lanes
    from dosimetry.batch.limits import Limits
    from dosimetry.batch.manifest import Entry
    from dosimetry.batch.settings import Settings

__all__ = ["batch_app", "register"]

_HELP = """Every plan below ROOT into one store: DVH metrics, pairs with and without the IMN, protocols, risk.

One failing case never stops the rest. A rerun computes only what is new or changed, so a run that was stopped goes
on where it was. 'dosimetry batch status DIR' shows how a store stands.

\b
Examples:
  dosimetry batch archive --out results
  dosimetry batch archive --out results --manifest plans.csv --protocol degro-2019 --workers 8
  dosimetry batch archive --out results --scheduler tcp://10.0.0.1:8786
  dosimetry batch archive --out results --shard 3/16
  dosimetry batch inbox --out results --watch"""


class _Group(TyperGroup):
    """A group that runs a batch where no other command of it is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


batch_app = typer.Typer(
    cls=_Group, help=_HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    batch_app.command("run", help=_HELP, short_help="Compute every plan below ROOT; may be left out.")(batch)
    register_store(batch_app)
    app.add_typer(batch_app, name="batch", short_help="Every plan below a folder, into one store.")


def batch(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the archive.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the store.", show_default=False)],
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, max=1024, help="Processes; by default one a core."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Instead: the scheduler of a Dask cluster, tcp://…"),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only this part of the jobs, 1/N to N/N; all into one DIR."),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest", metavar="FILE", help="CSV: pseudonym, technique, imn, folder; see docs/batch.md."
        ),
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option("--protocol", metavar="NAME", help="Hold every plan against this sheet; repeatable."),
    ] = None,
    risk: Annotated[
        Path | None,
        typer.Option("--risk", metavar="FILE", help="TOML: what to assess of the risk of every pair."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="SPEC", help="Instead of the default metrics; repeatable."),
    ] = None,
    convention: ConventionOption = "prism-half-slice",
    aliases: AliasesOption = None,
    case_timeout: Annotated[
        float, typer.Option("--case-timeout", metavar="S", min=0.1, help="Seconds that one case may take.")
    ] = 600.0,
    case_memory: Annotated[
        int,
        typer.Option(
            "--case-memory", metavar="MIB", min=16, help="Memory that one case may take; kept on Linux alone."
        ),
    ] = 4096,
    watch: Annotated[bool, typer.Option("--watch", help="Go on as plans arrive, until Ctrl-C.")] = False,
    watch_for: Annotated[
        float | None, typer.Option("--watch-for", metavar="S", min=0, help="As --watch, for so many seconds.")
    ] = None,
    settle: Annotated[
        float,
        typer.Option("--settle", metavar="S", min=0.1, help="With --watch: files at rest so long are complete."),
    ] = 10.0,
) -> None:
    """Compute every plan."""
    from dosimetry.batch.discovery import Discovery
    from dosimetry.batch.limits import Limits
    from dosimetry.errors import UsageError

    part = _shard(shard)
    if scheduler is not None and workers is not None:
        raise UsageError("the workers of a cluster are its own", item="--workers", remedy="leave it out")
    if manifest is not None and (watch or watch_for is not None):
        raise UsageError("a manifest says all there is", item="--watch", remedy="leave out one of both")
    if not root.is_dir():
        raise UsageError("no such folder", file=root, item="ROOT")
    settings = _settings(metric, convention, protocol, aliases, risk)
    entries = None
    if manifest is not None:
        from dosimetry.batch.manifest import read_manifest

        entries = read_manifest(manifest)
    discovery = Discovery(root, settings, part)
    limits = Limits(case_timeout, case_memory)
    seconds = watch_for if watch_for is not None else None
    request = _Request(discovery, entries, watch or watch_for is not None, seconds, settle)
    with _terminated():
        counts = _run(request, out, settings, limits, workers, scheduler)
    if counts.failed or counts.known_failed:
        raise typer.Exit(1)


class _Request:
    """Where jobs come from."""

    def __init__(
        self,
        discovery: Discovery,
        entries: tuple[Entry, ...] | None,
        watching: bool,
        seconds: float | None,
        settle: float,
    ) -> None:
        self.discovery, self.entries, self.watching = discovery, entries, watching
        self.seconds, self.settle = seconds, settle

    def jobs(self, lanes: Lanes) -> Iterator[Job | None]:
        if self.watching:
            from dosimetry.batch.watch import Watch, watched_jobs

            yield from watched_jobs(
                self.discovery, Watch(self.settle), seconds=self.seconds, idle=lambda: not lanes.busy
            )
        elif self.entries is not None:
            yield from self.discovery.of_manifest(self.entries)
        else:
            yield from self.discovery.jobs()

    def share(self) -> float | None:
        return None if self.watching else self.discovery.share


def _run(
    request: _Request,
    out: Path,
    settings: Settings,
    limits: Limits,
    workers: int | None,
    scheduler: str | None,
) -> Counts:
    from dosimetry.batch.engine import Counts, run
    from dosimetry.batch.journal import Journal
    from dosimetry.batch.store import open_sink
    from dosimetry.provenance import keyed_hash

    counts, began = Counts(), monotonic()
    shard = request.discovery.shard
    root = keyed_hash(f"root\0{request.discovery.root.resolve().as_posix()}")
    with open_sink(out, settings, shard, root) as sink, Journal(out, shard) as journal:
        journal.note(
            "start", shard=None if shard is None else f"{shard[0]}/{shard[1]}", settings=settings.as_dict()
        )
        lanes = _lanes(workers, scheduler, settings, limits)
        try:
            _warm(lanes)
            with Watcher(counts, request.share) as watcher:
                seen = run(request.jobs(lanes), lanes, sink, counts, tell=journal.job, tick=watcher.tick)
            if not request.watching and request.entries is None:
                sink.forget_failures(seen)
        except KeyboardInterrupt:
            lanes.close(kill=True)
            journal.note("interrupted", **_counted(counts))
            if not request.watching:
                note(f"stopped: {counts.ended} results are kept; the same command goes on from there")
                raise
        except BaseException:
            lanes.close(kill=True)
            raise
        else:
            lanes.close()
        passed = monotonic() - began
        journal.note("end", seconds=round(passed, 3), **_counted(counts))
    note(
        f"{counts.done:,} done, {counts.warned:,} done with warnings, {counts.failed:,} failed, "
        f"{counts.known:,} were there{f' ({counts.known_failed:,} failed)' if counts.known_failed else ''}; "
        f"{spoken(passed)}"
    )
    return counts


def _counted(counts: Counts) -> dict[str, int]:
    return {"done": counts.done, "warned": counts.warned, "failed": counts.failed, "known": counts.known}


def _lanes(workers: int | None, scheduler: str | None, settings: Settings, limits: Limits) -> Lanes:
    if scheduler is not None:
        from dosimetry.batch.cluster import cluster_lanes

        return cluster_lanes(scheduler, settings, limits)
    import os

    from dosimetry.batch.lanes import local_lanes

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return local_lanes(workers or usable or 1, settings, limits)


def _warm(lanes: Lanes) -> None:
    """Load or compile the kernels in one process before the others start."""
    from dosimetry.batch.warming import warm_job
    from dosimetry.errors import DosimetryError

    with warm_job() as job:
        outcome = lanes.warm(job)
    if outcome.failure is not None:
        raise DosimetryError(f"no worker can compute: {outcome.failure.text}", item="batch")
    if outcome.compiled:
        note(f"kernels were compiled and are kept ({outcome.seconds:.0f} s)")


def _settings(
    metric: list[str] | None,
    convention: str,
    protocol: list[str] | None,
    aliases: Path | None,
    risk: Path | None,
) -> Settings:
    from dosimetry.batch.settings import Settings
    from dosimetry.cli.risk_file import assess_comparison, check_risk_file
    from dosimetry.dicom.scan import content_hash
    from dosimetry.dvh.convention import find_convention
    from dosimetry.dvh.metrics import DEFAULT_METRICS, parse_metric
    from dosimetry.names.parts import Choices
    from dosimetry.protocols.library import find_sheet

    if risk is not None:
        check_risk_file(risk)
    return Settings(
        metrics=tuple(str(parse_metric(spec)) for spec in metric) if metric else tuple(DEFAULT_METRICS),
        convention=find_convention(convention),
        sheets=tuple(find_sheet(name) for name in dict.fromkeys(protocol or ())),
        choices=None if aliases is None else Choices(aliases=read_alias_option(aliases)),
        risk_file=None if risk is None else risk.resolve(),
        risk_sha256="" if risk is None else _risk_hash(risk, content_hash),
        assess=None if risk is None else assess_comparison,
    )


def _risk_hash(path: Path, content_hash: Any) -> str:
    """Return the hashes of a risk file and of the rate table that it names."""
    import tomllib

    rates = tomllib.loads(path.read_text(encoding="utf-8")).get("rates")
    table = path.parent / str(rates) if rates is not None else None
    beside = [content_hash(table)] if table is not None and table.is_file() else []
    return " ".join([content_hash(path), *beside])


def _shard(text: str | None) -> tuple[int, int] | None:
    from dosimetry.errors import UsageError

    if text is None:
        return None
    first, _, second = text.partition("/")
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second) <= 100_000):
        raise UsageError(f"cannot be {text!r}", item="--shard", expected="I/N with I from 1 to N, as in 3/16")
    return int(first), int(second)


@contextmanager
def _terminated() -> Iterator[None]:
    """Let a request to terminate, as batch systems send, end like Ctrl-C."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
