"""
pytest fixtures for whatever talks to Stripe.

`stripe_sandbox` is an empty Stripe for each test. In a Django project (with pytest-django) it sets
the settings that `stripe_sandbox_settings` names, so that the project's calls arrive there; a
project that names them otherwise overrides that fixture. Elsewhere a test hands on `base_url`.
"""

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stripe_sandbox.testing import StripeSandbox


class Hooks:
    """What the plugin tells other plugins, in the server's thread."""

    @pytest.hookspec
    def pytest_stripe_sandbox_call(self, config: pytest.Config, call: dict[str, Any]) -> None:
        """Hear of a call to `/v1/…` with its answer."""

    @pytest.hookspec
    def pytest_stripe_sandbox_event(self, config: pytest.Config, event: dict[str, Any]) -> None:
        """Hear of an event."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


@pytest.fixture(scope="session")
def stripe_sandbox_server(pytestconfig: pytest.Config) -> "Iterator[StripeSandbox]":
    """One server for the whole run, which keeps what tests leave in it: see `stripe_sandbox`."""
    # Here and not above: who has the plugin installed need not have what the server needs.
    from stripe_sandbox import testing  # noqa: PLC0415

    hook = pytestconfig.hook
    with testing.running(
        on_call=lambda call: hook.pytest_stripe_sandbox_call(config=pytestconfig, call=call),
        on_event=lambda event: hook.pytest_stripe_sandbox_event(config=pytestconfig, event=event),
    ) as sandbox:
        yield sandbox


@pytest.fixture
def stripe_sandbox_settings(stripe_sandbox_server: "StripeSandbox") -> dict[str, Any]:
    """Django settings that lead to the sandbox; override this where yours have other names."""
    return {
        "STRIPE_API_BASE": stripe_sandbox_server.base_url,
        "STRIPE_SECRET_KEY": stripe_sandbox_server.key,
        "STRIPE_WEBHOOK_SECRET": stripe_sandbox_server.secret,
    }


@pytest.fixture
def stripe_sandbox(
    request: pytest.FixtureRequest,
    stripe_sandbox_server: "StripeSandbox",
    stripe_sandbox_settings: dict[str, Any],
) -> "StripeSandbox":
    """Give an empty Stripe, to which the Django settings lead where there are any."""
    stripe_sandbox_server.reset()
    if _has_django(request.config):
        settings = request.getfixturevalue("settings")
        for name, value in stripe_sandbox_settings.items():
            setattr(settings, name, value)
    return stripe_sandbox_server


def _has_django(config: pytest.Config) -> bool:
    """Whether pytest-django runs here with settings; Django is not imported to find out."""
    conf = sys.modules.get("django.conf")
    configured = conf is not None and conf.settings.configured
    return configured and config.pluginmanager.hasplugin("django")
