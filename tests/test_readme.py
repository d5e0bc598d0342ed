"""What README.md shows is what the program prints."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def readme(project_root):
    return (project_root / "README.md").read_text(encoding="utf-8")


def blocks(readme, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)


def run(command, folder):
    words = shlex.split(command)
    assert words[0] == "dosimetry"
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


def expected_pattern(shown):
    """Return a pattern for shown output, in which an ellipsis stands for anything left out."""
    return re.escape(shown).replace(re.escape("…\n"), r"(?:.*\n)*?").replace("…", ".*")


def test_terminal_transcripts_are_true(readme, project_root):
    transcripts = blocks(readme, "console")
    assert len(transcripts) == 5
    for transcript in transcripts:
        command, shown = transcript.removeprefix("$ ").split("\n", 1)
        assert re.fullmatch(expected_pattern(shown), run(command, project_root)), command


def test_python_example_prints_what_it_says(readme, project_root):
    (code,) = blocks(readme, "python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project_root, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == re.search(r"# (.+)$", code, re.MULTILINE)[1]


def test_every_command_is_in_the_readme(readme):
    from dosimetry.cli.main import app

    for command in app.registered_commands:
        assert f"`dosimetry {command.name}`" in readme


def test_links_lead_somewhere(readme, project_root, source_tree):
    assert source_tree == project_root
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (project_root / target).exists(), target
