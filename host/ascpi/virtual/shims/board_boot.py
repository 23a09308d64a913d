"""Power-on: installs the shims, makes the folder the root, then boots as a board does."""

import io
import json
import os
import sys

# Before `time` is replaced: its C half keeps to MicroPython's own clock, and so must it.
import asyncio  # noqa: F401


def _install(parameters):
    import board_page

    board_page.attach(parameters)
    import board_record

    board_record.attach(parameters["edges"])
    import board_wires

    board_wires.attach(parameters["wires"])
    import board_clock
    import board_esp32
    import board_espnow
    import board_flash
    import board_machine
    import board_neopixel
    import board_network
    import board_socket
    import board_time

    if parameters["trace_network"]:
        import board_trace

        board_trace.attach(parameters["trace_network"])
    board_machine.attach(parameters)
    board_network.attach(parameters, board_machine.unique_id())
    board_espnow.attach(parameters)
    board_esp32.attach(parameters["nvs"])
    board_page.page.power_on_us = board_clock.true_us()
    shims = {
        "time": board_time,
        "machine": board_machine,
        "network": board_network,
        "neopixel": board_neopixel,
        "esp32": board_esp32,
        "espnow": board_espnow,
        "socket": board_socket,
    }
    for name, module in shims.items():
        sys.modules[name] = module
    for name in ("time", "machine", "socket"):
        sys.modules["u" + name] = shims[name]
    board_record.write(b"%d boot %d\n" % (parameters["boot_us"], board_page.page.reset_cause))
    flash = board_flash.Flash(parameters["flash"])
    if parameters["trace_flash"]:
        flash = _traced(parameters, board_page.page.reset_cause)
    _enter_flash(flash)
    return board_page


def _traced(parameters, cause):
    from board_flash_trace import TracedFlash

    trace = open(parameters["trace_flash"], "ab")
    trace.write(b"boot %d\n" % cause)
    return TracedFlash(parameters["flash"], trace)


def _enter_flash(flash):
    os.umount("/")
    os.mount(flash, "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    del sys.argv[:]


def _print_exception(error):
    """As a board prints it: without the frames of the shims."""
    try:
        text = io.StringIO()
        sys.print_exception(error, text)
    except MemoryError:
        return sys.print_exception(error)
    for line in text.getvalue().split("\n")[:-1]:
        if "/shims/" not in line:
            print(line)


def _is_there(name):
    try:
        os.stat(name)
    except OSError:
        return False
    return True


def _run(name, names):
    """Run a file of the flash if there; True unless it ended in an exception."""
    try:
        if _is_there(name):
            execfile(name, names)
    except SystemExit:
        sys.modules["machine"].soft_reset()
    except BaseException as error:  # noqa: BLE001  the REPL comes next, whatever it was
        _print_exception(error)
        return False
    return True


def power_on(names):
    parameters = json.loads(os.getenv("ASCPI_BOARD"))
    os.unsetenv("ASCPI_BOARD")
    board_page = _install(parameters)
    names.clear()
    names["__name__"] = "__main__"
    board_page.page.running = 1
    board_page.ring()
    if _run("boot.py", names) and not parameters["skip_main"]:
        _run("main.py", names)
