"""What happened, as a person would tell it."""

from collections.abc import Callable, Mapping

from ascpi.air.preset import PRESETS
from ascpi.telemetry import Event


def percent(per_million: int) -> str:
    return f"{per_million / 10_000:g} %"


def air(preset_name: str) -> str:
    """What the air is like: `Wi-Fi with 5 % loss`."""
    loss = percent(PRESETS[preset_name].loss_per_million)
    return {
        "clean": "clean air",
        "wifi": f"Wi-Fi with {loss} loss",
        "powersave": f"Wi-Fi with power save and {loss} loss",
        "harsh": f"harsh air with {loss} loss",
    }.get(preset_name, preset_name)


def event(who: str, happened: Event, name_of: Callable[[str], str], first: bool) -> str:
    """A node's event in words; empty if it is none to tell. `first`: it hears its first peer."""
    words: Mapping[str, str] = happened.words
    peer = name_of(words.get("peer", "?"))
    if happened.name == "joined":
        return f"{who} hears its first neighbour, {peer}" if first else ""
    if happened.name == "state":
        return _STATES.get(words.get("to", ""), "").format(who=who)
    return _EVENTS.get(happened.name, "").format(who=who, peer=peer)


_STATES = {
    "acquiring": "{who} moves towards the others",
    "locked": "{who} says that it is locked",
    "holdover": "{who} hears nobody any more and keeps the phase by itself",
    "alone": "{who} is alone",
}
_EVENTS = {
    "silent": "{who} does not hear {peer} any more",
    "restarted": "{who} notices that {peer} has restarted",
    "collision": "{who} hears another node that calls itself {peer}",
    "table_full": "{who} has no room for {peer}",
}
