"""How much time is left, in words."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def time_left(due_by: datetime, *, at: datetime) -> str:
    """Say how many whole days or hours are left; a day that has begun is not counted as left."""
    left = due_by - at
    if left <= timedelta(0):
        return _("Too late")
    if days := left // DAY:
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    if hours := left // HOUR:
        return ngettext("%(hours)s hour left", "%(hours)s hours left", hours) % {"hours": hours}
    return _("Less than an hour left")
