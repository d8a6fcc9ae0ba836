"""A real Ray cluster of two nodes on this machine, for tests that may have to share it with other work."""

import os
import time
from typing import Any

from waiting import PATIENCE_S

# Ray gives a worker a minute to start; beside other work importing TensorFlow alone may take longer.
PATIENT_RAY = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_register_timeout_seconds": "600",
    # Or its workers, at niceness 15, starve beside other work.
    "RAY_worker_niceness": "0",
}
_STORE_BYTES = 80 * 1024 * 1024
_LOOK_EVERY_S = 0.5


def two_nodes() -> tuple[Any, Any]:
    """The cluster, and its second node; each node has one core."""
    os.environ.update(PATIENT_RAY)
    _wait_for_nodes()
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    cluster.add_node(
        num_cpus=1, object_store_memory=_STORE_BYTES, include_dashboard=False
    )
    return cluster, cluster.add_node(num_cpus=1, object_store_memory=_STORE_BYTES)


def _wait_for_nodes() -> None:
    """Ray gives up on a node that takes more than 30 s to start, and has no setting for it.

    Here the question whether it has started is answered when it has.
    """
    from ray._private import services

    asked = services.get_node

    def answered(*arguments: Any, **options: Any) -> Any:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return asked(*arguments, **options)
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(_LOOK_EVERY_S)

    services.get_node = answered
