"""The files that ship the service: no engine runs here, so they are read, and what can be tried is tried."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from typer.main import get_command

from inkdigits import __version__
from inkdigits.cli import app
from inkdigits.reading.input.limits import MIB
from inkdigits.web.settings import ServeSettings
from live_server import live_server

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "requirements" / "images.env"
SERVE_OPTIONS = {
    option
    for parameter in get_command(app).commands["serve"].params  # type: ignore[attr-defined]
    for option in (*parameter.opts, *parameter.secondary_opts)
}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, each with what it is given."""
    text = re.sub(
        r"\\\n\s*",
        "",
        "\n".join(
            line
            for line in (ROOT / "Dockerfile").read_text().splitlines()
            if line[:1] != "#"
        ),
    )
    return [
        (line.split(" ", 1)[0], line.split(" ", 1)[1].strip())
        for line in text.splitlines()
        if line
    ]


def given(name: str) -> list[str]:
    return [value for instruction, value in instructions() if instruction == name]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def manifests() -> dict[str, Any]:
    text = (
        (ROOT / "docs" / "deploy.md")
        .read_text()
        .partition("## Kubernetes, without Helm")[2]
    )
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    return {one["kind"]: one for one in yaml.safe_load_all(block)}


def check_command(arguments: list[str]) -> None:
    assert arguments[0] == "serve"
    assert {
        argument for argument in arguments if argument.startswith("--")
    } <= SERVE_OPTIONS


def test_the_image_is_plain_and_careful() -> None:
    kinds = {instruction for instruction, _ in instructions()}
    assert kinds <= {
        "ARG",
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "USER",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    stages = given("FROM")
    assert len(stages) == 2
    assert instructions()[0] == ("ARG", "PYTHON_IMAGE")
    assert {stage.split()[0] for stage in stages} == {"${PYTHON_IMAGE}"}
    user = next(
        index for index, (name, _) in enumerate(instructions()) if name == "USER"
    )
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions()[user][1])
    assert {name for name, _ in instructions()[user:]} == {
        "USER",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert any(value.startswith("--from=build ") for value in given("COPY"))
    assert all("--no-cache-dir" in run for run in given("RUN") if "pip install" in run)
    assert json.loads(given("ENTRYPOINT")[0]) == ["inkdigits"]
    check_command(json.loads(given("CMD")[0]))


def test_the_image_opens_all_that_the_page_offers() -> None:
    (extras,) = [
        value.partition("=")[2] for value in given("ARG") if value.startswith("EXTRAS=")
    ]
    page = (ROOT / "src" / "inkdigits" / "web" / "static" / "index.html").read_text()
    assert {".pdf", ".heic"} <= set(
        re.findall(r"\.\w+", re.findall(r'accept="(.*?)"', page)[0])
    )
    assert {"web", "postgres", "pdf", "heic"} <= set(extras.split(","))
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.split(",")) <= set(known["optional-dependencies"])


def images() -> dict[str, str]:
    """The images by the names that the Dockerfile and compose use."""
    lines = IMAGES.read_text().splitlines()
    return dict(
        line.split("=", 1) for line in lines if line and not line.startswith("#")
    )


