"""A desk with boards on ports, as the harness would find them: virtual boards, by their PTYs."""

from pathlib import Path

from ascpi.address import format_address
from ascpi.air.process import AirProcess
from ascpi.hil.virtual import PULSE_PIN
from ascpi.virtual import VirtualBoard, VirtualBoardOptions, Wires
from ascpi.virtual.options import RadioOptions

RATES_PPM = (-30.0, 10.0, 35.0)


class Desk:
    """Boards that are in one field, and heed faults; everything is stopped by `close`."""

    def __init__(self, folder: Path, preset: str = "clean", wires: Wires | None = None) -> None:
        """`wires` lead from the pulse pins to pins 8, 9 … of a probe."""
        self.air = AirProcess(preset=preset, seed=1)
        self.air.start()
        self.boards = [
            VirtualBoard(
                VirtualBoardOptions(
                    11 + index,
                    folder / f"flash-{index}",
                    broadcast=self.address,
                    ppm=ppm,
                    settings={"harness": True, "report_ms": 100, "name": f"desk-{index}"},
                    radio=RadioOptions(connect_us=200_000),
                    output_wires={} if wires is None else {PULSE_PIN: wires.to(8 + index)},
                )
            )
            for index, ppm in enumerate(RATES_PPM)
        ]
        for board in self.boards:
            board.start()
        for board in self.boards:
            board.wait_running()

    @property
    def address(self) -> str:
        return format_address(self.air.address)

    @property
    def ports(self) -> list[str]:
        return [board.serial_path for board in self.boards]

    def close(self) -> None:
        for board in self.boards:
            board.stop()
        self.air.stop()
