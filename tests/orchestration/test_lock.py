"""One run at a time; a dead process holds nothing."""

import subprocess
import sys
import time

import pytest

from orchestration.lock import WorkspaceBusy, exclusive

HOLD = "import sys,time; from pathlib import Path; from orchestration.lock import exclusive\n"
HOLD += "with exclusive(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def test_a_second_run_is_told_who_holds_the_workspace(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE, text=True
    )
    holder.stdout.readline()
    try:
        with pytest.raises(WorkspaceBusy, match=f"process {holder.pid} since"):
            exclusive(tmp_path / "lock").__enter__()
    finally:
        holder.kill()
        holder.wait()
    time.sleep(0.05)
    with exclusive(tmp_path / "lock"):
        pass


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), exclusive(tmp_path / "lock"):
        raise RuntimeError
    with exclusive(tmp_path / "lock"):
        pass


def test_the_jobs_first_step_finds_the_lock_of_its_own_process(tmp_path):
    from orchestration.lock import hold_until_exit

    with exclusive(tmp_path / "lock"):
        hold_until_exit(tmp_path / "lock")  # would wait for ever on a lock of its own
    with exclusive(tmp_path / "lock"):
        pass


def test_a_run_of_the_daemon_holds_the_lock_until_its_process_ends(tmp_path):
    code = "import sys; from pathlib import Path; from orchestration.lock import hold_until_exit\n"
    code += "hold_until_exit(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "lock"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    holder.stdout.readline()
    with pytest.raises(WorkspaceBusy):
        exclusive(tmp_path / "lock").__enter__()
    holder.communicate("")
    with exclusive(tmp_path / "lock"):
        pass
