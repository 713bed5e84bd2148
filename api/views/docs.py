"""The page that shows how the API is called."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from api.v1 import problems
from api.views.examples import EXAMPLES


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    root = problems.address(request, reverse("api:root")).rstrip("/")
    return render(
        request,
        "api/docs.html",
        {
            "root": root,
            "examples": [
                {
                    "name": one.name,
                    "title": one.title,
                    "text": one.text,
                    "call": f"{one.method} {one.path}",
                    "codes": [
                        ("curl", one.curl(root)),
                        ("Python", one.python(root)),
                        ("JavaScript", one.javascript(root)),
                    ],
                }
                for one in EXAMPLES
            ],
            "problems": problems.KINDS.items(),
        },
    )
