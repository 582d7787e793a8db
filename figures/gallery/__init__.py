"""One file a figure; each defines `FIGURE`."""
