"""
Version 1 of the API: what stands at `/api/v1/`.

Answers and errors are in English, whatever the language of who asks: programs read them. A change
that would break a client is another version.
"""
