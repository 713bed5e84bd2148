"""A sheet in words and as lines of a file."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from billing import money
from billing.month_end.sheets import COLUMNS, Line, Sheet
from credits import spreadsheets


def name(line: Line) -> str:
    """Name a line by its plan and currency, or by its kind."""
    if line.plan:
        return f"{line.plan.name}, {line.currency.upper()}"
    return str(line.kind.label)


def faults(sheet: Sheet) -> Iterator[str]:
    """Say by how much each line that does not foot is off."""
    for line in sheet.faults:
        off = _("%+d credits") % line.credits.difference
        if line.money:
            off += f", {money.to_decimal(line.money.difference, line.currency):+f}"
            off += f" {line.currency.upper()}"
        yield _("%(name)s does not foot: the closing is off by %(off)s.") % {
            "name": name(line),
            "off": off,
        }


def lines(sheet: Sheet) -> Iterator[list[spreadsheets.Cell]]:
    """Yield the lines of a file: a line for the credits of each plan, and one for their money."""
    yield ["from", "to", "plan", "kind", "unit", *COLUMNS, "difference"]
    for line in sheet.lines:
        head = [
            sheet.period.first.isoformat(),
            sheet.period.last.isoformat(),
            line.plan.slug if line.plan else "",
            line.kind.value,
        ]
        yield [*head, "credits", *line.credits, line.credits.difference]
        if line.money:
            amounts = [*line.money, line.money.difference]
            yield [*head, line.currency, *(money.to_decimal(n, line.currency) for n in amounts)]
