"""Fine-tune a trained network on the user's own pictures, without forgetting.

    inkdigits train --from bundled --data my_digits/

Its benchmark (a writer's error before and after, MNIST's loss) is in
benchmarks/results/finetune.json, by `make bench-finetune`.
"""
