"""``dosimetry samples``: the synthetic sample plans or a synthetic cohort, written anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.terminal import say

if TYPE_CHECKING:
    from dosimetry.synthetic.catalogue import SamplePlan

__all__ = ["register"]

_HELP = """Write the synthetic sample plans into a folder, with the CTs that they were made on; or a small cohort.

They are invented, mark themselves so, and serve to try the program out. All of them take a few minutes, one takes
some seconds. A cohort has four plans of each patient: free breathing and breath held, without and with the IMN.

\b
Examples:
  dosimetry samples my_samples
  dosimetry samples my_samples --plan left_fb_tangents --plan left_fb_tangents_imn
  dosimetry samples my_cohort --cohort 12"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("samples", help=_HELP, short_help="Write the synthetic sample plans.")(samples)


def samples(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; made if missing.", show_default=False)
    ],
    plan: Annotated[
        list[str] | None, typer.Option("--plan", metavar="NAME", help="Only this plan; may be given again.")
    ] = None,
    cohort: Annotated[
        int | None, typer.Option("--cohort", min=1, max=500, metavar="N", help="A cohort of N patients instead.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Other patients; 0 are those that are shipped.")] = 0,
) -> None:
    """Write the sample plans."""
    from dosimetry.synthetic.cohort import COHORT_PLANS, patient_folder, write_patient
    from dosimetry.synthetic.plans import CT_FOLDER, write_sample_plans

    chosen = _chosen(plan, cohort)
    if cohort is None:
        anatomies = dict.fromkeys(recipe.anatomy for recipe in chosen)
        names = [recipe.folder for recipe in chosen] + [f"{CT_FOLDER}/{name}" for name in anatomies]
        _prepare(folder, names)
        with _progress(len(names)) as step:
            written = write_sample_plans(folder, seed=seed, plans=chosen, step=step)
    else:
        _prepare(folder, [patient_folder(number) for number in range(1, cohort + 1)])
        written = []
        with _progress(cohort * len(COHORT_PLANS)) as step:
            for number in range(1, cohort + 1):
                written += write_patient(folder, number, seed, step=step)
    for path in written:
        say(path.relative_to(folder).as_posix())  # what lies above may tell a name


def _chosen(names: list[str] | None, cohort: int | None) -> tuple[SamplePlan, ...]:
    """Return the plans that were asked for."""
    from dosimetry.errors import UsageError
    from dosimetry.synthetic.catalogue import SAMPLE_PLANS

    if names and cohort is not None:
        raise UsageError("a cohort has its own plans", item="--plan", remedy="leave out --plan or --cohort")
    if not names:
        return SAMPLE_PLANS
    known = [recipe.folder for recipe in SAMPLE_PLANS]
    for name in names:
        if name not in known:
            raise UsageError("no such sample plan", item="--plan", expected=", ".join(known), found=name)
    return tuple(recipe for recipe in SAMPLE_PLANS if recipe.folder in names)


def _prepare(folder: Path, names: list[str]) -> None:
    """Make the folder, if nothing that is to be written is there."""
    from dosimetry.errors import OutputError

    for name in names:
        parent = (folder / name).parent
        if parent.exists() and not parent.is_dir():
            raise OutputError("not a folder", file=parent)
        if (folder / name).exists():
            raise OutputError(
                "is there already", file=folder / name, remedy="name another folder; nothing is overwritten"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("folder cannot be made", file=folder, found=error.strerror) from error


@contextmanager
def _progress(count: int) -> Iterator[Callable[[str], None]]:
    """Show on stderr how far it is, and yield what is called after each folder."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    # Where nobody looks, not even the empty line that a bar leaves behind.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("making the plans", total=count)

        def step(name: str) -> None:
            bar.update(task, advance=1, description=f"made {name}")

        yield step
