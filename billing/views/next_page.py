"""
Where a buyer goes on once the credits are there: back to what they were doing at the host's.

A page of the host's leads to a plan, or to the overview, with `?next=`; the purchase keeps it. Only
this site and the hosts of `BILLING_NEXT_HOSTS` are gone to, so that no link of ours can lead
somebody astray.
"""

from typing import Final
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME as NEXT
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from billing import conf

LONGEST: Final = 2000


def asked_for(request: HttpRequest) -> str:
    """Give the address that a request names, or nothing where nobody is to be led there."""
    return checked(request, request.POST.get(NEXT) or request.GET.get(NEXT) or "")


def checked(request: HttpRequest, address: str) -> str:
    """Give an address back, or nothing where it is not this site's nor an allowed host's."""
    hosts = {request.get_host(), *conf.next_hosts()}
    is_allowed = len(address) <= LONGEST and url_has_allowed_host_and_scheme(
        address, allowed_hosts=hosts, require_https=request.is_secure()
    )
    return address if is_allowed else ""


def query(request: HttpRequest, **others: str) -> str:
    """Write a query that carries the address on."""
    found = asked_for(request)
    return urlencode({**others, **({NEXT: found} if found else {})})
