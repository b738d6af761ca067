"""Fitted models as bytes and back, with skops instead of pickle: loading runs no code.

One model fitted twice by the same code gives the same bytes. skops names its entries by memory
address and stamps them with the clock; ``dumps`` numbers them in order and leaves the clock out.
"""

import io
import re
import zipfile

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

# Types beyond skops' own defaults (scikit-learn, numpy, plain values) that our models hold.
# Whatever else turns up in a file did not come from us.
TRUSTED = [
    "ml.segment_model.Winsoriser",
    "ml.harness.columns.EmptyColumns",
    "ml.harness.uplift.TLearner",
    "ml.harness.uplift.XLearner",
    "ml.text_classifier.MarginAndBayes",
    # Boosting's trees, a calibrated classifier's parts, an encoder's number type. A partial is
    # only a holder: what it holds must be trusted too.
    "functools.partial",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
]

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that ZIP knows
_ADDRESS = re.compile(r'("__id__": |"file": ")(\d+)')


class ModelStoreError(ValueError):
    """The bytes are not a model of ours: says why."""


def dumps(model: dict) -> bytes:
    """The model (a dictionary of plain values and scikit-learn estimators) as bytes."""
    numbers: dict[str, str] = {}

    def number(address: str) -> str:
        return numbers.setdefault(address, str(len(numbers) + 1))

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as written:
        entries = {name: written.read(name) for name in written.namelist()}
    schema = _ADDRESS.sub(lambda m: m[1] + number(m[2]), entries.pop("schema.json").decode())
    arrays = {number(name.removesuffix(".npy")): data for name, data in entries.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(arrays, key=int):
            file.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), arrays[name])
        file.writestr(zipfile.ZipInfo("schema.json", _EPOCH), schema)
    return out.getvalue()


def loads(data: bytes) -> dict:
    """The model from ``dumps``' bytes.

    Raises ``ModelStoreError`` when they hold a type that is not trusted, or are no skops file.
    """
    try:
        return skops.io.loads(data, trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise ModelStoreError(
            f"the model file holds types that Wattlead never writes: {error}. Delete the file; the "
            "next run fits anew."
        ) from error
    except Exception as error:  # a damaged file fails anywhere inside zipfile, json or numpy
        raise ModelStoreError(
            f"the model file can't be read ({type(error).__name__}). Delete it; the next run fits "
            "anew."
        ) from error
