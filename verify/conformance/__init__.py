"""Claims about the code of `jaxat`: it computes what `theory` and the papers' public code say.

``jaxat.conformance.*``. Each compares one part of the library with a naive transcription or a
closed form that shares no code with it. They search, so SUPPORTED is the most that they can be.
"""
