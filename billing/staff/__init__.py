"""What only a person can decide: events set aside, and payments that a bank warns of."""
