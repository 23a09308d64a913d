from pathlib import Path

from ascpi.virtual import EdgeReader
from tests.virtual.lab import Lab, wait_until


def test_edges_are_stamped_in_the_write_itself(lab: Lab) -> None:
    main = """
from machine import Pin
from board_clock import true_us
import sys
pin = Pin(2, Pin.OUT)
while True:
    before = true_us()
    pin.toggle()
    print("between %d %d" % (before, true_us()))
    sys.stdin.read(1)
"""
    edges = lab.folder / "edges"
    board, lines = lab.board(main, edges=edges)
    reader = EdgeReader(edges)
    for level in [1, 0] * 10:
        before_us, after_us = lines.numbers("between")
        # It is in the file as soon as it was made.
        (edge,) = reader.read_edges()
        assert (edge.pin, edge.level) == (2, level)
        assert before_us <= edge.monotonic_us <= after_us
        board.send(b"x")


def test_only_changes_of_an_output_are_edges(lab: Lab) -> None:
    main = """
from machine import Pin
a = Pin(4, Pin.OUT, value=1)
a.value(1); a.on(); a(0); a.off(); Pin(4).on(); a.toggle()
Pin(5).value(1)
print("levels", a.value(), a(), Pin(4).value())
Pin(5, Pin.IN).value(0)
print("end")
"""
    edges = lab.folder / "edges"
    _, lines = lab.board(main, edges=edges)
    assert lines.numbers("levels") == [0, 0, 0]
    lines.expect("end")
    found = EdgeReader(edges).read_edges()
    assert [(edge.pin, edge.level) for edge in found] == [(4, 1), (4, 0), (4, 1), (4, 0)]


def test_pwm_and_colours_have_words_of_their_own(lab: Lab) -> None:
    main = """
from machine import Pin, PWM
from neopixel import NeoPixel
pwm = PWM(Pin(13), freq=1000, duty_u16=32768)
pwm.duty_u16(32768); pwm.duty_u16(100); pwm.duty(1023)
print("pwm", pwm.freq(), pwm.duty_u16(), pwm.duty(), pwm.duty_ns())
pixels = NeoPixel(Pin(48), 2)
pixels[0] = (1, 2, 3)
pixels.write(); pixels.write()
pixels.fill((9, 0, 0))
pixels.write()
print("pixels", len(pixels), *pixels[1])
print("buffer", *pixels.buf)
"""
    edges = lab.folder / "edges"
    _, lines = lab.board(main, edges=edges)
    assert lines.numbers("pwm") == [1000, 65535, 1023, 1_000_000]
    assert lines.numbers("pixels") == [2, 9, 0, 0]
    assert lines.numbers("buffer") == [0, 9, 0, 0, 9, 0]
    recorded = [" ".join(words[1:]) for words in EdgeReader(edges).read_lines()]
    assert recorded == [
        "boot 1",
        "13 freq 1000",
        "13 duty_u16 32768",
        "13 duty_u16 100",
        "13 duty_u16 65535",
        "48 rgb 1 2 3 0 0 0",
        "48 rgb 9 0 0 9 0 0",
    ]


def test_inputs_are_driven_from_outside(lab: Lab) -> None:
    main = """
from machine import Pin, ADC
import time
pulled, loose, analog = Pin(0, Pin.IN, Pin.PULL_UP), Pin(59, Pin.IN), ADC(Pin(34))
old = None
while True:
    new = pulled.value(), loose.value(), analog.read_u16(), analog.read_uv()
    if new != old:
        print("inputs %d %d %d %d" % new)
    old = new
    time.sleep_ms(1)
"""
    board, lines = lab.board(main)
    assert lines.numbers("inputs") == [1, 0, 0, 0]
    board.set_input(0, False)
    assert lines.numbers("inputs") == [0, 0, 0, 0]
    board.set_input(59, True)
    assert lines.numbers("inputs") == [0, 1, 0, 0]
    board.set_input(0, None)
    assert lines.numbers("inputs") == [1, 1, 0, 0]
    board.set_analog(34, 65535)
    assert lines.numbers("inputs") == [1, 1, 65535, 3_300_000]


def test_what_a_virtual_pin_cannot_do_it_says(lab: Lab) -> None:
    main = """
from machine import Pin
for attempt in (lambda: Pin(60), lambda: Pin("LED"), lambda: Pin(1).irq(print)):
    try:
        attempt()
    except (ValueError, NotImplementedError) as error:
        print("said", error)
"""
    _, lines = lab.board(main)
    for words in ("invalid pin", "invalid pin", "no interrupts"):
        assert words in lines.expect("said")[0]


def test_edges_survive_a_power_cut_and_the_next_boot_is_marked(lab: Lab) -> None:
    edges = lab.folder / "edges"
    main = "from machine import Pin\nPin(2, Pin.OUT, value=1)\nprint('on')\nwhile True: pass"
    board, lines = lab.board(main, edges=edges)
    for _ in range(2):
        lines.expect("on")
        board.kill()
        board.restart()
    lines.expect("on")
    words = [line[1:] for line in EdgeReader(edges).read_lines()]
    assert words == [["boot", "1"], ["2", "1"]] * 3


def test_without_an_edges_file_pins_work(lab: Lab, tmp_path: Path) -> None:
    _, lines = lab.board("from machine import Pin\nPin(2, Pin.OUT).on()\nprint('on')")
    lines.expect("on")
    wait_until(lambda: "on" in lines.seen, "seen")
