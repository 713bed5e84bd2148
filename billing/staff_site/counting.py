"""Numbers of rows that are counted no further than anybody reads."""

from django.utils.translation import gettext as _

from billing import money
from credits.admin.readonly import COUNTED_ROWS


def up_to(count: int) -> str:
    """Write how many there are, where no more than one beyond the limit were counted."""
    if count > COUNTED_ROWS:
        return _("more than %s") % money.format_number(COUNTED_ROWS)
    return money.format_number(count)
