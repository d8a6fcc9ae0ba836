"""How sure a measured share is."""

import numpy as np


def wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of `count` of `total`."""
    if not total:
        return 0.0, 1.0
    z, share = 1.96, count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    reach = (
        z
        / (1 + z * z / total)
        * float(np.sqrt(share * (1 - share) / total + z * z / (4 * total * total)))
    )
    return max(0.0, middle - reach), min(1.0, middle + reach)
