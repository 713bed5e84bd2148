"""
Automatic top-up: a spend that takes a balance below a person's threshold buys them a plan.

Opted into with words that are kept (`consents`), paid with a card that Stripe keeps (`cards`), by a
rule with a limit for the month (`rules`, `months`). A fall queues one purchase (`falls`), which is
charged in the background (`charging`); from there on it is a purchase as any other (`fulfilling`).
"""
