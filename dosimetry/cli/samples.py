"""``dosimetry samples``: the synthetic sample plans, written anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosimetry.cli.terminal import note, say

__all__ = ["register"]

_HELP = """Write the synthetic sample plans into a folder: a left breast with and without the IMN target.

They are invented, mark themselves so, and serve to try the program out. Writing them takes some seconds.

\b
Examples:
  dosimetry samples my_samples
  dosimetry imni --without my_samples/left_fb_tangents --with my_samples/left_fb_tangents_imn"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("samples", help=_HELP, short_help="Write the synthetic sample plans.")(samples)


def samples(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; made if missing.", show_default=False)
    ],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another thorax; 0 is the one that is shipped.")] = 0,
) -> None:
    """Write the sample plans."""
    from dosimetry.errors import OutputError
    from dosimetry.synthetic.plans import SAMPLE_PLANS, write_sample_plans

    for plan in SAMPLE_PLANS:
        if (folder / plan.folder).exists():
            raise OutputError(
                "is there already",
                file=folder / plan.folder,
                remedy="name another folder; nothing is overwritten",
            )
    if folder.exists() and not folder.is_dir():
        raise OutputError("not a folder", file=folder)
    folder.mkdir(parents=True, exist_ok=True)
    note("making the sample plans …")
    for written in write_sample_plans(folder, seed=seed):
        say(str(folder / written.name))
