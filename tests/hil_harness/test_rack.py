"""What is checked of boards before a test has them: a sentence each."""

from dataclasses import replace
from pathlib import Path

import pytest

from ascpi.hil.errors import HilError
from ascpi.hil.identity import Identity, read_answer
from ascpi.hil.location import Located, find
from ascpi.hil.options import ProbeChoice
from ascpi.hil.physical import PhysicalBoard
from ascpi.hil.probing import ProbePulses
from ascpi.hil.rack import (
    require_distinct_ids,
    require_distinct_macs,
    require_firmware,
    require_mac,
)
from ascpi.hil.selection import Selection
from ascpi.hil.virtual import VirtualSet
from ascpi_core import VERSION

MAC = "24:6f:28:aa:bb:cc"
HALL = Identity("/dev/ttyUSB0", MAC, VERSION, "hall", True, 100, 1000, 0.0)


def test_two_ports_of_one_board_are_an_error() -> None:
    other = replace(HALL, port="/dev/ttyUSB1")
    with pytest.raises(HilError, match=f"/dev/ttyUSB0 and /dev/ttyUSB1 lead to one board, {MAC}"):
        require_distinct_macs([HALL, other])
    require_distinct_macs([HALL, replace(other, mac="24:6f:28:aa:bb:cd")])


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (replace(HALL, version="0.0.9"), rf"runs ASCπ 0.0.9, the checkout is {VERSION}; --flash"),
        (replace(HALL, version=""), "runs no ASCπ"),
        (
            replace(HALL, differing=("ascpi_board/app.py", "ascpi_core/node.py")),
            rf"runs another {VERSION} \(it differs in ascpi_board/app.py and 1 more\)",
        ),
    ],
)
def test_another_firmware_is_an_error(identity: Identity, words: str) -> None:
    with pytest.raises(HilError, match=words):
        require_firmware("hall", identity)


def test_the_checkouts_own_firmware_is_none() -> None:
    require_firmware("hall", HALL)


def test_a_port_of_a_fleet_file_must_have_its_board() -> None:
    require_mac(Located(HALL.port, "hall", MAC), HALL)
    with pytest.raises(HilError, match=f"the board there is {MAC}, and the fleet file says 11:22"):
        require_mac(Located(HALL.port, "hall", "11:22:33:44:55:66"), HALL)


def test_one_id_for_two_boards_is_an_error() -> None:
    one, other = VirtualSet(2, "wifi", 1).boards
    require_distinct_ids([one, other])
    other.node_id = one.node_id
    with pytest.raises(HilError, match="virtual-1 and virtual-2 both have the id 1"):
        require_distinct_ids([one, other])


def test_a_wire_to_a_board_that_is_not_there_is_named() -> None:
    board = PhysicalBoard(HALL, "hall")
    with pytest.raises(HilError, match=f"4=moon: no board on a port is called so.*hall .{MAC}"):
        ProbePulses(ProbeChoice("/dev/ttyUSB3", {4: "moon"}), [board])
    pulses = ProbePulses(ProbeChoice("/dev/ttyUSB3", {4: "hall", 5: MAC}), [board])
    assert pulses.sees(MAC)
    assert pulses.pulses(MAC, 0) == ([], 0)


def test_an_answer_that_is_none_is_shown() -> None:
    with pytest.raises(HilError, match="not who it is"):
        read_answer("/dev/ttyUSB0", "Traceback")


def test_boards_of_a_fleet_file_are_found_by_its_ports(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.toml"
    fleet.write_text(f'["{MAC}"]\nname = "hall"\nport = "/dev/ttyUSB7"\n', "utf-8")
    assert find(Selection(fleets=(fleet,))) == [Located("/dev/ttyUSB7", "hall", MAC)]


def test_a_board_of_a_fleet_file_that_is_not_plugged_in_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ascpi.hil.location.find_boards", list)
    fleet = tmp_path / "fleet.toml"
    fleet.write_text(f'["{MAC}"]\nname = "hall"\n', "utf-8")
    with pytest.raises(HilError, match=f"{MAC} answers on no port"):
        find(Selection(fleets=(fleet,)))
    fleet.write_text("[defaults]\nreport_ms = 100\n", "utf-8")
    with pytest.raises(HilError, match="names no board"):
        find(Selection(fleets=(fleet,)))
