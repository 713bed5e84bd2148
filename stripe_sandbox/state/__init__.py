"""What one Stripe account holds, in one SQLite file, and how it is told to misbehave."""
