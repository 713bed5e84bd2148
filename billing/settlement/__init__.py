"""
From what Stripe says of money to what a payment still pays for.

`facts` writes down what Stripe said, `entitlement` is the arithmetic, `settling` moves the credits,
and an outcome says what became of it.
"""
