"""Faults in billing, each noticed by the tests named beside it: `make mutants`."""

from tests.billing.faults import (
    background,
    buying,
    fulfilment,
    gateway,
    mails,
    orders,
    privacy,
    reconciliation,
    refunds,
    reports,
    settlement,
    staff,
    topups,
    vouchers,
    webhooks,
)

FAULTS = (
    *buying.FAULTS,
    *fulfilment.FAULTS,
    *gateway.FAULTS,
    *mails.FAULTS,
    *orders.FAULTS,
    *privacy.FAULTS,
    *reconciliation.FAULTS,
    *refunds.FAULTS,
    *reports.FAULTS,
    *settlement.FAULTS,
    *staff.FAULTS,
    *topups.FAULTS,
    *vouchers.FAULTS,
    *webhooks.FAULTS,
    *background.FAULTS,
)
