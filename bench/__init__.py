"""Speed and memory against the raw scan and against what people would write instead (pandas).

``make bench`` runs it on the workspace ``london/`` (``make london`` first). Ratios of one run
on one machine; never a test.
"""
