from ascpi.air.preset import PRESETS
from ascpi.demo import words
from ascpi.telemetry import Event


def test_every_air_has_words() -> None:
    assert words.air("wifi") == "Wi-Fi with 5 % loss"
    assert all(words.air(name) != name for name in PRESETS)


def test_events_in_words() -> None:
    def called(node_id: str) -> str:
        return f"board {node_id}"

    def said(event: Event, first: bool = False) -> str:
        return words.event("board 1", event, called, first)

    assert (
        said(Event("joined", {"peer": "2"}), True) == "board 1 hears its first neighbour, board 2"
    )
    assert said(Event("joined", {"peer": "3"})) == ""
    assert said(Event("state", {"to": "locked"})) == "board 1 says that it is locked"
    assert said(Event("silent", {"peer": "2"})) == "board 1 does not hear board 2 any more"
    assert said(Event("band", {"to": "shared"})) == ""
    assert said(Event("something", {"new": "1"})) == ""
