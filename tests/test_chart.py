"""The Helm chart: its parts fit together, and where Helm is installed it is rendered.

Rendered by `helm`, or by Helm's library (`pip install helm-python-sdk`); the result is checked by
kubeconform, or against Kubernetes' own schemas (`pip install kubernetes-validate`).
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped]
from typer.main import get_command

from inkdigits import __version__
from inkdigits.cli import app
from inkdigits.reading.input.limits import MIB
from inkdigits.web.settings import ServeSettings

ROOT = Path(__file__).parent.parent
CHART = ROOT / "deploy" / "helm" / "inkdigits"
TEMPLATES = sorted((CHART / "templates").iterdir())
# Set by the chart itself, or kept out of the arguments, which other users can see.
SET_BY_THE_CHART = {"host", "port", "metrics-port", "api-key", "database-url", "help"}
KUBERNETES = "1.31"

Values = dict[str, Any]
Manifests = dict[str, dict[str, Any]]


def loaded(name: str) -> Values:
    content: Values = yaml.safe_load((CHART / name).read_text())
    return content


def schema() -> Values:
    found: Values = json.loads((CHART / "values.schema.json").read_text())
    return found


def serve_options() -> set[str]:
    parameters = get_command(app).commands["serve"].params  # type: ignore[attr-defined]
    return {parameter.opts[0].removeprefix("--") for parameter in parameters}


def test_it_has_the_version_of_inkdigits() -> None:
    about = loaded("Chart.yaml")
    assert about["version"] == about["appVersion"] == __version__
    assert (about["apiVersion"], about["name"], about["type"]) == (
        "v2",
        "inkdigits",
        "application",
    )


def test_its_values_are_as_its_schema_says_and_others_are_refused() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    values = loaded("values.yaml")
    jsonschema.validate(values, schema())
    assert set(schema()["properties"]) - {"global"} == set(values)
    wrong: list[Values] = [
        {"replica": 2},
        {"options": {"worker": 2}},
        {"options": {"workers": "2"}},
        {"image": {"digest": "sha256:short"}},
        {"store": {"size": "one gigabyte"}},
    ]
    for one in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**values, **one}, schema())


def test_every_option_of_serve_can_be_given() -> None:
    named = schema()["properties"]["options"]["properties"]
    assert set(named) == serve_options() - SET_BY_THE_CHART
    assert set(loaded("values.yaml")["options"]) <= set(named)


def test_a_pod_has_the_memory_that_its_workers_may_take() -> None:
    values = loaded("values.yaml")
    workers, memory = values["options"]["workers"], values["options"]["memory"] * MIB
    assert memory == ServeSettings().memory_plan.whole
    limit = int(values["resources"]["limits"]["memory"].removesuffix("Mi")) * MIB
    assert limit >= workers * memory + 256 * MIB


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_name_values_that_are_there_and_close_what_they_open(
    path: Path,
) -> None:
    text = path.read_text()
    assert text.count("{{") == text.count("}}")
    actions = re.findall(r"\{\{-?\s*(\w+)", text)
    opening = sum(action in ("if", "range", "with", "define") for action in actions)
    assert actions.count("end") == opening
    defined = set(
        re.findall(
            r'define "([\w.]+)"', (CHART / "templates" / "_helpers.tpl").read_text()
        )
    )
    assert set(re.findall(r'include "([\w.]+)"', text)) <= defined
    values = loaded("values.yaml")
    for name in re.findall(r"\.Values\.([\w.]+)", text):
        place: Any = values
        for part in name.split("."):
            assert part in place, f"{path.name} names .Values.{name}"
            place = place[part]


def test_the_values_that_the_documentation_names_are_taken() -> None:
    text = (
        (ROOT / "docs" / "deploy.md")
        .read_text()
        .partition("## Kubernetes, with Helm")[2]
    )
    jsonschema.validate(
        yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]), schema()
    )
    for name in re.findall(r"--set ([\w.]+)=", text):
        first, last = name.split(".")
        assert last in loaded("values.yaml")[first]


Render = Callable[[Values], Manifests]


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Renders the chart with these values, by whichever Helm is here; gives its manifests by kind."""
    file = tmp_path_factory.mktemp("values") / "values.json"
    helm = shutil.which("helm")
    library = (
        None
        if helm
        else pytest.importorskip("helm_python", reason="no Helm is installed")
    )

    def rendered(values: Values) -> Manifests:
        if library is not None:
            with library.Chart.load(CHART) as chart:
                chart.validate_schema(values)
                files = chart.render(values, name="test", namespace="digits")
            texts = [text for name, text in files.items() if name.endswith(".yaml")]
        else:
            file.write_text(json.dumps(values))
            command = [
                str(helm),
                "template",
                "test",
                str(CHART),
                "--namespace",
                "digits",
            ]
            done = subprocess.run(
                [*command, "--values", str(file)],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise ValueError(done.stderr)
            texts = [done.stdout]
        documents = [one for text in texts for one in yaml.safe_load_all(text)]
        manifests = {one["kind"]: one for one in documents if isinstance(one, dict)}
        check_kinds(manifests)
        return manifests

    return rendered


def check_kinds(manifests: Manifests) -> None:
    """That each manifest is what Kubernetes takes, where something that knows is installed."""
    kubeconform = shutil.which("kubeconform")
    if kubeconform is not None:
        given = yaml.safe_dump_all(manifests.values())
        subprocess.run(
            [kubeconform, "-strict", "-"], input=given, text=True, check=True
        )
        return
    try:
        import kubernetes_validate  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return
    for one in manifests.values():
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def container_of(manifests: Manifests) -> dict[str, Any]:
    (container,) = manifests["Deployment"]["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = container
    return found


EVERYTHING: Values = {
    "image": {"digest": "sha256:" + 64 * "a"},
    "imagePullSecrets": [{"name": "registry"}],
    "autoscaling": {"enabled": True},
    "podDisruptionBudget": {"enabled": True},
    "options": {
        "workers": 2,
        "memory": 1536,
        "max-pixels": 80_000_000,
        "timeout": 2.5,
        "cors": ["https://one.example", "https://two.example"],
        "allowed-host": ["read.example"],
        "keep": True,
        "log": False,
    },
    "secret": {
        "apiKey": "sesame",
        "databaseUrl": "postgresql+psycopg://u:p@database/digits",
    },
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "certificate"},
    "networkPolicy": {
        "enabled": True,
        "from": [{"namespaceSelector": {"matchLabels": {"team": "forms"}}}],
        "metricsFrom": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}],
        "egress": [{"ports": [{"port": 5432}]}],
    },
    "env": [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://collector:4318"}],
    "volumes": [{"name": "models", "emptyDir": {}}],
    "volumeMounts": [{"name": "models", "mountPath": "/models"}],
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "podAnnotations": {"one.example/note": "two"},
}


