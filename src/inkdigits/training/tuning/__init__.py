"""Search over a recipe's settings, chosen on validation data alone.

It uses Optuna on one machine or several, or Ray Tune.

    inkdigits tune --data digits8x8 --trials 40

Whether it beats the recipe's own settings: benchmarks/results/tune.json, by `make
bench-tune`.
"""
