"""Stripe's resources, one module each: its parameters, its shape, its endpoints."""
