"""Pages for what only Stripe or a purchase writes: the ledger's, in billing's styles."""

from credits.admin import readonly


class ReadOnlyAdmin(readonly.ReadOnlyAdmin):
    class Media:
        css = {"all": ["billing/admin.css"]}
