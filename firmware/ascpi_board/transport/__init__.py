"""How packets travel: one interface for the board's program, four ways behind it.

base.py          what the program knows of any of them
udp.py           the UDP socket; `none`: the network is there already
station.py       `station`: joins a network
access_point.py  `ap`: finds the network that one of the boards is, or is it
esp_now.py       `espnow`: from board to board, no network at all
association.py   joining, one attempt at a time; calls.py what access points tell each other
"""

from ascpi_core.settings import TRANSPORT_ACCESS_POINT, TRANSPORT_ESPNOW, TRANSPORT_STATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ascpi_core.settings import BoardSettings
    from ascpi_core.ssep import Tagger

    from .base import Transport


def make_transport(
    config: "BoardSettings",
    say: "Callable[[str], None]",
    tagger: "Tagger | None",
) -> "Transport":
    """The transport that the configuration asks for. Only its own modules are loaded.

    `say` puts a note on the serial line; `tagger` is the node's.
    """
    if config.transport == TRANSPORT_ESPNOW:
        from .esp_now import EspNow

        return EspNow(config, say)
    if config.transport == TRANSPORT_ACCESS_POINT:
        from .access_point import AccessPoint

        return AccessPoint(config, say, tagger)
    if config.transport == TRANSPORT_STATION:
        from .station import Station

        return Station(config, say)
    from .udp import Wired

    return Wired(config, say)
