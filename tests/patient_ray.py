"""A real Ray cluster of two nodes on this machine, for tests that may have to share it with other work."""

import os
from typing import Any

# Ray gives a worker a minute to start; beside other work importing TensorFlow alone may take longer.
PATIENT_RAY = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_register_timeout_seconds": "600"}
_STORE_BYTES = 80 * 1024 * 1024
_TRIES = 12


def two_nodes() -> tuple[Any, Any]:
    """The cluster, and its second node; each node has one core.

    Ray gives up on a node that takes more than 30 s to start and has no setting for it, so it is tried again.
    """
    os.environ.update(PATIENT_RAY)
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": _STORE_BYTES, "include_dashboard": False}
    for left in reversed(range(_TRIES)):
        cluster = Cluster()
        try:
            cluster.add_node(**node)
            return cluster, cluster.add_node(num_cpus=1, object_store_memory=_STORE_BYTES)
        except Exception:
            cluster.shutdown()
            if not left:
                raise
    raise AssertionError("there was no try")
