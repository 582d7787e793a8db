"""The commands of ``python -m jaxat``, one a file: ``main(words) -> exit status``."""
