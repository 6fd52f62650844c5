"""The Kubernetes manifests: valid by the API's own schemas, as hardened as the compose file, and of the same desk."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from poise_common.contracts.streams import TIERS, Service

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "infra" / "kubernetes"
OVERLAYS = sorted(folder.name for folder in (MANIFESTS / "overlays").iterdir())
VERSIONS = ("1.30", kubernetes_validate.latest_version())
WORKLOADS = ("Deployment", "StatefulSet", "Job")
OWN = [service.value for service in Service if service is not Service.CONSOLE]
REACH_OUTSIDE = {"ingestion", "execution", "notifier"}

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which builds overlays, is missing")

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the manifests with secrets as a first start makes them."""
    folder = tmp_path_factory.mktemp("kubernetes") / "kubernetes"
    shutil.copytree(MANIFESTS, folder, ignore=shutil.ignore_patterns("files"))
    first_start = [sys.executable, str(ROOT / "infra" / "docker" / "first_start.py")]
    subprocess.run([*first_start, str(folder / "components/secrets/files")], check=True, capture_output=True)  # noqa: S603
    return folder


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest, folder: Path) -> tuple[Resource, ...]:
    built = subprocess.run(  # noqa: S603 - our own folder
        ["kubectl", "kustomize", str(folder / "overlays" / request.param)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return tuple(yaml.safe_load_all(built.stdout))


def workloads(overlay: tuple[Resource, ...]) -> list[Resource]:
    return [resource for resource in overlay if resource["kind"] in WORKLOADS]


def own(overlay: tuple[Resource, ...]) -> list[Resource]:
    return [each for each in workloads(overlay) if each["metadata"]["labels"].get("poise.dev/image") == "service"]


def pod(workload: Resource) -> Resource:
    spec: Resource = workload["spec"]["template"]["spec"]
    return spec


def name_of(workload: Resource) -> str:
    return str(workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"])


def environment(workload: Resource) -> dict[str, str]:
    return {each["name"]: each["value"] for each in pod(workload)["containers"][0].get("env", ())}


@cache
def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_is_what_the_api_takes(overlay: tuple[Resource, ...], version: str) -> None:
    for resource in overlay:
        kubernetes_validate.validate(resource, version, strict=True)


def test_what_the_api_does_not_take_is_found() -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_every_service_runs_and_ingestion_once_per_tier(overlay: tuple[Resource, ...]) -> None:
    names = [name_of(each) for each in own(overlay)]
    assert sorted(names) == sorted([*OWN, *["ingestion"] * (len(TIERS) - 1)])
    tiers = [environment(each).get("POISE_INGESTION__TIER") for each in own(overlay) if name_of(each) == "ingestion"]
    assert tiers == [str(tier) for tier in TIERS]
    assert {each["kind"] for each in own(overlay) if name_of(each) == "ingestion"} == {"StatefulSet"}


def test_a_single_writer_is_never_surged(overlay: tuple[Resource, ...]) -> None:
    deployments = [each for each in own(overlay) if each["kind"] == "Deployment"]
    assert {each["spec"]["strategy"]["type"] for each in deployments} == {"Recreate"}


def test_no_container_may_do_more_than_it_must(overlay: tuple[Resource, ...]) -> None:
    for workload in workloads(overlay):
        spec = pod(workload)
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def test_every_server_says_when_it_lives_and_when_it_is_ready(overlay: tuple[Resource, ...]) -> None:
    for workload in workloads(overlay):
        if workload["kind"] != "Job":
            assert {"livenessProbe", "readinessProbe"} <= pod(workload)["containers"][0].keys()


def test_every_secret_and_service_that_is_named_is_there(overlay: tuple[Resource, ...]) -> None:
    secrets = {each["metadata"]["name"]: set(each["data"]) for each in overlay if each["kind"] == "Secret"}
    for workload in workloads(overlay):
        for volume in pod(workload).get("volumes", ()):
            if "secret" not in volume:
                continue
            files = secrets[volume["secret"]["secretName"]]
            wanted = {value for value in environment(workload).values() if value.startswith("/run/secrets/")}
            assert {value.removeprefix("/run/secrets/") for value in wanted} <= files


def test_everything_is_in_the_desks_own_namespace(overlay: tuple[Resource, ...]) -> None:
    assert {each["metadata"].get("namespace") for each in overlay if each["kind"] != "Namespace"} == {"poise"}


def test_nothing_of_a_secret_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", str(MANIFESTS)], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    assert [line for line in listed.stdout.splitlines() if "/files/" in line] == []


def test_whoever_is_not_named_by_a_policy_reaches_nothing(overlay: tuple[Resource, ...]) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in overlay if each["kind"] == "NetworkPolicy"}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reach = {
        name_of(each)
        for each in workloads(overlay)
        if each["spec"]["template"]["metadata"]["labels"].get("poise.dev/reaches-outside")
    }
    assert reach == REACH_OUTSIDE
    outside = policies["to-outside"]["egress"][0]["to"][0]["ipBlock"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(outside["except"])


def test_who_has_no_book_does_not_reach_it_and_who_has_one_does(overlay: tuple[Resource, ...]) -> None:
    for workload in own(overlay):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        has_book = "POISE_DATABASE__URL_FILE" in environment(workload)
        assert labels.get("poise.dev/reaches-book") == ("yes" if has_book else None)
        assert labels["poise.dev/reaches-bus"] == "yes"


@pytest.mark.parametrize("service", OWN)
def test_a_service_is_told_the_same_as_on_one_server(service: str, folder: Path) -> None:
    built = subprocess.run(  # noqa: S603 - our own folder
        ["kubectl", "kustomize", str(folder / "overlays" / "simulated")],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    resources = tuple(yaml.safe_load_all(built.stdout))
    settings = next(each for each in resources if each["kind"] == "ConfigMap")["data"]
    here = {**settings, **environment(next(each for each in own(resources) if name_of(each) == service))}
    there = compose()[f"{service}-tier1" if service == "ingestion" else service]["environment"]
    fixed = {name: str(value) for name, value in there.items() if value is not None and "${" not in str(value)}
    assert {name: here.get(name) for name in fixed} == fixed


def test_the_servers_run_the_same_releases_as_on_one_server(overlay: tuple[Resource, ...]) -> None:
    for workload in workloads(overlay):
        name = name_of(workload)
        if name in {"redis", "postgres"}:
            assert pod(workload)["containers"][0]["image"] == compose()[name]["image"]


def test_the_documents_commands_name_overlays_that_are_there() -> None:
    named = set((ROOT / "docs" / "kubernetes.md").read_text().split("infra/kubernetes/overlays/")[1:])
    assert {text.split()[0].strip("`") for text in named} <= set(OVERLAYS)
