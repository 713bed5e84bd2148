"""
From what Stripe says of money to what a payment still pays for.

`facts` writes down what Stripe said, `entitlement` is the arithmetic, and `settling` moves the
credits and says what became of it. `session_rules` is what a session must say to be its purchase's.
"""
