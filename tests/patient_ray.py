"""A real Ray cluster of two nodes on this machine, for tests that may have to share it with other work."""

import os
import socket
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
_AGENT_PORTS = (
    "metrics_agent_port",
    "metrics_export_port",
    "dashboard_agent_listen_port",
    "runtime_env_agent_port",
)
_STORE_BYTES = 80 * 1024 * 1024
_LOOK_EVERY_S = 0.5


def two_nodes() -> tuple[Any, Any]:
    """The cluster, and its second node; each node has one core."""
    os.environ.update(PATIENT_RAY)
    _wait_for_nodes()
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    cluster.add_node(include_dashboard=False, **_node())
    return cluster, cluster.add_node(**_node())


def _node() -> dict[str, int]:
    """What a node has: one core, and the ports of its agents.

    A node that has to wait for its agents' own choice of ports ends itself after 15 s, which is too
    short beside other work (Ray's issue 65983).
    """
    free = [socket.create_server(("127.0.0.1", 0)) for _ in _AGENT_PORTS]
    ports = [server.getsockname()[1] for server in free]
    for server in free:
        server.close()
    return {
        "num_cpus": 1,
        "object_store_memory": _STORE_BYTES,
        **dict(zip(_AGENT_PORTS, ports, strict=True)),
    }


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
