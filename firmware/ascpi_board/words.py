"""What a board seldom says: loaded to be said, and forgotten (`boot.seldom`)."""


class Words:
    """Sentences, some with places for numbers and names."""

    ADVICE = (
        "on the network as %s, but no other node is heard: is one running with cluster=%d "
        "and the same key? Does the access point isolate its clients?"
    )
    ADVICE_ESPNOW = (
        "sending by %s, but no other node is heard: is one running with transport=espnow, "
        "the same wifi.channel, cluster=%d and the same key?"
    )
    SAFE = (
        "safe mode, after %d runs in a row that failed within a minute: this board keeps its "
        "phase, and holds no glyphs until it has been switched off and on, or flashed"
    )
    POORER = (
        "a run before ran out of memory: this one holds no glyphs, until the board has been "
        "switched off and on, or flashed"
    )
    NO_ROOM = (
        "there is no room for glyphs (%d bytes are missing): this board holds none; "
        'set "glyphs": false, or take a board with more memory'
    )
    SCARCE = (
        "memory for Wi-Fi is scarce (%d bytes): packets may be lost; hold fewer glyphs or peers "
        'here, or set "glyphs": false'
    )
    PIN = (
        "config: a pin cannot be used on this chip (%s): light_pin is %d, pulse_pin is %d. The "
        "board waits at the REPL; set others under pins in /ascpi.json, then reset"
    )
    TRIAL_OVER = "the new program has run for 10 s: it stays"
    JOURNAL_WELL = "the glyphs' journal can be written again"
    UNHEARD = "nothing has been heard for %d s: the network is joined anew"
    NO_SOCKET = (
        "no socket on %s:%d (%s); if another program uses it, end that program or set another "
        "port; trying again"
    )
    WIFI_FAILED = "Wi-Fi %s: %s; trying again in %d s"
    WIFI_HEARD = "Wi-Fi %s: the networks heard on 2.4 GHz are %s; names are case-sensitive"
    WIFI_REASONS = {
        2: "the access point let the board wait too long",
        4: "the access point has forgotten this board",
        5: "the access point refused this board: it has as many as it takes",
        8: "the connection was ended",
        15: "the handshake failed: most often a wrong password",
        200: "the access point has gone quiet",
        201: "no network of that name is heard",
        202: "the password is wrong",
        203: "the access point refused this board: perhaps it has as many as it takes",
        204: "the handshake failed: most often a wrong password",
        205: "the connection failed: most often a wrong password",
        210: "the network of that name has another kind of security: "
        "open where a password is set?",
        211: "the network of that name has a weaker kind of security: "
        "open where a password is set?",
    }
    """By the ESP32's reason codes; MicroPython hands them on as status."""
