"""An app on a phone that shows codes, for tests that sign in as staff do."""

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value


class App:
    """What shows the codes of one secret; each once, as the site takes it."""

    def __init__(self, secret=None):
        self.secret = secret or generate_totp_secret()

    def code(self):
        return format_hotp_value(hotp_value(self.secret, int(time.time()) // 30))


def set_up_app(user):
    """Give a user an app and recovery codes, as the pages do."""
    app = App()
    TOTP.activate(user, app.secret)
    RecoveryCodes.activate(user)
    return app
