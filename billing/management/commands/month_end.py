"""Close a month: what was outstanding, what moved and what is, by plan and currency."""

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from billing import money, month_end
from billing.month_end import COLUMNS, Amounts, Period, Sheet, tables
from credits import spreadsheets
from credits.management.base import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Prints what the credits of each plan and currency did in a month, or up to a day of it:"
        " opening, sold, bonus, given, adjusted, taken back, spent, expired, closing; in credits"
        " and in money. Exit code 1: it does not foot."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "period", type=_period, help="2026-10, or 2026-10-15 for the month up to that day"
        )
        parser.add_argument("--csv", action="store_true", help="print it as a CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        sheet = month_end.add_up(options["period"])
        if options["csv"]:
            for chunk in spreadsheets.written(tables.lines(sheet)):
                self.stdout.write(chunk, ending="")
        else:
            self._print(sheet)
        if not sheet.foots:
            for fault in tables.faults(sheet):
                self.stderr.write(fault)
            sys.exit(1)

    def _print(self, sheet: Sheet) -> None:
        self.stdout.write(
            f"{sheet.period}, the ledger as of {sheet.at.isoformat(timespec='seconds')}"
        )
        self.stdout.write(f"{'':30}" + "".join(f"{name.replace('_', ' '):>14}" for name in COLUMNS))
        for line in sheet.lines:
            self._row(tables.name(line), line.credits)
            if line.money:
                self._row("", line.money, line.currency)
        self._row("All credits", sheet.credits)
        for currency, amounts in sheet.money.items():
            self._row(f"All money, {currency.upper()}", amounts, currency)
        if sheet.foots:
            self.stdout.write("It foots.")

    def _row(self, name: str, amounts: Amounts, currency: str = "") -> None:
        cells = [f"{money.to_decimal(n, currency):f}" if currency else f"{n}" for n in amounts]
        self.stdout.write(f"{name[:29]:30}" + "".join(f"{cell:>14}" for cell in cells))


def _period(text: str) -> Period:
    try:
        return Period.read(text)
    except month_end.NoPeriod as error:
        raise ArgumentTypeError(str(error)) from error
