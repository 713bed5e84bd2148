"""Settings of a site that took the mirror's line away, in an environment without dj-stripe."""

import sys

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as WITH_MIRROR

sys.modules["djstripe"] = None  # type: ignore[assignment] # importing it fails
INSTALLED_APPS = [app for app in WITH_MIRROR if app not in {"djstripe", "billing.mirror"}]
