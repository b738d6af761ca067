"""Preprocessing of columns that scikit-learn lacks."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin


class EmptyColumns(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Sets columns that were all null when fitted to 0, and leaves the others and their nulls.

    Boosting cannot bin a column without a value; a feature that has none yet says nothing.
    """

    def fit(self, X, y=None) -> "EmptyColumns":
        """Learn which columns of ``X`` (rows × features, numbers) have a value."""
        values = _numbers(X)
        self.n_features_in_ = values.shape[1]
        self.empty_ = np.isnan(values).all(axis=0)
        return self

    def transform(self, X) -> np.ndarray:
        """``X`` as doubles, empty columns 0."""
        return np.where(self.empty_, 0.0, _numbers(X))


def _numbers(X) -> np.ndarray:
    if hasattr(X, "to_numpy"):
        return X.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(X, dtype=float)
