"""The store gives back what it took, the same bytes for the same model, and trusts nobody else."""

import io
import zipfile
from fractions import Fraction

import numpy as np
import pytest
import skops.io
from sklearn.cluster import KMeans

from ml import model_store
from ml.segment_model import SegmentModel, SegmentParams, fit

MATRIX = np.random.default_rng(0).normal(size=(60, 3))
PARAMS = SegmentParams()


def model() -> dict:
    return {"pipeline": fit(MATRIX, 3, PARAMS), "metrics": {"k": 3, "x": None}, "features": ["a"]}


def test_a_model_comes_back_whole():
    before, after = model(), model_store.loads(model_store.dumps(model()))
    assert after["metrics"] == {"k": 3, "x": None}
    assert after["features"] == ["a"]
    np.testing.assert_array_equal(
        after["pipeline"].transform(MATRIX), before["pipeline"].transform(MATRIX)
    )


def test_two_fits_give_the_same_bytes_and_another_seed_gives_others():
    other = model() | {"pipeline": fit(MATRIX, 3, SegmentParams(seed=5))}
    assert model_store.dumps(model()) == model_store.dumps(model())
    assert model_store.dumps(model()) != model_store.dumps(other)


def test_the_bytes_hold_no_clock():
    with zipfile.ZipFile(io.BytesIO(model_store.dumps(model()))) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}


class Stranger(KMeans):
    """A type that Wattlead never stores."""


@pytest.mark.parametrize("stranger", [Stranger(), Fraction(1, 2), print], ids=str)
def test_a_type_that_is_not_trusted_is_refused(stranger):
    data = skops.io.dumps({"pipeline": stranger})
    with pytest.raises(model_store.ModelStoreError, match="Delete"):
        model_store.loads(data)


def test_a_damaged_file_is_refused():
    data = model_store.dumps(model())
    emptied = io.BytesIO()
    zipfile.ZipFile(emptied, "w").close()
    for damaged in (b"", b"not a model", data[: len(data) // 2], emptied.getvalue()):
        with pytest.raises(model_store.ModelStoreError, match="can't be read"):
            model_store.loads(damaged)


def test_a_model_of_another_version_is_refused():
    with pytest.raises(ValueError, match="not a segment model of this version"):
        SegmentModel.from_dict(model())
