"""Faults in what staff add up, look for and take with them."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "a captured hold was spent when it was placed",
        "billing/month_end/query.py",
        "-capture.captured, hold.closed_at,",
        "-capture.captured, hold.created_at,",
        "billing/month_end/test_sheets.py::TestSheet",
    ),
    Fault(
        "credits are worth what was paid with the tax",
        "billing/month_end/query.py",
        "purchase.amount_total - purchase.amount_tax AS paid",
        "purchase.amount_total AS paid",
        "billing/month_end/test_sheets.py::TestSheet",
    ),
    Fault(
        "a month ends with the first instant of the next",
        "billing/month_end/periods.py",
        "        return _midnight(self.last + timedelta(days=1))\n",
        "        return _midnight(self.last)\n",
        "billing/month_end/test_periods.py::TestPeriod",
    ),
    Fault(
        "a sheet always foots",
        "billing/month_end/sheets.py",
        "        return 2 * self.closing - sum(self)\n",
        "        return 0\n",
        "billing/month_end/test_sheets.py::TestFooting",
    ),
    Fault(
        "a month that does not foot ends well",
        "billing/management/commands/month_end.py",
        "            sys.exit(1)\n",
        "            return\n",
        "billing/month_end/test_sheets.py::TestCommand",
    ),
    Fault(
        "anybody of the staff sees the month's end",
        "billing/admin/month_end.py",
        "        raise PermissionDenied\n",
        "        pass\n",
        "billing/admin/test_month_end.py::TestPage",
    ),
    Fault(
        "anybody of the staff exports any list",
        "credits/admin/exporting.py",
        "            raise PermissionDenied\n",
        "            pass\n",
        "credits/admin/test_exporting.py::TestEveryList",
    ),
    Fault(
        "an export is fetched at once",
        "credits/admin/exporting.py",
        "chunked_fetch=True",
        "chunked_fetch=False",
        "credits/admin/test_exporting.py::TestManyRows",
    ),
    Fault(
        "a search shows what one may not see",
        "billing/staff_site/search.py",
        "        if not may_see(rows.model):\n",
        "        if may_see(rows.model) is None:\n",
        "billing/staff_site/test_search.py::TestSearch",
    ),
    Fault(
        "one of two purchases with a short number is shown",
        "billing/short_numbers.py",
        'UUID(digits + "F" * rest)',
        'UUID(digits + "0" * rest)',
        "billing/test_short_numbers.py::TestShortNumber",
    ),
    Fault(
        "net revenue counts what was refunded",
        "billing/staff_site/figures.py",
        "_less(came, went, kept)",
        "_less(came, kept)",
        "billing/staff_site/test_overview.py::TestPeriods",
    ),
    Fault(
        "today's operations are kept for an hour",
        "billing/staff_site/days.py",
        "    over = Days(days.first, days.last - timedelta(days=1))\n",
        "    over = Days(days.first, days.last)\n",
        "billing/staff_site/test_overview.py::TestPeriods",
    ),
)
