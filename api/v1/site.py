"""The API itself: its addresses, and its document."""

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from api.v1 import granting, holding, problems, reading, refusing, spending

DESCRIPTION: Final = """\
Spend prepaid credits, hold them, give them back, and read what happened.

Each request carries a key: `Authorization: Bearer ck_...`. What makes something new carries an
`Idempotency-Key`: it happens once, however often it is asked for; the same key with another body is
refused with 409. A problem is `application/problem+json`, and a program looks at its `code`.\
"""


class Api(NinjaAPI):
    """ninja's, with a document that says what problems are sent as."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**kwargs)
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) in problems.STATUSES:
                        content = response["content"]
                        content[problems.MEDIA_TYPE] = content.pop("application/json")
        return document


api: Final = Api(
    title="Credits",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
)
refusing.install(api)
for router in (reading.router, spending.router, holding.router, granting.router):
    api.add_router("", router)
