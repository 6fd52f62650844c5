"""The dashboards' files are what the code makes, and what Grafana takes."""

import configparser
import json
import re
from collections import Counter
from copy import deepcopy
from itertools import combinations
from typing import Any

import pytest
import yaml
from dashboards.pages import dashboards as made
from tests.architecture.declared_metrics import declared_metrics
from tests.dashboards.questions import FOLDER, Question, dashboards, panels, questions
from tests.dashboards.schema import problems

GRAFANA = FOLDER.parent
WRITTEN = dashboards()
_MACROS = {"__timeFrom", "__timeTo", "__interval", "__interval_ms", "__rate_interval", "__range"}
each_dashboard = pytest.mark.parametrize("name", WRITTEN)


def _datasources() -> dict[str, str]:
    provisioned = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "poise.yaml").read_text())
    return {source["uid"]: source["type"] for source in provisioned["datasources"]}


def test_the_files_are_what_the_code_makes() -> None:
    found = {file.stem: file.read_text() for file in FOLDER.glob("*.json")}
    assert found == dict(made()), "make dashboards"


@each_dashboard
def test_a_dashboard_is_of_grafanas_schema(name: str) -> None:
    assert problems(WRITTEN[name]) == []


def test_a_dashboard_that_lacks_what_grafana_needs_is_noticed() -> None:
    broken = deepcopy(WRITTEN["poise-portfolio"])
    del broken["panels"][1]["gridPos"]["w"]
    assert any("gridPos.w is missing" in problem for problem in problems(broken))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("refresch",), "5s", "no part of the schema"),
        (("refresh",), 5, "not "),
        (("graphTooltip",), 7, "not "),
        (("panels", 1, "options", "colourMode"), "value", "no part of the schema"),
        (("panels", 1, "options", "colorMode"), "loud", "not "),
        (("panels", 1, "gridPos", "w"), "wide", "not "),
        (("panels", 1, "fieldConfig", "defaults", "color", "mode"), "rainbow", "not "),
        (("panels", 1, "type"), "piechart-of-others", "none of Grafana's own panels"),
    ],
)
def test_a_dashboard_that_is_not_of_the_schema_is_noticed(path: tuple[Any, ...], value: object, told: str) -> None:
    broken = deepcopy(WRITTEN["poise-portfolio"])
    *way, last = path
    part: Any = broken
    for step in way:
        part = part[step]
    part[last] = value
    assert any(told in problem for problem in problems(broken)), problems(broken)


@each_dashboard
def test_panels_have_ids_of_their_own_and_do_not_overlap(name: str) -> None:
    ids = Counter(panel["id"] for panel in WRITTEN[name]["panels"])
    assert ids.most_common(1)[0][1] == 1
    places = [panel["gridPos"] for panel in WRITTEN[name]["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        apart_across = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_down = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_across or apart_down, (one, other)


@each_dashboard
def test_a_dashboard_is_in_utc_refreshes_by_itself_and_is_not_edited(name: str) -> None:
    dashboard = WRITTEN[name]
    assert (dashboard["uid"], dashboard["timezone"], dashboard["editable"]) == (name, "utc", False)
    assert dashboard["refresh"] in {"5s", "10s", "30s"}
    assert [link["tags"] for link in dashboard["links"]] == [["poise"]]


@each_dashboard
def test_each_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    for panel in panels(WRITTEN[name]):
        assert panel["title"], panel["id"]
        assert panel["description"].endswith("."), panel["title"]
        if panel["type"] not in {"table", "state-timeline", "heatmap"}:
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    titles = Counter(panel["title"] for panel in panels(WRITTEN[name]) if panel["type"] != "stat")
    assert {title for title, times in titles.items() if times > 1} == set()


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_a_question_is_to_a_provisioned_source_with_variables_that_there_are(question: Question) -> None:
    source = question.target["datasource"]
    assert _datasources()[source["uid"]] == source["type"] == question.panel["datasource"]["type"]
    defined = {variable["name"] for variable in WRITTEN[question.dashboard]["templating"]["list"]}
    used = {name or braced for braced, name in re.findall(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))", question.text)}
    assert used - _MACROS <= defined


def test_panels_ask_for_metrics_that_are_declared_by_labels_that_they_have() -> None:
    declared = {metric.name: set(metric.labels) for metrics in declared_metrics().values() for metric in metrics}
    for question in questions():
        if not question.is_of_prometheus:
            continue
        for name, picked in re.findall(r"\b(poise_\w+)(?:\{([^}]*)\})?", question.text):
            labels = declared.get(name, declared.get(re.sub(r"_(?:bucket|count|sum)$", "", name)))
            assert labels is not None, f"{question.name} asks for {name}"
            assert set(re.findall(r"(\w+)=", picked)) <= labels, question.name


def test_every_query_of_the_book_is_shown_somewhere() -> None:
    shown = {question.text for question in questions() if not question.is_of_prometheus}
    unused = {file.stem for file in (GRAFANA / "queries").glob("*.sql") if file.read_text() not in shown}
    assert unused == set()


def test_links_lead_to_dashboards_that_there_are_with_their_variables() -> None:
    linked = set(re.findall(r"/d/([\w-]+)\?var-(\w+)=", json.dumps(WRITTEN)))
    assert linked
    for uid, variable in linked:
        assert variable in {each["name"] for each in WRITTEN[uid]["templating"]["list"]}


def test_the_provider_reads_the_folder_where_grafana_has_it() -> None:
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "poise.yaml").read_text())["providers"]
    compose = yaml.safe_load((GRAFANA.parents[1] / "docker-compose.yml").read_text())["services"]["grafana"]
    mounted = {volume.split(":")[0]: volume.split(":")[1] for volume in compose["volumes"]}
    assert provider["options"]["path"] == f"{mounted['./infra/grafana']}/dashboards"
    assert provider["allowUiUpdates"] is False


def test_nobody_is_let_in_without_a_password_and_nothing_is_sent_out() -> None:
    settings = configparser.ConfigParser()
    settings.read(GRAFANA / "grafana.ini")
    off = {
        "auth.anonymous": ["enabled"],
        "users": ["allow_sign_up", "allow_org_create"],
        "analytics": ["reporting_enabled", "check_for_updates", "check_for_plugin_updates"],
        "news": ["news_feed_enabled"],
        "snapshots": ["external_enabled"],
    }
    for section, keys in off.items():
        for key in keys:
            assert settings[section][key] == "false", key
    assert settings["security"]["disable_gravatar"] == "true"
    assert "admin_password" not in settings["security"]
