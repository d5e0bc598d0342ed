"""The console script: registers the commands and turns whatever happens into an exit code and one line.

Command modules import only light things at their top, so that ``--help`` answers at once.
"""

from __future__ import annotations

import codecs
import gc
import os
import sys
import traceback
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli import (
    batch,
    check,
    cohort,
    compare,
    conventions,
    dvh,
    find,
    imni,
    names,
    risk,
    samples,
    validate,
)
from dosimetry.errors import DosimetryError, OutputError, UsageError
from dosimetry.labels import file_label, naming, without_paths
from dosimetry.text import clean, plain_letters

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run"]

_NAME = "dosimetry"
_DEBUG_VARIABLE = "DOSIMETRY_DEBUG"
_PLAIN_LETTERS = "dosimetry-plain-letters"
_HELP = """Heart and lung dose with and without the internal mammary nodes, and the cardiac risk of the
difference.

\b
Example:
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0

Results go to stdout, messages to stderr. Exit codes: 0 done; 1 a check failed, or a warning under --strict;
2 bad usage or unusable input."""

# click's own base classes, wherever the installed typer keeps click
_USAGE_ERROR = typer.BadParameter.__mro__[1]
_CLICK_ERROR = typer.BadParameter.__mro__[2]

DONE, UNUSABLE, INTERNAL, INTERRUPTED, BROKEN_PIPE = 0, 2, 70, 130, 141

app = typer.Typer(
    name=_NAME,
    help=_HELP,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (imni, dvh, compare, cohort, check, find, names, risk, conventions, samples, validate, batch):
    _command.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        from dosimetry.provenance import package_version

        typer.echo(f"{_NAME} {package_version()}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Options that stand before the command."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    # Starting up makes objects by the hundred thousand and no garbage: looking for it took a tenth of the time.
    gc.set_threshold(200_000)
    codecs.register_error(_PLAIN_LETTERS, plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAIN_LETTERS)  # a code page without '≥' must not end a run
    try:
        sys.exit(_exit_code(arguments))
    finally:
        gc.freeze()  # nor is there anything worth looking for on the way out


def _exit_code(arguments: Sequence[str] | None) -> int:
    """Return the exit code of one run, with its one line on stderr where it is not a plain success."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    with naming(given, identify="--identify" in given):
        return _named_exit_code(given)


def _named_exit_code(given: list[str]) -> int:
    try:
        _require_stdout()
        command = typer.main.get_command(app)
        _require_no_empty(given)
        outcome = command.main(args=_spread(given), prog_name=_NAME, standalone_mode=False)
        sys.stdout.flush()  # a full disk shows here, not when the interpreter shuts down
    except BrokenPipeError:
        _drop_stdout()
        return BROKEN_PIPE
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # typer turns a closed pipe into exit code 1
            _drop_stdout()
            return BROKEN_PIPE
        raise
    except (KeyboardInterrupt, typer.Abort):  # typer turns an interrupt into one or the other, or into a code
        outcome = INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last line of defence: no traceback reaches a user unasked
        if os.environ.get(_DEBUG_VARIABLE) == "1":
            traceback.print_exc()
        code, line = _told(error)
        if isinstance(error, OSError):
            _drop_stdout()
        sys.stderr.write(f"{_NAME}: {clean(without_paths(line))}\n")
        return code
    if outcome == INTERRUPTED:
        sys.stderr.write(f"{_NAME}: interrupted\n")
    return outcome if isinstance(outcome, int) else DONE


def _spread(arguments: Sequence[str]) -> list[str]:
    """Repeat an option that takes several values before each of them: ``--with A B`` is ``--with A --with B``."""
    if "imni" not in arguments:
        return list(arguments)
    spread: list[str] = []
    option, fresh = "", False
    for argument in arguments:
        if argument.startswith("-") and argument != "-":
            option, fresh = (argument, True) if argument in imni.MULTIPLE else ("", False)
        elif option:
            spread += [] if fresh else [option]
            fresh = False
        spread.append(argument)
    return spread


def _require_no_empty(arguments: Sequence[str]) -> None:
    """Refuse an empty argument: as a path it would be the current folder, and a plan that nobody named."""
    for before, argument in pairwise(("", *arguments)):
        attached = argument.startswith("--") and argument.endswith("=")
        if attached or not argument.strip():
            option = argument.removesuffix("=") if attached else before
            raise UsageError(
                "empty argument",
                item=option if option.startswith("--") else None,
                remedy="is a variable not set? '.' is the current folder",
            )


def _require_stdout() -> None:
    if not hasattr(sys.stdout, "write"):  # None where the shell closed it
        raise OutputError("standard output is closed", remedy="send it to a file or a pipe")


def _told(error: Exception) -> tuple[int, str]:
    """Return exit code and message for an exception."""
    if isinstance(error, DosimetryError):
        return UNUSABLE, f"error: {error}"
    if isinstance(error, _CLICK_ERROR):
        return UNUSABLE, f"error: {_usage_text(error)}"
    if isinstance(error, MemoryError):
        return UNUSABLE, "error: not enough memory for this input; try a larger machine"
    if isinstance(error, OSError):
        name = file_label(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else ""
        reason = error.strerror or type(error).__name__
        return UNUSABLE, f"error: {name or 'reading or writing failed'}: {reason}"
    hint = f"set {_DEBUG_VARIABLE}=1 for the traceback"
    return INTERNAL, f"internal error: {type(error).__name__}{_place(error)} ({hint})"


def _place(error: Exception) -> str:
    """Return where in the program an error arose; its own text may quote what a file holds."""
    frames = traceback.extract_tb(error.__traceback__)
    package = PurePath(__file__).parents[1]
    ours = [frame for frame in frames if PurePath(frame.filename).is_relative_to(package)]
    return f" in {PurePath(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""


def _usage_text(error: Exception) -> str:
    """Return click's message as one clause, with where to look next."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    text = " ".join(message.replace("Value error, ", "").split()).rstrip(".")
    if not isinstance(error, _USAGE_ERROR):
        return text
    path = getattr(getattr(error, "ctx", None), "command_path", None) or _NAME
    return f"{text[:1].lower()}{text[1:]}; see '{path} --help'"


def _drop_stdout() -> None:
    """Point stdout at nothing: what is left in its buffer would raise once more at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stdout that is no file
        return
