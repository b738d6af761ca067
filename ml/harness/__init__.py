"""How every model here is trained and judged: splits, baselines, figures, intervals, decisions.

The definitions of all figures are in docs/models/harness.md. What one model asks, learns and says
belongs in its own module beside this package.
"""
