"""A trained net goes on learning from the user's own pictures, and keeps what it knew.

    inkdigits train --from bundled --data my_digits/

Its measure (a writer's error before and after, MNIST's loss): benchmarks/results/finetune.json, by
`make bench-finetune`.
"""
