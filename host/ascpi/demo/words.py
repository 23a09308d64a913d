"""How things are said: units, and what happened, as a person would tell it."""

from collections.abc import Callable, Mapping

from ascpi.air.preset import PRESETS
from ascpi.telemetry import Event

MINUS = "−"


def signed(text: str) -> str:
    return text.replace("-", MINUS)


def microseconds(value_us: float) -> str:
    """+412 µs, −12.3 ms, +431 ms: three digits, and the sign."""
    if abs(value_us) < 0.5:
        return "0 µs"
    if abs(value_us) < 999.5:
        return signed(f"{value_us:+.0f} µs")
    value_ms = value_us / 1000
    digits = 2 if abs(value_ms) < 9.995 else 1 if abs(value_ms) < 99.95 else 0
    return signed(f"{value_ms:+.{digits}f} ms")


def within(value_us: float) -> str:
    """±0.4 ms, ±35 µs, rounded up: what is said to hold does hold."""
    if value_us <= 99:
        return f"±{max(1, -(-value_us // 1)):.0f} µs"
    tenths = -(-value_us // 100)
    return f"±{tenths / 10:.1f} ms" if tenths < 100 else f"±{-(-value_us // 1000):.0f} ms"


def coherence(value: float) -> str:
    """Four digits; 1.0000 only for a field that is one to the last of them."""
    return f"{int(value * 10_000 + 1e-9) / 10_000:.4f}"


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
