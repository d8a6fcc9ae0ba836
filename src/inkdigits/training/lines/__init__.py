"""The line net: reads a line's strip at once, with no cut made before it; trained by CTC on lines that never end.

    make line-model                         # or: python -m inkdigits.training.lines

What it adds to the lattice of single digits: benchmarks/results/read.json, by `make bench-read`.
"""
