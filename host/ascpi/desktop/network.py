"""Which address to broadcast to when nobody says."""

import socket

LOOPBACK_BROADCAST = "127.255.255.255"
# A documentation address (RFC 5737): connecting a UDP socket sends nothing, it picks a route.
_ELSEWHERE = ("192.0.2.1", 9)


def own_address() -> str:
    """The address that this computer sends from; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def likely_broadcast(address: str) -> str:
    """The directed broadcast of a /24 network, which nearly every access point makes."""
    if address.startswith("127."):
        return LOOPBACK_BROADCAST
    return address.rpartition(".")[0] + ".255"
