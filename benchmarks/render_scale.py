"""The figures of docs/scale.md, all from benchmarks/results/batch.json: `python benchmarks/render.py` puts them there."""

from typing import Any

_MILLION, _HOUR_S = 1_000_000, 3600
_NODES, _NODE_CORES, _UNIT = 100, 2, 500


def scale(r: dict[str, Any]) -> str:
    """The tables and sentences between the marks."""
    return (
        "\n\n".join(
            [
                _measured(r),
                _claims(r),
                _cost(r),
                _bounds(r),
                _model(r),
                _cluster(r),
                _machine(r),
            ]
        )
        + "\n"
    )


def _rate(r: dict[str, Any], run: str) -> float:
    return float(r["runs"][run]["per_s"])


def _short(figure: float) -> str:
    return f"{figure:,.{0 if figure >= 100 else 1}f}"


def _measured(r: dict[str, Any]) -> str:
    names = {"local_1": "local, 1 worker", "local_2": "local, 2 workers", "ray_1": "Ray, 1 worker", "ray_2": "Ray, 2 workers",
             "a4_local_1": "A4 pages: local, 1 worker", "a4_local_2": "A4 pages: local, 2 workers",
             "a4_ray_2": "A4 pages: Ray, 2 workers"}  # fmt: skip
    rows = [
        f"| {shown} | {run['pictures']:,} | {_short(run['per_s'])} | {run['start_s']:.1f} s | {run['peak_mb']:,.0f} MB |"
        for name, shown in names.items()
        for run in [r["runs"][name]]
    ]
    classic = f"| classic loop (Pillow, 28×28, Keras `predict`) | | {_short(r['classic_per_s'])} | | |"
    return "\n".join(
        [
            "| run | pictures | pictures per second | startup | memory, all processes |",
            "|---|---|---|---|---|",
            *rows,
            classic,
        ]
    )


def _claims(r: dict[str, Any]) -> str:
    tenth, full, classic = (
        r["runs"]["local_2_tenth"],
        r["runs"]["local_2"],
        r["classic_per_s"],
    )
    one, two, ray = (_rate(r, run) for run in ("local_1", "local_2", "ray_2"))
    a4 = _rate(r, "a4_local_2") / _rate(r, "a4_local_1")
    return (
        f"Two workers are {two / one:.2f} times as fast as one (A4 pages: {a4:.2f} times). Ray reaches {ray / two:.0%} of the "
        f"speed of the local engine. Compared with the classic loop, two workers are {two / classic:.0f} times as fast, "
        f"and one worker is {one / classic:.0f} times as fast. With {full['pictures']:,} pictures the processes use "
        f"{full['peak_mb'] / tenth['peak_mb'] - 1:+.0%} memory compared with {tenth['pictures']:,} pictures."
    )


def _cost(r: dict[str, Any]) -> str:
    small, pages = (
        _MILLION / _rate(r, run) / _HOUR_S for run in ("local_1", "a4_local_1")
    )
    return (
        f"A million small pictures take {small:.1f} core-hours, a million A4 pages {pages:,.0f}. At a price of *p* per core-hour "
        f"they cost {small:.1f} *p* and {pages:,.0f} *p*."
    )


def _bounds(r: dict[str, Any]) -> str:
    lines = [
        "| stage, time per picture on one core | small pictures | A4 pages |",
        "|---|---|---|",
    ]
    shares = {
        kind: {name: ms / sum(times.values()) for name, ms in times.items()}
        for kind, times in r["stages_ms"].items()
    }
    for name in dict.fromkeys(
        stage for times in r["stages_ms"].values() for stage in times
    ):
        cells = (
            f"{r['stages_ms'][kind].get(name, 0):,.2f} ms, {shares[kind].get(name, 0):.0%}"
            for kind in ("small", "a4")
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _efficiency(r: dict[str, Any]) -> float:
    return min(1.0, _rate(r, "ray_2") / (2 * _rate(r, "ray_1")))


def _driver_per_s(r: dict[str, Any]) -> float:
    """Units per second that one driver can distribute, from its own CPU time."""
    return 1000 / float(r["runs"]["ray_2"]["driver_ms_a_unit"])


def _model(r: dict[str, Any]) -> str:
    one, two, unit_ms = (
        _rate(r, "ray_1"),
        _rate(r, "ray_2"),
        r["runs"]["ray_2"]["driver_ms_a_unit"],
    )
    return (
        f"The throughput of n workers is R(n) = min(n · r · e, u · s), with r = {one:,.0f} pictures per second for one worker, "
        f"the parallel efficiency e = {_efficiency(r):.2f} (R(2) measured: {two:,.0f}), u = {_driver_per_s(r):,.0f} units per "
        f"second that the driver can distribute (it needs {unit_ms:.0f} ms per unit), and s = {_UNIT} pictures per unit."
    )


def _cluster(r: dict[str, Any]) -> str:
    workers = _NODES * _NODE_CORES * _efficiency(r)
    free, bound = workers * _rate(r, "ray_1"), _UNIT * _driver_per_s(r)
    rate, what = min((free, "the workers"), (bound, "the driver"))
    core_hours = _NODES * _NODE_CORES * _MILLION / rate / _HOUR_S
    seconds = _MILLION / rate
    pages = workers * _rate(r, "a4_local_1")
    fetched, fetched_a4 = (
        rate * r["bytes"]["small"] / 1e6,
        pages * r["bytes"]["a4"] / 1e6,
    )
    return (
        f"{_NODES} nodes with {_NODE_CORES} such cores would read {rate:,.0f} small pictures per second, limited by {what}. "
        f"That is a million in {seconds:,.0f} s after startup, for {core_hours:.1f} *p*. "
        f"They would download {fetched:,.0f} MB per second. For A4 pages it would be "
        f"{pages:,.0f} pages and {fetched_a4:,.0f} MB of such PNG files per second."
    )


def _machine(r: dict[str, Any]) -> str:
    machine = r["machine"]
    return (
        f"Measured with {r['pictures']:,} pictures and {r['pages']:,} pages on {machine['cpu']}, {machine['cores']} cores, "
        f"Python {machine['python']}."
    )
