"""What is in the tree is in the wheel, also where git made a text file of the link to the kernels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

SUFFIXES = {".py", ".toml", ".j2", ".css", ".js", ".typ", ".md", ".typed", ".html", ".json", ".csv", ".svg"}


def project_files(root):
    """Return files that are committed or about to be; those of the tree where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if run.returncode == 0 and run.stdout:
        found = [root / name for name in run.stdout.split("\0") if name]
    else:
        found = [*(root / "dosimetry").rglob("*"), *(root / "kernels").rglob("*"), *root.glob("[A-Zp]*")]
    return [
        p for p in found if os.path.lexists(p) and (p.is_symlink() or p.is_file()) and "__pycache__" not in p.parts
    ]


def packaged(root):
    """Return the names that files of the package must have in the wheel."""
    names = {p.relative_to(root).as_posix() for p in project_files(root) if p.suffix in SUFFIXES}
    own = {n for n in names if n.startswith("dosimetry/") and not n.startswith("dosimetry/kernels/")}
    return own | {f"dosimetry/{n}" for n in names if n.startswith("kernels/")}


def copy_of(root, target, *, link):
    """Copy the project; the link to the kernels becomes a link or, as git does without links, a text file."""
    for path in project_files(root):
        place = target / path.relative_to(root)
        if place.parts[-2:] == ("dosimetry", "kernels") or place.parent.parts[-2:] == (
            "dosimetry",
            "kernels",
        ):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    inner = target / "dosimetry" / "kernels"
    if link:
        try:
            inner.symlink_to("../kernels", target_is_directory=True)
        except OSError:
            pytest.skip("this system does not let users make symbolic links")
    else:
        inner.write_text("../kernels", encoding="utf-8")
    return target


def build(kind, folder):
    pytest.importorskip("build")
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", "made", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (made,) = (folder / "made").glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module", params=["link", "text file"])
def tree(request, source_tree, tmp_path_factory):
    return copy_of(source_tree, tmp_path_factory.mktemp("tree"), link=request.param == "link")


@pytest.fixture(scope="module")
def wheel(tree):
    return build("wheel", tree)


def test_wheel_holds_every_file_of_the_package_and_nothing_else(wheel, tree):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert held == packaged(tree)
    assert len(licences) == 1


def test_unpacked_wheel_runs_without_the_tree(wheel, tmp_path):
    shutil.unpack_archive(wheel, tmp_path, "zip")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import dosimetry.kernels.jit as jit, dosimetry.names as names\n"
        "print(jit.__file__); print(names.match_name('lt lung').side)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [str(tmp_path / "dosimetry" / "kernels" / "jit.py"), "left"]


@pytest.mark.slow
def test_wheel_from_the_source_distribution_is_complete(tree, tmp_path):
    with tarfile.open(build("sdist", tree)) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    with zipfile.ZipFile(build("wheel", unpacked)) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == packaged(tree)


@pytest.mark.slow
def test_editable_install_finds_the_kernels(tree, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--editable", "."]
    subprocess.run(command, cwd=tree, check=True)
    # This environment lends its dependencies; appended to the path, its own copy of the package stays unseen.
    script = tmp_path / "where.py"
    script.write_text(
        f"import sys; sys.path += {[p for p in sys.path if 'site-packages' in p]!r}\n"
        "import dosimetry, dosimetry.kernels.decimals as d; print(dosimetry.__file__); print(d.__file__)",
        encoding="utf-8",
    )
    run = subprocess.run([python, script], cwd=tmp_path, capture_output=True, text=True, check=True)
    package, kernels = run.stdout.splitlines()
    assert Path(package).samefile(tree / "dosimetry" / "__init__.py")
    assert Path(kernels).samefile(tree / "kernels" / "decimals.py")
