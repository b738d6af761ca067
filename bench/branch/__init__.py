"""Models judged on a simulated branch against its truth: ``python -m bench.branch.<model>``."""
