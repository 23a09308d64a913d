"""Mistakes in /ascpi.json: all named at once, and the board stays reachable."""

import pytest
from mpremote.transport_serial import SerialTransport

from ascpi.telemetry import Message
from tests.firmware.bench import START, Bench, messages
from tests.virtual.lab import Lines, wait_until


def config_error(lines: Lines) -> Message:
    text, _ = lines.expect("error config")
    (found,) = [message for message in messages(lines) if message.is_error]
    assert found.text in text
    return found


def test_three_mistakes_stand_in_one_message_and_the_repl_answers(bench: Bench) -> None:
    board, lines = bench.board(
        7,
        settings={
            "brodcast": "127.0.0.1",
            "rate_mhz": 0,
            "wifi": {"ssid": "home", "password": "short"},
        },
    )
    error = config_error(lines)
    assert "3 mistakes in /ascpi.json" in error.text
    assert "brodcast is no setting, did you mean broadcast?" in error.text
    assert "rate_mhz: 0 is not allowed, give a whole number from 10 to 10000" in error.text
    assert "wifi.password" in error.text
    assert "short" not in error.text, "a password is never repeated"
    serial = SerialTransport(board.serial_path, timeout=1)
    try:
        serial.enter_raw_repl(soft_reset=False)
        assert serial.exec("print(6 * 7)").strip() == b"42"
    finally:
        serial.close()


def test_an_offset_of_half_a_turn_or_more_and_an_unknown_law_are_refused(bench: Bench) -> None:
    _, lines = bench.board(7, settings={"phase_offset": 0.5, "law": "fast"})
    error = config_error(lines)
    assert "2 mistakes in /ascpi.json" in error.text
    wanted = "give a number of turns from -0.5 up to but not 0.5, such as -0.1"
    assert f"phase_offset: 0.5 is not allowed, {wanted}" in error.text
    assert "law: 'fast' is not allowed, give one of full, source" in error.text


def test_a_secret_of_the_wrong_kind_is_not_repeated(bench: Bench) -> None:
    _, lines = bench.board(7, settings={"key": ["sesame"]})
    error = config_error(lines)
    assert "key: the value is not allowed" in error.text
    assert "sesame" not in error.text


@pytest.mark.parametrize(
    ("content", "words"),
    [("{not json", "is not valid JSON"), ("[1, 2]", "must be a table"), (None, "there is no")],
)
def test_a_file_that_cannot_be_read_is_named(
    bench: Bench, content: str | None, words: str
) -> None:
    main = "import os\n"
    main += "os.remove('/ascpi.json')\n" if content is None else ""
    if content is not None:
        main += f"with open('/ascpi.json', 'w') as file:\n    file.write({content!r})\n"
    _, lines = bench.board(7, program=bench.program(main + START))
    assert words in config_error(lines).text


def test_light_and_pulse_on_one_pin_are_refused(bench: Bench) -> None:
    _, lines = bench.board(7, settings={"pins": {"light_pin": 4, "pulse_pin": 4}})
    assert "share GPIO 4" in config_error(lines).text


def test_a_network_that_is_off_needs_somewhere_to_send(bench: Bench) -> None:
    _, lines = bench.board(7, broadcast="127.0.0.1:9", settings={"transport": "none"})
    lines.expect("report id=7")
    main = (
        "import json\n"
        "settings = json.load(open('/ascpi.json'))\n"
        "settings['broadcast'] = ''\n"
        "with open('/ascpi.json', 'w') as file:\n"
        "    json.dump(settings, file)\n" + START
    )
    _, lines = bench.board(8, program=bench.program(main), settings={"transport": "none"})
    assert "say where to send" in config_error(lines).text


def test_a_pin_that_the_chip_lacks_is_said_and_the_board_waits(bench: Bench) -> None:
    main = (
        "import ascpi_node\n"
        "def make(config):\n"
        "    raise ValueError('invalid pin')\n"
        "ascpi_node.make_light = make\n" + START
    )
    board, lines = bench.board(
        7, program=bench.program(main), settings={"pins": {"light_pin": 40}}
    )
    assert "light_pin is 40" in config_error(lines).text
    board.send(b"print('here', 40 + 2)\r")
    lines.expect("here 42")


def test_without_an_id_the_mac_gives_one(bench: Bench) -> None:
    main = (
        "import json\n"
        "settings = json.load(open('/ascpi.json'))\n"
        "del settings['id']\n"
        "with open('/ascpi.json', 'w') as file:\n"
        "    json.dump(settings, file)\n"
        "import machine\n"
        "print('mac', int.from_bytes(machine.unique_id(), 'big') & (2**30 - 1))\n" + START
    )
    _, lines = bench.board(7, program=bench.program(main))
    (expected,) = lines.numbers("mac")
    lines.expect(f"report id={expected} ")


def test_the_boot_epoch_counts_every_start(bench: Bench) -> None:
    board, lines = bench.board(7)
    lines.expect("epoch=1 ")
    board.kill()
    board.restart()
    lines.expect("epoch=2 ")
    board.restart()
    lines.expect("epoch=3 ")
    assert not [message for message in messages(lines) if message.is_error]


def test_an_epoch_file_full_of_nonsense_is_said(bench: Bench) -> None:
    board, lines = bench.board(7)
    lines.expect("epoch=1 ")
    board.kill()
    (board.options.flash / "ascpi_epoch").write_text("rubbish")
    board.restart()
    lines.expect("holds no number")
    wait_until(lambda: any("epoch=1 " in line for line in lines.seen[-3:]), "the board goes on")
