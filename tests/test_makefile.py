"""Of `make demo` and `make london`: an interrupted landing is never taken for a whole one."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Stands in for wattlead: is killed half way through landing unless there is a file "luck".
WATTLEAD = """#!/usr/bin/env bash
[ "$1" = simulate ] || [ "$1" = import ] || exit 0
for word in "$@"; do [ "${before:-}" = --out ] && out=$word; before=$word; done
[ -z "$(ls "$out/../truth" 2>/dev/null)" ] || exit 2
mkdir -p "$out" "$out/../truth"
touch "$out/half" "$out/../truth/half"
[ -e luck ] || kill -9 $$
touch "$out/whole"
"""


@pytest.mark.parametrize("target", ["demo", "london"])
def test_what_an_interrupted_landing_left_is_landed_anew(tmp_path, target):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".ready").touch()
    (tmp_path / "wattlead").write_text(WATTLEAD)
    (tmp_path / "wattlead").chmod(0o755)
    command = ["make", target, "WATTLEAD=./wattlead"]
    landing = tmp_path / target / "landing"
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode
    assert not landing.exists()
    (tmp_path / "luck").touch()
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert (landing / "whole").exists()
    assert (tmp_path / "demo" / "truth").exists() == (target == "demo")
