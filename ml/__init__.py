"""Scores from features: data frame in, data frame out. No SQL, no Dagster, no paths."""
