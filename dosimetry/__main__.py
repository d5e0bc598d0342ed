"""Run the command line with ``python -m dosimetry``."""

from __future__ import annotations

from dosimetry.cli.main import run

if __name__ == "__main__":
    run()
