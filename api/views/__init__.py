"""Pages for people: how the API is called, and keys of their own."""
