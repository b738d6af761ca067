"""One module a suite, each with ``build(feature_month, as_of)``."""
