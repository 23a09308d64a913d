"""Addresses as they are written, "ADDR[:PORT]", and as sockets take them."""

import ipaddress

from ascpi.errors import AscpiError

# (IPv4 address, UDP port)
Address = tuple[str, int]

DEFAULT_PORT = 31415
LARGEST_PORT = 65535


def parse_address(text: str, default_port: int = DEFAULT_PORT) -> Address:
    host, colon, port = text.partition(":")
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise AscpiError(
            f"{text!r} is no address: it is ADDR[:PORT] with an IPv4 address, "
            f"such as 127.0.0.1:{DEFAULT_PORT}"
        ) from None
    if not colon:
        return host, default_port
    if not (port.isascii() and port.isdigit() and int(port) <= LARGEST_PORT):
        raise AscpiError(f"the port in {text!r} is not a number of 0 … {LARGEST_PORT}")
    return host, int(port)


def format_address(address: Address) -> str:
    return f"{address[0]}:{address[1]}"


def is_loopback(host: str) -> bool:
    return host.startswith("127.")
