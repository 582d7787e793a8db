"""Figures of both papers from the code in ``theory``; being built, nothing is here yet."""
