"""Why webhooks do not arrive, kept in a row as a code: see `credits.wording`."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.wording import Wording

WORDS: Final[Mapping[str, str | Promise]] = {
    # Endpoints that were switched off.
    "gone": _("It answered 410 Gone."),
    "nothing_delivered": _("Nothing was delivered for %(days)s days."),
    "person_erased": _("The person was erased."),
    # Addresses to which nothing is sent.
    "no_address": _("This is no address."),
    "white_space": _("An address has no white space."),
    "no_https": _("An address begins with https://."),
    "has_password": _("An address has no user name and no password."),
    "no_host": _("An address names a host."),
    "not_public": _("%(address)s is no address of the public internet."),
    # Attempts that got no answer.
    "no_answer": _("It did not answer in time."),
    "tls": "TLS: %(message)s",
    "not_resolved": _("The host's name was not resolved: %(message)s"),
    "failed": "%(type)s: %(message)s",
}

_wording = Wording(WORDS)
code = _wording.code
say = _wording.say
