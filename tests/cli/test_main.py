"""The console script: what it loads, its exit codes, and one clear line for whatever goes wrong."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from dosimetry.cli import main
from dosimetry.errors import DicomFileError

HEAVY = ("numpy", "numba", "pydicom", "matplotlib", "scipy", "pandas", "skimage", "dosimetry.risk")
RISK = ("risk", "--heart-mean", "4.2", "--heart-mean-with-imn", "8")


def dosimetry(*arguments, **options):
    command = [sys.executable, "-m", "dosimetry", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


@pytest.fixture
def failing(monkeypatch, capsys):
    """Run the console script with a command that raises."""

    def run(error):
        app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

        @app.callback()
        def options():
            pass

        @app.command()
        def fail():
            raise error

        monkeypatch.setattr(main, "app", app)
        with pytest.raises(SystemExit) as caught:
            main.run(["fail"])
        told = capsys.readouterr()
        assert told.out == ""
        return caught.value.code, told.err

    return run


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], (*HEAVY, "pydantic")),
        (["risk", "--help"], HEAVY),  # newer typer parses the options of a command with pydantic itself
        (["--version"], HEAVY),
    ],
)
def test_help_loads_nothing_heavy(arguments, unwanted):
    script = f"""
import sys
from dosimetry.cli.main import run
try:
    run({arguments!r})
except SystemExit as stop:
    assert stop.code == 0, stop.code
sys.stderr.write(" ".join(name for name in {unwanted!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "Example" in done.stdout or "--version" in arguments


def test_every_command_has_help_with_an_example():
    group = typer.main.get_command(main.app)
    assert {name for name, command in group.commands.items() if "Example" not in (command.help or "")} == set()
    assert "risk" in group.commands


def test_version():
    done = dosimetry("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"dosimetry {version('dosimetry')}\n", "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "missing command; see 'dosimetry --help'"),
        (["nope"], "no such command 'nope'; see 'dosimetry --help'"),
        (["risk", "--heart-mean"], "'--heart-mean' requires an argument; see 'dosimetry --help'"),
        (["samples", ""], "empty argument; is a variable not set? '.' is the current folder"),
        (
            ["imni", "--without", "a", "--with", " "],
            "--with: empty argument; is a variable not set? '.' is the current folder",
        ),
        (
            ["imni", "--without=", "--with", "b"],
            "--without: empty argument; is a variable not set? '.' is the current folder",
        ),
        (["dvh", "a", "--prescription", "inf"], "see 'dosimetry dvh --help'"),
        (["dvh", "a", "--prescription", "5000"], "see 'dosimetry dvh --help'"),
        (["risk", "extra"], "(extra); see 'dosimetry risk --help'"),
        (["risk", "--heart-mean", "4,2"], "see 'dosimetry risk --help'"),
        (["risk", "--heart-mean", "\x1b[31m4"], "see 'dosimetry risk --help'"),
        (
            ["risk", "--format", "xml"],
            "'table', 'json', 'csv'; see 'dosimetry risk --help'",
        ),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(arguments, line, capsys):
    with pytest.raises(SystemExit) as caught:
        main.run(arguments)
    told = capsys.readouterr()
    assert caught.value.code == 2
    assert told.out == ""
    assert told.err.startswith("dosimetry: error: ")
    assert told.err.endswith(f"{line}\n")
    assert told.err.count("\n") == 1
    assert "\x1b" not in told.err


def test_own_errors_are_one_line_and_exit_2(failing):
    error = DicomFileError("no pixel data", file="/patients/Doe^Jane/dose\n.dcm", expected="PixelData")
    line = "dosimetry: error: dose\N{REPLACEMENT CHARACTER}.dcm: no pixel data; expected PixelData\n"
    assert failing(error) == (2, line)


def test_system_errors_name_the_file_but_no_folder(failing):
    error = PermissionError(errno.EACCES, "Permission denied", "/patients/Doe/dose.dcm")
    assert failing(error) == (2, "dosimetry: error: dose.dcm: Permission denied\n")
    error = OSError(errno.ENOSPC, "No space left on device")
    assert failing(error) == (2, "dosimetry: error: reading or writing failed: No space left on device\n")


def test_memory_error_is_exit_2(failing):
    code, line = failing(MemoryError())
    assert code == 2
    assert line.startswith("dosimetry: error: not enough memory")


def test_interrupt_is_exit_130(failing):
    code, line = failing(KeyboardInterrupt())
    assert (code, line.strip()) == (130, "dosimetry: interrupted")


def test_unexpected_errors_show_no_traceback_unless_asked(failing, monkeypatch):
    line = "dosimetry: internal error: ZeroDivisionError in main.py, line {} "
    line += "(set DOSIMETRY_DEBUG=1 for the traceback)\n"
    monkeypatch.delenv("DOSIMETRY_DEBUG", raising=False)
    code, told = failing(ZeroDivisionError("what a file holds\nand more"))
    assert code == 70
    assert re.sub(r"line \d+", "line {}", told) == line
    monkeypatch.setenv("DOSIMETRY_DEBUG", "1")
    code, told = failing(ZeroDivisionError("two\nlines"))
    assert code == 70
    assert told.startswith("Traceback (most recent call last)")
    assert re.sub(r"line \d+", "line {}", told).endswith(line)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_full_disk_is_one_line_and_exit_2(form):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "dosimetry", *RISK, "--format", form]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "dosimetry: error: reading or writing failed: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
def test_closed_pipe_is_silent():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, "-m", "dosimetry", *RISK]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the stream")
def test_closed_stdout_is_one_line():
    command = ["sh", "-c", '"$0" -m dosimetry risk --list >&-', sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = "dosimetry: error: standard output is closed; send it to a file or a pipe\n"
    assert (done.returncode, done.stderr) == (2, line)


def test_code_page_without_the_letters_does_not_end_a_run():
    done = dosimetry(*RISK, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "darby-7" in done.stdout
