"""Fitted models as bytes and back, with skops instead of pickle: loading runs no code.

The bytes are a ZIP with time stamps, so two dumps of one model differ; compare models by what
they hold, not by their bytes.
"""

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

# Types beyond skops' own defaults that our models may hold. Empty on purpose: scalers and KMeans
# are trusted by default, and whatever else turns up in a file did not come from us.
TRUSTED: list[str] = []


class ModelStoreError(ValueError):
    """The bytes are not a model of ours: says why."""


def dumps(model: dict) -> bytes:
    """The model (a dictionary of plain values and scikit-learn estimators) as bytes."""
    return skops.io.dumps(model)


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
    except Exception as error:
        raise ModelStoreError(
            f"the model file can't be read ({type(error).__name__}). Delete it; the next run fits "
            "anew."
        ) from error
