"""HTML for a person: the payment page and the dashboard."""
