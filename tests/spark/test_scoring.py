"""The functions that score in pandas score under Spark's mapInPandas too, to the last digit."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml import model_store
from ml.harness.fitting import calibrated, candidates
from orchestration import spark

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"

# What a Spark job would do: the model travels as its file's bytes, each batch is a frame.
SCRIPT = """
import sys
import pandas as pd
from pyspark.sql import SparkSession

from ml import model_store

folder = sys.argv[1]
stored = open(f"{folder}/model.skops", "rb").read()


def score(frames):
    model = model_store.loads(stored)["model"]
    for frame in frames:
        chance = model.predict_proba(frame.drop(columns="account_no"))[:, 1]
        yield pd.DataFrame({"account_no": frame["account_no"], "probability": chance})


session = (
    SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2").getOrCreate()
)
rows = session.read.parquet(f"{folder}/features.parquet").repartition(3)
scored = rows.mapInPandas(score, "account_no string, probability double")
scored.toPandas().to_parquet(f"{folder}/scored.parquet")
session.stop()
"""


def test_a_stored_model_scores_alike_in_pandas_and_in_spark(tmp_path):
    if not (PYTHON.exists() and spark.java()):
        pytest.skip("Spark is not set up (make spark-setup), or there is no Java 17")
    rng = np.random.default_rng(3)
    use = rng.lognormal(3, 1, 900)
    table = pd.DataFrame(
        {
            "use_kwh": np.where(rng.random(900) < 0.1, np.nan, use),
            "category": rng.choice(["residential", "commercial"], 900),
        }
    )
    event = rng.random(900) < np.where(use > 30, 0.5, 0.1)
    fitted = candidates(table)["boosting"].fit(table[:600], event[:600])
    model = calibrated(fitted, table[600:], event[600:])
    (tmp_path / "model.skops").write_bytes(model_store.dumps({"model": model}))
    features = table.assign(account_no=[f"A{n}" for n in range(900)])
    features.to_parquet(tmp_path / "features.parquet", index=False)
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": str(PYTHON)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    scored = pd.read_parquet(tmp_path / "scored.parquet").set_index("account_no")["probability"]
    here = pd.Series(model.predict_proba(table)[:, 1], features["account_no"])
    assert len(scored) == 900
    assert scored.reindex(here.index).to_numpy() == pytest.approx(here.to_numpy(), abs=1e-12)
