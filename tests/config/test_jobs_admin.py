"""The staff's page of background jobs."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission

from tests.config.test_jobs import make_job, queued
from tests.people import make_staff
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    return apps.get_model("procrastinate", "ProcrastinateJob")


def listed(answer):
    return {job.pk for job in answer.context["cl"].result_list}


class TestList:
    def test_leaves_out_at_first_what_is_finished(self, model):
        jobs = {status: make_job(status, name=status) for status in ("todo", "failed", "succeeded")}
        client = log_in(make_staff())

        assert listed(client.get(page(model))) == {jobs["todo"], jobs["failed"]}
        assert listed(client.get(f"{page(model)}?p=1")) == set(jobs.values())
        assert listed(client.get(f"{page(model)}?status=succeeded")) == {jobs["succeeded"]}

    def test_finds_a_finished_job_by_its_number(self, model):
        job = make_job("succeeded")

        assert listed(log_in(make_staff()).get(f"{page(model)}?q={job}")) == {job}


class TestRunningAgain:
    def run_again(self, client, model, job):
        return client.post(f"{page(model)}?p=1", {"action": "run_again", "_selected_action": [job]})

    def test_is_not_for_who_may_only_look(self, model):
        job = make_job("failed")

        self.run_again(log_in(make_colleague("Auditor")), model, job)

        assert queued() == [(job, "failed")]

    def test_is_for_who_may_change_jobs(self, model):
        job = make_job("failed")
        user = make_colleague("Auditor")
        user.user_permissions.add(Permission.objects.get(codename="change_procrastinatejob"))

        self.run_again(log_in(user), model, job)

        assert queued() == [(job, "todo")]
