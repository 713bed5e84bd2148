# A host whose people have an address, no name, and a UUID for a key.
INSTALLED_APPS += ["people"]
AUTH_USER_MODEL = "people.Person"
