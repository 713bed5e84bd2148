"""
What only a laptop needs: a database server, the processes of `make run`, demo data, scenarios.

Nothing of the site imports it, and production does without this folder.
"""
