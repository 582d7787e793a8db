"""The mathematics of both papers as executable claims; reads and writes no file, trains nothing."""
