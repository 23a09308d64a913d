"""The firmware's harness: faults on command, and only where the configuration asks for them."""

from tests.firmware.bench import Bench, await_report

FAULTY_LINK = """
import gc, micropython
from ascpi_harness import FaultyLink

class Link:
    is_open = True
    left = 0
    radio = True

    def read(self, packet):
        if not self.left:
            return None
        self.left -= 1
        packet[4] = 7 if self.left & 1 else 8
        packet[5] = 1
        return 64

    def send(self, packet):
        return True

    def set_radio(self, on):
        self.radio = on

inner = Link()
link = FaultyLink(inner, 5)
packet = bytearray(64)

def passed(count):
    inner.left = count
    came = 0
    while link.read(packet) is not None:
        came += 1
    return came

print("whole", passed(1000))
link.loss_per_million = 300000
print("lossy", passed(4000))
link.loss_per_million = 0
link.deaf_to = [256 + 7]
print("deaf", passed(1000), packet[4])
link.deaf_to = [7]
print("not deaf", passed(1000))
link.loss_per_million = 300000
passed(10)
gc.collect()
gc.disable()
before = gc.mem_alloc()
passed(2)
print("allocated", gc.mem_alloc() - before)
link.set_radio(False)
print("radio", inner.radio, link.radio)
"""


def test_packets_are_lost_by_share_and_by_sender(bench: Bench) -> None:
    _, lines = bench.board(7, program=bench.program(FAULTY_LINK))
    assert lines.numbers("whole") == [1000]
    # 30 % of 4000; four standard deviations are 116.
    (lossy,) = lines.numbers("lossy")
    assert abs(lossy - 2800) < 116
    assert lines.numbers("deaf") == [500, 8]
    assert lines.numbers("not deaf") == [1000]
    lines.expect("allocated 0")
    lines.expect("radio False False")


def test_commands_are_answered_and_mistakes_are_named(bench: Bench) -> None:
    board, lines = bench.board(7, settings={"harness": True})
    await_report(lines, lambda report: report.node_id == 7, "the board is up")
    for typed, answer in (
        (b"who\n", "event harness who id=7 epoch=1 mac=02:a5:00:00:00:07"),
        (b"loss 250000\n", "event harness loss per_million=250000"),
        (b"deaf 8,9\r\n", "event harness deaf ids=8,9"),
        (b"clock -5000\n", "event harness clock step_us=-5000"),
        (b"who\n", "loss=250000 deaf=8,9 wifi=on step_us=-5000"),
        (b"loss many\n", "error harness: loss: give a whole number from 0 to 1000000"),
        (b"loss\n", "error harness: loss: give a whole number"),
        (b"deaf 0\n", "error harness: deaf: give a whole number from 1"),
        (b"wifi perhaps\n", "error harness: wifi: give on or off"),
        (b"dance\n", "error harness: 'dance' is no command; there are clock, deaf, loss"),
    ):
        board.send(typed)
        lines.expect(answer)
    board.send(b"\x03")
    lines.expect("stopped; the REPL is open")


def test_nobody_listens_unless_the_configuration_says_so(bench: Bench) -> None:
    board, lines = bench.board(7)
    await_report(lines, lambda report: report.node_id == 7, "the board is up")
    board.send(b"who\n")
    since = len(lines.seen)
    await_report(lines, lambda report: report.up_ms > 700, "it goes on")
    assert not [line for line in lines.seen[since:] if "harness" in line]
