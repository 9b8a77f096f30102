"""What the tests of the rules of promises are worth: every branch is taken, and faults put in are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.long
def test_every_branch_of_the_rules_of_promises_is_taken(tmp_path: Path) -> None:
    """Which modules these are is said in pyproject.toml."""
    pytest.importorskip("coverage")
    data = f"--data-file={tmp_path / 'coverage'}"
    run = subprocess.run([sys.executable, "-m", "coverage", "run", data, "-m", "pytest", "-q", "-n", "0", "-p",
                          "no:cacheprovider", "tests/rules"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2_000:]
    told = subprocess.run([sys.executable, "-m", "coverage", "report", data], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.long
def test_nine_of_ten_faults_put_into_business_time_and_clocks_are_found(tmp_path: Path) -> None:
    pytest.importorskip("mutmut")
    run = subprocess.run([sys.executable, "tools/mutants.py", str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
                         check=False)
    assert run.returncode == 0, run.stdout[-2_000:]
