"""The project's harness on data that others made, beside the figures others reached.

``make public-benchmarks`` writes docs/public-benchmarks.md. Nobody here is a customer of anybody,
and nothing of the data is copied into the project.
"""
