"""Which keywords MicroPython's own functions take on an ESP32.

No stub says it: where a function is written in C, the stub's parameter names come from the
manual, and most such functions take no keyword at all. So it is looked up, here for 1.23.0, in
the file beside each row, and seen to be the same in 1.25.0. A function that is not in the table
is called by position; to call another one with keywords, look it up and give it a row.
"""

_NETWORK = "ports/esp32/network_wlan.c: network_wlan_config"
_ESPNOW = "ports/esp32/modespnow.c"

# Function → (its keywords, where that is said). A method stands under its class.
KEYWORDS: dict[str, tuple[frozenset[str], str]] = {
    "machine.Pin": (
        frozenset({"mode", "pull", "value", "drive", "hold"}),
        "ports/esp32/machine_pin.c: mp_pin_make_new",
    ),
    "machine.Pin.irq": (
        frozenset({"handler", "trigger", "wake"}),
        "ports/esp32/machine_pin.c: machine_pin_irq",
    ),
    "machine.PWM": (
        frozenset({"freq", "duty", "duty_u16", "duty_ns"}),
        "ports/esp32/machine_pwm.c: mp_machine_pwm_init_helper",
    ),
    "machine.WDT": (frozenset({"id", "timeout"}), "extmod/machine_wdt.c: machine_wdt_make_new"),
    "machine.Timer.init": (
        frozenset({"mode", "callback", "period", "tick_hz", "freq"}),
        "ports/esp32/machine_timer.c: machine_timer_init_helper",
    ),
    "network.WLAN.config": (
        frozenset(
            {
                *("mac", "ssid", "essid", "hidden", "security", "authmode", "key", "password"),
                *("channel", "hostname", "dhcp_hostname", "max_clients", "reconnects"),
                *("txpower", "protocol", "pm"),
            }
        ),
        _NETWORK,
    ),
    "network.WLAN.connect": (
        frozenset({"bssid"}),
        "ports/esp32/network_wlan.c: network_wlan_connect",
    ),
    "espnow.ESPNow.config": (
        frozenset({"rxbuf", "timeout_ms", "rate"}),
        f"{_ESPNOW}: espnow_config",
    ),
    "espnow.ESPNow.add_peer": (
        frozenset({"lmk", "channel", "ifidx", "encrypt"}),
        f"{_ESPNOW}: espnow_add_peer",
    ),
    "neopixel.NeoPixel": (
        frozenset({"pin", "n", "bpp", "timing"}),
        "micropython-lib, neopixel.py: in Python",
    ),
    "print": (frozenset({"sep", "end", "file"}), "py/modbuiltins.c: mp_builtin_print"),
    "open": (frozenset({"file", "mode", "buffering", "encoding"}), "extmod/vfs.c: mp_vfs_open"),
    "sorted": (frozenset({"key", "reverse"}), "py/objlist.c: mp_obj_list_sort"),
    "list.sort": (frozenset({"key", "reverse"}), "py/objlist.c: mp_obj_list_sort"),
    "min": (frozenset({"key", "default"}), "py/modbuiltins.c: mp_builtin_min_max"),
    "max": (frozenset({"key", "default"}), "py/modbuiltins.c: mp_builtin_min_max"),
    "enumerate": (frozenset({"start"}), "py/objenumerate.c: enumerate_make_new"),
    "dict": (frozenset(), "py/objdict.c: takes any keyword as a key"),
}


def of_method(name: str) -> "frozenset[str] | None":
    """The keywords of a method whose object's class is not known; None if no class has it."""
    found = [words for path, (words, _) in KEYWORDS.items() if path.rpartition(".")[2] == name]
    return frozenset().union(*found) if found else None