def test_the_defaults_are_a_service_of_two_pods_without_rights(render: Render) -> None:
    found = render({})
    assert set(found) == {"Deployment", "Service"}
    deployment = found["Deployment"]["spec"]
    pod = deployment["template"]
    assert deployment["replicas"] == 2
    assert (
        deployment["selector"]["matchLabels"].items()
        <= pod["metadata"]["labels"].items()
    )
    assert found["Service"]["spec"]["selector"] == deployment["selector"]["matchLabels"]
    container = container_of(found)
    assert container["image"] == f"registry.example/inkdigits:{__version__}"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert pod["spec"]["automountServiceAccountToken"] is False
    user = re.findall(r"^USER (\d+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [str(pod["spec"]["securityContext"]["runAsUser"])] == user
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounted == {"/tmp", "/data"}  # noqa: S108 - the container's
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_options_become_arguments_and_secrets_do_not(render: Render) -> None:
    found = render(EVERYTHING)
    container = container_of(found)
    assert container["args"] == [
        "serve",
        "--host=0.0.0.0",
        "--port=8000",
        "--metrics-port=9090",
        "--allowed-host=read.example",
        "--cors=https://one.example",
        "--cors=https://two.example",
        "--keep",
        "--no-log",
        "--max-pixels=80000000",
        "--memory=1536",
        "--timeout=2.5",
        "--workers=2",
    ]
    secret = found["Secret"]
    assert container["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]
    assert secret["stringData"] == {
        "INKDIGITS_API_KEY": "sesame",
        "INKDIGITS_DATABASE_URL": "postgresql+psycopg://u:p@database/digits",
    }
    assert "sesame" not in json.dumps(found["Deployment"])


def test_everything_can_be_switched_on(render: Render) -> None:
    found = render(EVERYTHING)
    assert set(found) == {
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Secret",
        "Service",
    }
    deployment = found["Deployment"]
    assert "replicas" not in deployment["spec"]
    target = found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target["name"] == deployment["metadata"]["name"]
    assert container_of(found)["image"].endswith("@sha256:" + 64 * "a")
    network = found["NetworkPolicy"]["spec"]
    labels = deployment["spec"]["selector"]["matchLabels"]
    assert network["podSelector"]["matchLabels"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    callers, prometheus = network["ingress"]
    assert callers["from"] == EVERYTHING["networkPolicy"]["from"]
    assert prometheus["from"] == EVERYTHING["networkPolicy"]["metricsFrom"]
    assert prometheus["ports"] == [{"port": "metrics"}]
    assert network["egress"][-1] == {"ports": [{"port": 5432}]}


def test_a_secret_that_is_there_is_used(render: Render) -> None:
    found = render({"secret": {"existing": "mine", "apiKey": "left alone"}})
    assert "Secret" not in found
    assert container_of(found)["envFrom"] == [{"secretRef": {"name": "mine"}}]


def test_a_volume_is_for_one_pod(render: Render) -> None:
    found = render({"replicas": 1, "store": {"persistent": True}})
    claim = found["PersistentVolumeClaim"]["metadata"]["name"]
    volumes = found["Deployment"]["spec"]["template"]["spec"]["volumes"]
    assert {"name": "data", "persistentVolumeClaim": {"claimName": claim}} in volumes
    with pytest.raises(Exception, match="set replicas to 1"):
        render({"store": {"persistent": True}})
