"""The frame holds: who may import whom, which layer may read which, and what never enters Git."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("connectors", "contract", "expectations", "ml", "orchestration")

# What each dbt layer may read (docs/architecture.md). Seeds are people's lists: open to all.
MAY_READ = {
    # The one table of the vault that the marts may read: the texts, redacted.
    "redacted": {"vault"},
    "vault": {"source", "vault"},
    "staging": {"source", "vault"},
    "intermediate": {"source", "staging", "intermediate", "marts"},
    "marts": {"redacted", "staging", "intermediate", "marts"},
    "customer_360": {"staging", "intermediate", "marts", "customer_360"},
    "tags": {"marts", "customer_360", "tags"},
    "governance": {"source", "staging", "vault", "governance"},
    "marketing": {"scores", "staging", "marts", "customer_360", "tags", "marketing"},
}
REDACTED = "vault_service__redacted_text"


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", [p for p in PACKAGES if p != "orchestration"])
def test_only_orchestration_imports_other_folders(package):
    others = set(PACKAGES) - {package}
    for path in (ROOT / package).rglob("*.py"):
        assert not imports(path) & others, path.relative_to(ROOT)


def test_ml_is_free_of_databases_and_orchestration():
    for path in (ROOT / "ml").rglob("*.py"):
        assert not imports(path) & {"duckdb", "sqlalchemy", "dagster", "dbt"}, path.name


def model_layer(path: Path) -> str:
    if path.stem == REDACTED:
        return "redacted"
    return path.relative_to(ROOT / "models").parts[0]


def layers_read(path: Path, home: dict[str, str]) -> set[str]:
    sql = re.sub(r"{#.*?#}|--[^\n]*", "", path.read_text(), flags=re.S)
    read = {home[name] for name in re.findall(r"ref\(\s*['\"](\w+)['\"]\s*\)", sql) if name in home}
    for source in re.findall(r"source\(\s*['\"](\w+)['\"]", sql):
        read.add("scores" if source == "scores" else "source")
    return read


def test_every_model_reads_only_the_layers_before_it():
    paths = sorted((ROOT / "models").rglob("*.sql"))
    home = {path.stem: model_layer(path) for path in paths}
    wrong = {
        path.stem: sorted(layers_read(path, home) - MAY_READ[model_layer(path)])
        for path in paths
        if layers_read(path, home) - MAY_READ[model_layer(path)]
    }
    assert not wrong


def test_the_layer_rule_can_fail(tmp_path):
    model = tmp_path / "bad.sql"
    model.write_text("select * from {{ ref('lead') }} -- {{ ref('stg_x') }}")
    assert layers_read(model, {"lead": "marketing", "stg_x": "staging"}) == {"marketing"}


def test_nothing_in_the_pipeline_reads_the_simulators_truth():
    for path in [*(ROOT / "models").rglob("*.*"), *(ROOT / "ml").rglob("*.py")]:
        assert not re.search(r"source\(\s*['\"]truth|/truth/", path.read_text()), path


def git_files() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a Git clone: what is committed cannot be listed")
    return subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_no_built_artefact_is_committed():
    built = re.compile(r"\.(duckdb|parquet|pkl|joblib|skops|wal)$")
    assert not [name for name in git_files() if built.search(name)]


def test_no_registry_host_or_machine_path_is_committed():
    # Written in pieces, or this file would find itself.
    hosts = ["py" + "pi.org", "python" + "hosted", "npm" + "js.", "/ro" + "ot/", "/ho" + "me/"]
    found = []
    for name in git_files():
        path = ROOT / name
        if path.is_file() and name != "LICENSE":
            text = path.read_text(errors="ignore")
            found += [f"{name}: {host}" for host in hosts if host in text]
    assert not found
