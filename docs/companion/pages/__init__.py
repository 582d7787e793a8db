"""One file a page; the reading order stands here."""

ORDER = (
    "inner_maximum",
    "lemma_2",
    "lemma_3",
    "proposition_1",
    "lemma_1",
    "theorem_1",
    "theorem_2",
    "lemma_4",
    "lemma_5",
    "swish",
    "theorem_3",
    "algorithm_1",
    "yamada_lemma_1",
    "yamada_theorem_1",
    "collapse_law",
    "yamada_theorem_2",
)
