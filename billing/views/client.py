"""Where a request comes from, as far as this site can know."""

from ipaddress import ip_address

from django.http import HttpRequest

from billing import conf


def address(request: HttpRequest) -> str:
    """
    Give the IP address of a visitor; empty where there is none, as behind a Unix socket.

    With `BILLING_TRUSTED_PROXIES` it is what the outermost of your proxies has seen. What stands
    before that in X-Forwarded-For the visitor may have written.
    """
    proxies = conf.trusted_proxies()
    seen = request.headers.get("X-Forwarded-For", "").split(",") if proxies else []
    found = seen[-proxies] if len(seen) >= proxies > 0 else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(found.strip()))
    except ValueError:
        return ""
