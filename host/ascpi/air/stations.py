"""Who is on the air: a station is learned from the source address of its first datagram.

Stations are numbered as they appear, and the model knows them by that number: a port that the
system chose at random does not change a seed's fates. A station that was silent is forgotten, and
keeps its number for when it comes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ascpi.address import Address, format_address

FORGET_AFTER_US = 30_000_000

# More than the largest field (200 boards) with every board restarted on a new port many times.
# Beyond it newcomers are refused: an address costs memory for as long as the relay runs.
MOST_STATIONS = 4_096

# How a fault names a station: its number, "ADDR:PORT", or "ADDR" for all of that address.
Name = int | str


@dataclass
class StationRecord:
    number: int
    address: Address
    heard_us: int
    received: int = 0
    sent: int = 0

    def answers_to(self, name: Name) -> bool:
        return name in (self.number, self.address[0], format_address(self.address))


class Stations:
    def __init__(self) -> None:
        self._all: dict[Address, StationRecord] = {}
        self._present: dict[Address, StationRecord] = {}
        self._next_forget_us = 0

    def hear(self, address: Address, now_us: int) -> tuple[StationRecord | None, bool]:
        """(the station, whether it is a new one); None: there are too many."""
        station = self._all.get(address)
        new = station is None
        if station is None:
            if len(self._all) >= MOST_STATIONS:
                return None, False
            station = StationRecord(len(self._all) + 1, address, now_us)
            self._all[address] = station
        self._present[address] = station
        station.heard_us = now_us
        station.received += 1
        return station, new

    def count_sent(self, address: Address) -> None:
        self._all[address].sent += 1

    def forget(self, now_us: int) -> None:
        """Leave out those that were silent too long. Cheap: it looks once a second."""
        if now_us < self._next_forget_us:
            return
        self._next_forget_us = now_us + 1_000_000
        for address, station in list(self._present.items()):
            if now_us - station.heard_us > FORGET_AFTER_US:
                del self._present[address]

    def others(self, sender: StationRecord) -> list[StationRecord]:
        return [station for station in self._present.values() if station is not sender]

    def named(self, name: Name) -> list[StationRecord]:
        return [station for station in self._all.values() if station.answers_to(name)]

    def resolve(self, groups: Sequence[Sequence[Name]]) -> list[list[int]]:
        """The groups' stations so far, by number; in the first group that names them."""
        taken: set[int] = set()
        resolved = []
        for group in groups:
            numbers = {station.number for name in group for station in self.named(name)} - taken
            taken |= numbers
            resolved.append(sorted(numbers))
        return resolved

    def report(self) -> list[dict[str, object]]:
        return [
            {
                "station": station.number,
                "address": format_address(station.address),
                "present": address in self._present,
                "received": station.received,
                "sent": station.sent,
            }
            for address, station in self._all.items()
        ]
