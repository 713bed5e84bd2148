"""Events on their way: to endpoints, and to Stripe's command line."""
