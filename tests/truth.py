"""What Stripe's own objects say in the end: the measure of everything that this site keeps."""

from collections import defaultdict


class Truth:
    """Stripe's newest objects, read from its events, and what follows for money and credits."""

    def __init__(self, events):
        newest = {}
        for event in events:
            data = event["data"]["object"]
            newest[data["id"]] = data
        self.sessions = {}
        self.charges = {}
        self.refunds = defaultdict(list)
        self.disputes = defaultdict(list)
        for data in newest.values():
            if data["object"] == "checkout.session":
                self.sessions[data["id"]] = data
            elif data["object"] == "charge" and data["status"] == "succeeded":
                self.charges[data["payment_intent"]] = data
            elif data["object"] == "refund":
                self.refunds[data["payment_intent"]].append(data)
            elif data["object"] == "dispute":
                self.disputes[data["payment_intent"]].append(data)

    def is_paid(self, session_id):
        session = self.sessions.get(session_id)
        return session is not None and session["payment_status"] == "paid"

    def received(self, intent):
        return self.charges[intent]["amount_captured"]

    def refunded(self, intent):
        """Money of refunds that have not failed."""
        return sum(
            refund["amount"]
            for refund in self.refunds[intent]
            if refund["status"] not in {"failed", "canceled"}
        )

    def withdrawn(self, intent):
        """Money that banks hold."""
        return sum(
            -movement["amount"]
            for dispute in self.disputes[intent]
            if dispute["status"] != "won" and not dispute["status"].startswith("warning")
            for movement in dispute["balance_transactions"]
        )

    def target(self, intent, *, credits):
        """Credits of a lot that are no longer paid for."""
        received = self.received(intent)
        back = min(received, self.refunded(intent) + self.withdrawn(intent))
        return credits * back // received
