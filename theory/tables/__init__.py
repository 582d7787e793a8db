"""The printed numbers of both papers, and the statistics that judge them."""
