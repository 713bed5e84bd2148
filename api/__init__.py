"""The HTTP API: the ledger for services in other processes and other languages."""