def test_one_file_names_the_images() -> None:
    """Each is pinned by its digest, beside a tag that says what it is."""
    pinned = re.compile(r"[a-z]+:(?!latest)[\w.-]+@sha256:[0-9a-f]{64}")
    assert all(pinned.fullmatch(image) for image in images().values())
    used = (ROOT / "Dockerfile").read_text() + (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{([A-Z]+_IMAGE)", used)) == set(images())


@pytest.mark.parametrize("digest", ["sha256:" + 64 * "a", "no such image"])
def test_the_images_are_pinned_all_or_none(tmp_path: Path, digest: str) -> None:
    """By a Docker that gives each image this digest."""
    for file in (IMAGES, IMAGES.with_name("pin_images.sh")):
        shutil.copy(file, tmp_path)
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho '{digest}'\n")
    docker.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for _ in range(2):  # a second time, as for updates
        done = subprocess.run(
            [tmp_path / "pin_images.sh"],
            env=environment,
            capture_output=True,
            check=False,
        )
    written = (tmp_path / "images.env").read_text()
    if digest.startswith("sha256:"):
        tags = {name: image.split("@")[0] for name, image in images().items()}
        assert done.returncode == 0
        assert all(f"{name}={tag}@{digest}\n" in written for name, tag in tags.items())
    else:
        assert done.returncode == 1
        assert written == IMAGES.read_text()


def test_what_the_image_copies_is_there_and_let_in() -> None:
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    for copy in given("COPY"):
        if not copy.startswith("--from"):
            for source in copy.split()[:-1]:
                assert (ROOT / source).exists()
                assert source in allowed


def test_the_locks_versions_are_found_as_the_image_finds_them() -> None:
    script = shlex.split(given("RUN")[0].split(" > ")[0])
    out = subprocess.run(
        [*script[:-1], str(ROOT / script[-1])],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(out) > 50
    assert all(re.fullmatch(r"[\w.-]+==\S+", line) for line in out)
    assert any(line.startswith("fastapi==") for line in out)


@pytest.mark.slow
def test_the_health_check_tells_a_live_service_from_none(tmp_path: Path) -> None:
    _, code = json.loads(given("HEALTHCHECK")[0].split("CMD ")[1])[1:]
    with live_server(tmp_path) as server:
        for port, status in ((server.port, 0), (1, 1)):
            tried = [sys.executable, "-c", code.replace("8000", str(port))]
            assert (
                subprocess.run(tried, capture_output=True, check=False).returncode
                == status
            )


def test_compose_runs_it_without_rights() -> None:
    services = compose()["services"]
    ours, database = services["inkdigits"], services["database"]
    assert ours["image"] == f"inkdigits:{__version__}"
    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]
    assert any(mount.startswith("/tmp") for mount in ours["tmpfs"])  # noqa: S108 - the container's
    assert ours["depends_on"]["database"]["condition"] == "service_healthy"
    assert database["image"].startswith("${POSTGRES_IMAGE:?")
    assert ours["build"]["args"]["PYTHON_IMAGE"].startswith("${PYTHON_IMAGE:?")
    assert "healthcheck" in database
    assert all(port.startswith("127.0.0.1:") for port in ours["ports"])
    assert "ports" not in database
    assert "${POSTGRES_PASSWORD:?" in ours["environment"]["INKDIGITS_DATABASE_URL"]
    check_command(ours["command"])


def test_compose_gives_each_worker_its_memory() -> None:
    ours = compose()["services"]["inkdigits"]
    workers = int(ours["command"][ours["command"].index("--workers") + 1])
    assert (
        int(ours["mem_limit"].removesuffix("m")) * MIB
        > workers * ServeSettings().memory_plan.whole
    )


def test_the_kubernetes_example_holds_together() -> None:
    found = manifests()
    assert set(found) == {"Secret", "Deployment", "Service", "HorizontalPodAutoscaler"}
    deployment = found["Deployment"]
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert (
        deployment["spec"]["selector"]["matchLabels"]
        == pod["metadata"]["labels"]
        == found["Service"]["spec"]["selector"]
    )
    assert (
        found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]
        == deployment["metadata"]["name"]
    )
    assert container["image"].endswith(f":{__version__}")
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert (
        str(pod["spec"]["securityContext"]["runAsUser"])
        == given("USER")[0].split(":")[0]
    )
    assert {"requests", "limits"} == set(container["resources"])
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert (
        container["envFrom"][0]["secretRef"]["name"]
        == found["Secret"]["metadata"]["name"]
    )
    check_command(container["args"])


def test_options_that_the_page_names_are_there() -> None:
    named = set(re.findall(r"`(--[a-z-]+)", (ROOT / "docs" / "deploy.md").read_text()))
    assert named <= SERVE_OPTIONS
    assert len(named) > 8
