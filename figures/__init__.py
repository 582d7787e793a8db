"""Every theory figure of both papers, and ours: ``python -m figures``."""
