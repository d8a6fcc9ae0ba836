"""The bundled model: ten digits and a refusal, from all open sets,
through what the reader's road does to pictures.

    make model                              # or: python -m inkdigits.training.bundled

Its results on every set, with the seconds and the machine: benchmarks/results/bundled.json, by
`make bench-model`.
"""
