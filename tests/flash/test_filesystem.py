import json
from collections.abc import Callable
from pathlib import Path

import pytest
from littlefs import LittleFS, UserContext

from ascpi.flash.application import RUN_PATH, build
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError, NoFilesystem
from ascpi.flash.filesystem import FilesystemReader, make_image
from ascpi.flash.image import BLOCK_BYTES
from ascpi.runtimes import runtime

MB = 1 << 20
# Letters of two, three and four bytes in UTF-8, and beyond 16 bits.
SSID = "Café π 🎵"


def board_files() -> dict[str, bytes]:
    return {
        **build(CHIPS["esp32"]),
        "/ascpi.json": json.dumps({"wifi": {"ssid": SSID}}, ensure_ascii=False).encode(),
        "/ascpi_epoch": b"41",
    }


FOLDER = build(CHIPS["esp32"])[RUN_PATH].decode()
NODE = f"/{FOLDER}/ascpi_node.mpy"


class Board:
    """The flash behind a serial line: what was read of it."""

    def __init__(self, image: bytes, size: int) -> None:
        self.data = image.ljust(size, b"\xff")
        self.reads: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self.data[offset : offset + length]


def test_an_image_holds_what_was_put_in_it() -> None:
    files = board_files()
    board = Board(make_image(files, 2 * MB), 2 * MB)
    reader = FilesystemReader(board.read, 2 * MB)
    assert reader.files() == {path: len(content) for path, content in files.items()}
    for path, content in files.items():
        assert reader.read_file(path) == content


def test_only_what_is_asked_about_is_read() -> None:
    board = Board(make_image(board_files(), 2 * MB), 2 * MB)
    reader = FilesystemReader(board.read, 2 * MB)
    reader.files()
    listed = len(board.reads)
    assert listed <= 12
    assert reader.blocks_read == listed
    assert set(board.reads) == {(offset, BLOCK_BYTES) for offset, _ in board.reads}
    assert reader.read_file("/ascpi_epoch") == b"41"
    assert len(board.reads) - listed <= 1
    assert len(set(board.reads)) == len(board.reads)


