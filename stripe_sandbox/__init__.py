"""
A small stateful Stripe for development and tests.

It speaks Stripe's API at `API_VERSION` on 127.0.0.1, keeps its state in one file and signs what
it delivers. It stands alone: it imports neither Django, nor Stripe's library, nor the project it
serves, so that what it answers is never what the code under test expects, but what it was written
to answer; the contract tests compare that with Stripe's own OpenAPI document.
"""

API_VERSION = "2026-08-26.dahlia"
PORT = 12111
