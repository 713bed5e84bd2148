"""The API itself: its addresses, and its document."""

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from api.v1 import accounts, charging, granting, holding, problems, reading, refusing, spending

DESCRIPTION: Final = """\
Spend prepaid credits, hold them, give them back, and read what happened.

Each request carries a key: `Authorization: Bearer ck_...`. What makes something new carries an
`Idempotency-Key`: it happens once, however often it is asked for; the same key with another body is
refused with 409. A problem is `application/problem+json`, and a program looks at its `code`. An
address that is asked by another method than those below answers 405, and names them in `Allow`.\
"""


class Api(NinjaAPI):
    """ninja's, with a document that is true of problems, and valid."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**kwargs)
        for operations in document["paths"].values():
            for operation in operations.values():
                _correct(operation)
        return document


def _correct(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        # A list, which is right in the schema, where it stands as well.
        parameter.pop("examples", None)
    for status, response in operation["responses"].items():
        if int(status) in problems.STATUSES:
            content = response["content"]
            content[problems.MEDIA_TYPE] = content.pop("application/json")


api: Final = Api(
    title="Credits",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
)
refusing.install(api)
for room in (reading, accounts, charging, spending, holding, granting):
    api.add_router("", room.router)
