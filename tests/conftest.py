"""Settings and fixtures that all tests share."""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The key of patient pseudonyms is drawn anew on every machine; tests need the same one everywhere.
os.environ["DOSIMETRY_KEY"] = "tests-only-key-of-no-value"
# Set before matplotlib is imported anywhere, in subprocesses too: no display is needed.
os.environ["MPLBACKEND"] = "Agg"

# Compilation makes the first example slow, and shared machines make any of them slow.
settings.register_profile("default", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "default")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Folder that holds tests/ and sample_plans/: the repository, or a copy without the source."""
    return ROOT


@pytest.fixture(scope="session")
def source_tree() -> Path:
    """Root of the repository."""
    if not (ROOT / "dosimetry").is_dir():
        pytest.skip("tests run beside an installed package, without the source tree")
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real exports that cannot be passed on with the project."""
    folder = Path(os.environ.get("DOSIMETRY_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real exports at {folder}: set DOSIMETRY_SHARED_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def dicompyler():
    """dicompyler-core's DVH calculation, a second engine; made to import with pydicom 3."""
    import pydicom.dicomio

    pydicom.dicomio.read_file = pydicom.dcmread  # the name that it still asks for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import_module("dicompylercore.dicomparser")
        return import_module("dicompylercore.dvhcalc")
