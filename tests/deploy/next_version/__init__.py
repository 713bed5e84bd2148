"""A made-up next version: what it changes in the database, and code that wants the changes."""
