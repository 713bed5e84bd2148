"""
Outgoing webhooks: services elsewhere are told what became of money and credits.

An event is written in the transaction that it tells of, with a delivery for each endpoint that
listens (`recording`). `api.jobs.send_webhooks` delivers afterwards, by the scheme of Standard
Webhooks (https://www.standardwebhooks.com): at least once, in the order of each account, for three
days (`delivering`). No request and no transaction waits for a receiver.
"""
