"""
dj-stripe's own migrations, and one that stands for all of them in a new database.

dj-stripe 2.11 reaches its tables through 523 operations, most of a minute of work for every new
database. The squash in this folder (`makemigrations djstripe` against an empty module, plus
`replaces`) creates the same tables directly. Upstream's migrations stay beside it on the path:
a database that has run all or some of them goes on where it is, and what a later dj-stripe adds
follows the squash. The squash is therefore never written again.
"""

from importlib.util import find_spec

_upstream = find_spec("djstripe.migrations")
if _upstream is None or _upstream.submodule_search_locations is None:
    raise ImportError("dj-stripe has no package of migrations")

__path__ = [*__path__, *_upstream.submodule_search_locations]
