"""One file a page; the reading order stands here."""

ORDER = ("lemma_2", "lemma_3", "theorem_1", "theorem_2", "theorem_3")
