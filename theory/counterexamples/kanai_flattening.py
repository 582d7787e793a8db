"""What flattens the loss usually shrinks the other constants too."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.flattening",
    intuition=(
        "Multiply the loss by $t<1$. It is flatter in the input by the factor $t$, and "
        "$C_{\\theta\\theta}$, $C_{\\theta x}$ shrink by the same factor: the constant "
        "$C_{\\theta\\theta}+C_{\\theta x}^2/c$ becomes $t$ times what it was."
    ),
    catch=(
        "The argument lets $c$ fall and holds $C_{\\theta\\theta}$ and $C_{\\theta x}$ fixed "
        "without saying so."
    ),
    witness={"a": "1", "b": "1", "c": "1", "t": "1/100", "how": "loss"},
    disappears="$C_{\\theta\\theta}$ and $C_{\\theta x}$ stay as they are while $c$ falls.",
)
