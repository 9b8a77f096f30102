"""Puts one small fault after another into the rules of business time and clocks, and tells which the tests let pass.

    python tools/mutants.py FOLDER [NAME …]     # works in a copy in FOLDER, goes on where it was ended there

One process, at the lowest priority. Which modules, and which tests are asked, pyproject.toml says ([tool.mutmut]).
Ends with 1 when fewer than 90 of 100 faults are found. A fault that makes a program run for ever is found.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEAST = 90
"""Percent."""

SURVIVED, UNASKED, NOT_RUN = 0, 33, None
"""Exit codes of a fault that no test found, of one that no test reaches, and of one not tried yet."""


def copy_into(folder: Path) -> None:
    """What git knows and what was built, for the program and its tests."""
    known = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           check=True, capture_output=True, text=True).stdout.split("\0")
    built = [str(file.relative_to(ROOT)) for file in ROOT.glob("src/**/*.mo")]
    for name in (*known, *built):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def results(folder: Path) -> Iterator[tuple[str, str, int | None]]:
    """Of every fault its module, name and exit code."""
    for file in sorted(folder.glob("mutants/src/**/*.py.meta")):
        for name, code in json.loads(file.read_text("utf-8"))["exit_code_by_key"].items():
            yield file.name.removesuffix(".py.meta"), name, code


def main() -> int:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    copy_into(folder)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = ["nice", "-n", "19", sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names]
    ended = subprocess.run(command, cwd=folder, env=env, check=False).returncode
    modules: dict[str, Counter[bool]] = {}
    for module, name, code in results(folder):
        found = code not in (SURVIVED, UNASKED, NOT_RUN)
        modules.setdefault(module, Counter())[found] += 1
        if not found:
            print(f"not found: {name}" + (" (not tried)" if code is NOT_RUN else ""))
    for module, counted in modules.items():
        print(f"{module:<16}{counted[True]:>6} of {counted.total():>6} found")
    whole = sum(modules.values(), Counter())
    share = 100 * whole[True] / max(1, whole.total())
    print(f"{'all':<16}{whole[True]:>6} of {whole.total():>6} found: {share:.1f} %, at least {LEAST}")
    return ended or int(share < LEAST)


if __name__ == "__main__":
    raise SystemExit(main())
