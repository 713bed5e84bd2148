"""
Stripe's events: from bytes that are signed to what they change, once.

`reading` believes an event or refuses it, `inbox` takes it in once, `handlers` says what each type
does.
"""
