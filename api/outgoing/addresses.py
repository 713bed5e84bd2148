"""
Which machines may be spoken to: those of the public internet, and no others.

An endpoint's address is written by people, its host is resolved by other people's name servers, and
the request leaves from inside of one's own network. So a name is resolved once, every address that
it gives is looked at, and the request goes to one of exactly these.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from api import conf, wording

Address = IPv4Address | IPv6Address

MOST_ADDRESSES: Final = 8
# Not global by IANA's registries, or only by name; Python's own lists differ by its version.
# https://www.iana.org/assignments/iana-ipv4-special-registry
# https://www.iana.org/assignments/iana-ipv6-special-registry
REFUSED: Final = tuple(
    map(
        ip_network,
        [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's wire server, at a public address
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "::ffff:0:0:0/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ],
    )
)
NAT64: Final = ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """Nothing is sent there. A code of `wording` says why."""


def read(url: str) -> SplitResult:
    """
    Read an endpoint's address, and refuse one that can never be posted to.

    :raises AddressRefused: if it is no address, not https, or names what may not be spoken to
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, host_of(parts)
    except ValueError as error:
        raise AddressRefused(wording.code("no_address")) from error
    if any(character.isspace() or not character.isprintable() for character in url):
        raise AddressRefused(wording.code("white_space"))
    if parts.scheme != "https" and not (parts.scheme == "http" and conf.are_private_allowed()):
        raise AddressRefused(wording.code("no_https"))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(wording.code("has_password"))
    if not host or port == 0:
        raise AddressRefused(wording.code("no_host"))
    try:
        literal = ip_address(host)
    except ValueError:
        return parts
    check(literal)
    return parts


def host_of(parts: SplitResult) -> str:
    """
    Give the host as name servers and certificates know it.

    :raises ValueError: if it cannot be a host's name
    """
    host = parts.hostname or ""
    try:
        return str(ip_address(host))
    except ValueError:
        return host.rstrip(".").encode("idna").decode() if host else ""


def port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def resolve(host: str, port: int) -> Sequence[Address]:
    """
    Ask for a host's addresses, once.

    How long that takes is up to the machine's resolver (`timeout` and `attempts` in resolv.conf,
    seconds as a rule): nothing here can end it sooner.

    :returns: at least one, and at most `MOST_ADDRESSES`; all that were found may be spoken to
    :raises AddressRefused: if one may not be
    :raises OSError: if the name is not known, or no name server answers
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(ip_address(str(sockaddr[0])) for *_, sockaddr in found))
    for address in addresses:
        check(address)
    return addresses[:MOST_ADDRESSES]


def check(address: Address) -> None:
    """
    Refuse an address that is not of the public internet.

    :raises AddressRefused: if it, or one that it stands for, is not
    """
    if not conf.are_private_allowed() and not is_public(address):
        raise AddressRefused(wording.code("not_public", address=address))


def is_public(address: Address) -> bool:
    """Tell whether an address, and each that it stands for, is of the public internet."""
    if any(address in network for network in REFUSED if network.version == address.version):
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address.teredo is not None:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
