"""What is done once when a board starts, by code that is forgotten afterwards."""

import json
import os
import struct
import sys

import machine

from ascpi_core import VERSION
from ascpi_core.fixed import const
from ascpi_core.lines import error_line
from ascpi_core.settings import TRANSPORT_NONE, BoardSettings

from .boot import Kept, say
from .storage import (
    CRASH_PATH,
    CRASH_SEEN_PATH,
    EPOCH_PATH,
    STEP,
    STEP_BYTES,
    STEP_TIMES,
    STEPS,
    Trial,
    read_text,
    write_text,
)

SETTINGS_PATH = const("/ascpi.json")

_EPOCH_LAST = const((1 << 30) - 1)


def read_settings() -> "BoardSettings | None":
    """The configuration on the flash; None, and every mistake in it is told. A file that is
    missing or no JSON is a mistake as well."""
    given: object = {}
    mistake = ""
    try:
        with open(SETTINGS_PATH) as file:
            given = json.load(file)
    except OSError:
        mistake = "there is no %s" % SETTINGS_PATH
    except ValueError:
        mistake = "%s is not valid JSON" % SETTINGS_PATH
    config = BoardSettings(given, machine.unique_id())
    if mistake:
        config.mistakes.insert(0, mistake)
    if config.mistakes:
        print(
            error_line(
                "config: %d mistake%s in %s: %s. The board waits at the REPL; mend the file, "
                "then reset"
                % (
                    len(config.mistakes),
                    "" if len(config.mistakes) == 1 else "s",
                    SETTINGS_PATH,
                    "; ".join(config.mistakes),
                )
            )
        )
        return None
    kept: "BoardSettings" = Kept(config)  # type: ignore[assignment]
    kept.node = Kept(config.node)  # type: ignore[assignment]
    return kept


def radio_first(config: "BoardSettings") -> None:
    """Let Wi-Fi take its memory while there is most of it."""
    if config.transport != TRANSPORT_NONE:
        import network

        network.WLAN(network.STA_IF).active(True)


def introduce(config: BoardSettings, epoch: int, trouble: str, trial: Trial) -> None:
    """Say who starts, and what is known of the runs before."""
    machine_name = getattr(sys.implementation, "_machine", sys.platform)
    field = "keyed" if config.key else "open: anybody may take part"
    say(
        "ASCpi %s on %s, id=%d %s, boot %d, the field is %s"
        % (VERSION, machine_name, config.node.node_id, config.name, epoch, field)
    )
    if trouble:
        print(error_line(trouble))
    crash = last_crash()
    if crash:
        say("the last run ended in a crash: " + crash)
    endless = endless_glyph()
    if endless:
        say("the last run ended by the watchdog: %s did not come to an end" % endless)
    if trial.failed:
        say("the new program, %s, did not run for 10 s: this is the one before it" % trial.failed)
        trial.end()


def next_epoch() -> "tuple[int, str]":
    """(epoch of this boot, what went wrong): one more than the last, kept before it is used."""
    text = read_text(EPOCH_PATH).strip()
    trouble = ""
    if text and not text.isdigit():
        trouble = "%s holds no number; counting begins anew" % EPOCH_PATH
    epoch = min(int(text) + 1, _EPOCH_LAST) if text.isdigit() else 1
    try:
        write_text(EPOCH_PATH, str(epoch))
    except OSError as error:
        trouble = (
            "the boot epoch could not be kept (%s): others may take this board's packets after "
            "the next start for old ones; make room on the flash" % error
        )
    return epoch, trouble


def last_crash() -> str:
    """The crash that ended the last run, told once; empty if there was none."""
    text = read_text(CRASH_PATH)
    if text:
        try:
            os.rename(CRASH_PATH, CRASH_SEEN_PATH)
        except OSError:
            pass  # told again at the next boot, which does no harm
    return text


def endless_glyph() -> str:
    """The glyph that ran when the watchdog reset the board; empty if none did. Its resets are
    counted: see `storage`."""
    memory = machine.RTC().memory
    kept = bytearray(memory())
    found = ""
    if len(kept) != STEP_BYTES * STEPS:
        kept = bytearray(STEP_BYTES * STEPS)  # the power was off, or it was another program's
    elif kept[STEP_TIMES] and machine.reset_cause() == machine.WDT_RESET:
        times = 0
        others = b""
        for at in range(STEP_BYTES, len(kept), STEP_BYTES):
            if kept[at : at + STEP_TIMES] == kept[:STEP_TIMES]:
                times = kept[at + STEP_TIMES]
            else:
                others += kept[at : at + STEP_BYTES]
        last = bytes(kept[:STEP_TIMES]) + bytes([times + 1])
        kept[STEP_BYTES:] = (last + others)[: len(kept) - STEP_BYTES]
        node, count, _ = struct.unpack_from(STEP, kept)
        found = "the glyph %d.%d" % (node, count)
    kept[STEP_TIMES] = 0
    memory(kept)
    return found
