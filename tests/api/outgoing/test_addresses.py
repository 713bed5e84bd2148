"""Which addresses webhooks may go to: the public internet's, by whatever name they come."""

from ipaddress import ip_address

import pytest

from api.outgoing import addresses
from api.outgoing.addresses import AddressRefused

PRIVATE = [
    "0.0.0.0",  # noqa: S104 (nothing is bound to it)
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # metadata of Alibaba Cloud
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",  # Azure's wire server
    "169.254.169.254",  # metadata of most clouds
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # metadata of Oracle Cloud
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "fc00::1",
    "fd00:ec2::254",  # metadata of AWS
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "172.32.0.1",
    "192.169.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
    "2606:4700::1111",
]


class TestPublic:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_is_not(self, address):
        assert not addresses.is_public(ip_address(address))

    @pytest.mark.parametrize("address", PUBLIC)
    def test_is(self, address):
        assert addresses.is_public(ip_address(address))

    def test_is_no_address_of_one_link(self):
        assert not addresses.is_public(ip_address("2606:4700::1111%eth0"))


class TestRead:
    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://example.com/", "no_https"),
            ("ftp://example.com/", "no_https"),
            ("file:///etc/passwd", "no_https"),
            ("//example.com/", "no_https"),
            ("https:///path", "no_host"),
            ("https://", "no_host"),
            ("https://example.com:0/", "no_host"),
            ("https://example.com:99999/", "no_address"),
            ("https://example.com:x/", "no_address"),
            ("https://[::1", "no_address"),
            (f"https://{'a' * 64}.example/", "no_address"),
            ("https://user:secret@example.com/", "has_password"),
            ("https://user@example.com/", "has_password"),
            ("https://example.com/a b", "white_space"),
            ("https://example.com/\r\nX-Injected: yes", "white_space"),
            ("https://127.0.0.1/", "not_public"),
            ("https://[::1]/", "not_public"),
            ("https://[::ffff:169.254.169.254]/", "not_public"),
            ("https://169.254.169.254/latest/meta-data/", "not_public"),
        ],
    )
    def test_refuses(self, url, why):
        with pytest.raises(AddressRefused, match=why):
            addresses.read(url)

    @pytest.mark.parametrize(
        ("url", "host", "port"),
        [
            ("https://Example.com/hooks?a=b", "example.com", 443),
            ("https://example.com.:8443/", "example.com", 8443),
            ("https://bücher.example/", "xn--bcher-kva.example", 443),
            ("https://1.1.1.1/", "1.1.1.1", 443),
            ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ],
    )
    def test_takes(self, url, host, port):
        parts = addresses.read(url)

        assert (addresses.host_of(parts), addresses.port_of(parts)) == (host, port)

    def test_takes_this_machine_where_that_is_allowed(self, private_allowed):
        parts = addresses.read("http://127.0.0.1:8000/")

        assert addresses.port_of(parts) == 8000

    def test_allows_it_with_debug_alone(self, settings):
        with pytest.raises(AddressRefused):
            addresses.read("http://127.0.0.1:8000/")

        settings.DEBUG = True

        assert addresses.read("http://127.0.0.1:8000/")


class TestResolve:
    @pytest.mark.parametrize(
        "host", ["localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "0"]
    )
    def test_refuses_this_machine_by_whatever_name(self, host):
        with pytest.raises(AddressRefused, match="not_public"):
            addresses.resolve(host, 443)

    def test_gives_addresses(self):
        assert addresses.resolve("1.1.1.1", 443) == [ip_address("1.1.1.1")]

    def test_refuses_a_name_of_which_one_address_is_private(self, monkeypatch):
        found = [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
        monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: found)

        with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
            addresses.resolve("rebinding.example", 443)
