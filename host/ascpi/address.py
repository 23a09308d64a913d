"""Addresses as they are written, "ADDR[:PORT]", and as sockets take them."""

import ipaddress

from ascpi.errors import AddressError
from ascpi_core.ssep import DEFAULT_PORT

# (IPv4 address, UDP port)
Address = tuple[str, int]

LARGEST_PORT = 65535


def parse_address(text: str, what: str = "") -> Address:
    """("127.0.0.1", 31415) from "127.0.0.1[:31415]"; `what` names the option in the error."""
    host, colon, port = text.partition(":")
    named = f"{what} {text!r}".strip()
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise AddressError(
            f"{named} is no address: write four numbers and, if need be, a port, "
            f"as in 127.0.0.1:{DEFAULT_PORT}"
        ) from None
    if not colon:
        return host, DEFAULT_PORT
    if not (port.isascii() and port.isdigit() and int(port) <= LARGEST_PORT):
        raise AddressError(f"{named} is no address: its port must be a number 0 … {LARGEST_PORT}")
    return host, int(port)


def format_address(address: Address) -> str:
    return f"{address[0]}:{address[1]}"


def is_loopback(host: str) -> bool:
    return host.startswith("127.")
