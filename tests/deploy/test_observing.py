"""The files for Prometheus and Grafana speak of figures that `/metrics` has, and of no others."""

import json
import re
import shutil
import subprocess
from itertools import combinations

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from billing.models import OutgoingMail, Purchase, RefusedWebhooks, StripeEvent
from config import metrics
from tests.processes import PROJECT

DEPLOY = PROJECT / "deploy"
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = json.loads((DEPLOY / "dashboard.json").read_text())["panels"]
# Values of labels that are no Stripe word but our own.
LABELS = {
    "state": set(StripeEvent.State.values),
    "status": {*OutgoingMail.Status.values, *Purchase.Status.values},
    "of": {"most", "mean"},
    "reason": set(RefusedWebhooks.Reason.values),
    "job": {"credits"},  # as docs/operations.md names it in Prometheus' own file
}


def names(expression):
    return set(re.findall(r"\bcredits_\w+", expression))


@pytest.fixture
def measured(shop):
    metrics.forget()
    text = metrics.exposition().decode()
    return {family.name for family in text_string_to_metric_families(text)}


@pytest.mark.django_db
class TestFigures:
    def test_of_alerts_are_there(self, measured):
        assert {name for rule in RULES for name in names(rule["expr"])} <= measured

    def test_are_all_on_the_dashboard(self, measured):
        shown = {
            name
            for panel in PANELS
            for target in panel["targets"]
            for name in names(target["expr"])
        }

        assert shown == measured


class TestAlert:
    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
    def test_says_what_is_wrong_and_what_to_do(self, rule):
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description"}
        for label, value in re.findall(r'(\w+)=~?"([\w|]+)"', rule["expr"]):
            assert set(value.split("|")) <= LABELS[label]

    def test_is_in_the_docs(self):
        page = (PROJECT / "docs" / "operations.md").read_text()

        assert re.findall(r"^\| `(Credits\w+)`", page, re.MULTILINE) == [
            rule["alert"] for rule in RULES
        ]

    @pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not here")
    @pytest.mark.parametrize("words", ["check rules alerts.yaml", "test rules alerts_test.yaml"])
    def test_pleases_promtool(self, words):
        done = subprocess.run(
            ["promtool", *words.split()], cwd=DEPLOY, capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stdout + done.stderr


class TestDashboard:
    def test_has_no_panel_upon_another(self):
        for one, other in combinations((panel["gridPos"] for panel in PANELS), 2):
            apart = (
                one["x"] + one["w"] <= other["x"]
                or other["x"] + other["w"] <= one["x"]
                or one["y"] + one["h"] <= other["y"]
                or other["y"] + other["h"] <= one["y"]
            )
            assert apart, (one, other)
        assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)

    def test_has_a_number_and_a_name_for_each_panel(self):
        assert len({panel["id"] for panel in PANELS}) == len(PANELS)
        assert len({panel["title"] for panel in PANELS}) == len(PANELS)