def test_it_is_made_alike_every_time_and_ends_with_its_last_file() -> None:
    files = board_files()
    image = make_image(files, 2 * MB)
    assert image == make_image(dict(reversed(files.items())), 2 * MB)
    assert len(image) % BLOCK_BYTES == 0
    # The last block of a file may be hardly used, and a folder takes two; not the whole flash.
    held = sum(-(-len(content) // BLOCK_BYTES) for content in files.values())
    assert len(image) <= (held + 16) * BLOCK_BYTES
    assert len(make_image(files, 14 * MB)) == len(image)


def test_what_an_older_file_system_left_behind_is_never_taken_for_its_own() -> None:
    """The flash around it is full of a folder that was rewritten a thousand times."""
    context = UserContext(MB)
    old = LittleFS(context, block_size=BLOCK_BYTES, block_count=MB // BLOCK_BYTES)
    for number in range(1000):
        with old.open("/old", "wb") as file:
            file.write(b"%d" % number)
    stale = max(bytes(context.buffer[at : at + BLOCK_BYTES]) for at in (0, BLOCK_BYTES))
    assert stale.strip(b"\xff")
    for files in (board_files(), {"/a/b/c/d/e.txt": b"deep", "/f/g.txt": b""}):
        image = make_image(files, 2 * MB)
        flash = image + stale * (2 * MB // BLOCK_BYTES - len(image) // BLOCK_BYTES)
        reader = FilesystemReader(Board(flash, 2 * MB).read, 2 * MB)
        assert {path: reader.read_file(path) for path in reader.files()} == files


def test_what_does_not_fit_is_said() -> None:
    files = {**board_files(), "/pictures/large": bytes(2 * MB)}
    with pytest.raises(FlashError, match=r"files with 2\d+ bytes do not fit into .* 2048 KiB: "):
        make_image(files, 2 * MB)
    assert FilesystemReader(Board(make_image(files, 4 * MB), 4 * MB).read, 4 * MB).files()


def test_a_file_system_nearly_full_is_made_all_the_same() -> None:
    size = 64 * BLOCK_BYTES
    files = {f"/{number}": bytes([number]) * BLOCK_BYTES for number in range(58)}
    reader = FilesystemReader(Board(make_image(files, size), size).read, size)
    assert reader.read_file("/57") == files["/57"]


@pytest.mark.parametrize(
    "data", [b"\xff" * MB, bytes(MB), bytes(range(256)) * (MB // 256)], ids=["erased", "0", "junk"]
)
def test_where_there_is_none(data: bytes) -> None:
    with pytest.raises(NoFilesystem, match="there is no file system that can be read"):
        FilesystemReader(Board(data, MB).read, MB)


def test_one_of_a_larger_flash_is_none_of_this() -> None:
    image = make_image({"/a": b"1"}, 4 * MB)
    with pytest.raises(NoFilesystem, match="1024 blocks, and there is room for 512"):
        FilesystemReader(Board(image, 2 * MB).read, 2 * MB)


def test_a_smaller_one_than_there_is_room_for_is_read() -> None:
    image = make_image({"/a": b"1"}, MB)
    assert FilesystemReader(Board(image, 2 * MB).read, 2 * MB).read_file("/a") == b"1"


def test_a_damaged_one_is_none() -> None:
    image = bytearray(make_image(board_files(), MB))
    for block in range(2, len(image) // BLOCK_BYTES):
        image[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES] = bytes(BLOCK_BYTES)

    def list_all() -> None:
        FilesystemReader(Board(bytes(image), MB).read, MB).files()

    with pytest.raises(NoFilesystem):
        list_all()


def test_a_file_that_is_not_there() -> None:
    reader = FilesystemReader(Board(make_image(board_files(), MB), MB).read, MB)
    for path in ("/missing", "/" + FOLDER):
        with pytest.raises(FlashError, match=f"there is no file {path} on the board"):
            reader.read_file(path)


class CableOut(Exception):
    pass


def failing_from(count: int, board: Board) -> Callable[[int, int], bytes]:
    def read(offset: int, length: int) -> bytes:
        if len(board.reads) >= count:
            raise CableOut
        return board.read(offset, length)

    return read


def test_what_goes_wrong_with_the_cable_comes_out_as_it_is() -> None:
    image = make_image(board_files(), MB)
    with pytest.raises(CableOut):
        FilesystemReader(failing_from(0, Board(image, MB)), MB)
    board = Board(image, MB)
    FilesystemReader(board.read, MB).files()
    listed = len(board.reads)
    again = Board(image, MB)
    reader = FilesystemReader(failing_from(listed, again), MB)
    assert NODE in reader.files()
    with pytest.raises(CableOut):
        reader.read_file(NODE)


def test_a_short_answer_is_no_block() -> None:
    with pytest.raises(FlashError, match=r"block 0 .* came with 7 of 4096 bytes: try again"):
        FilesystemReader(lambda offset, length: bytes(7), MB)


@pytest.mark.parametrize("size", [MB, 2 * MB, 6 * MB])
def test_micropython_mounts_it_and_runs_what_is_in_it(size: int, tmp_path: Path) -> None:
    """Real MicroPython, with an ESP32's geometry: reads, imports, renames, and fills the rest."""
    path = tmp_path / "image"
    path.write_bytes(make_image(board_files(), size))
    blocks = size // BLOCK_BYTES
    outcome = runtime.run(
        runtime.micropython(), "tests.flash.guest", [str(path), str(blocks)], deadline_s=60
    )
    assert outcome.code == 0, outcome.output
    said = dict(line.split(" ", 1) for line in outcome.output.splitlines())
    total, _, free = said["blocks"].split()
    assert int(total) == blocks
    # LittleFS counts "best effort": a folder that lies in pieces counts for a few blocks more.
    assert int(free) > blocks - len(path.read_bytes()) // BLOCK_BYTES - 8
    assert said["ssid"] == str([ord(letter) for letter in SSID])
    assert said["node"] == "/flash" + NODE
    assert said["epoch"] == f"42 grown {blocks // 2 * BLOCK_BYTES}"
    assert said["main"] == "True"
