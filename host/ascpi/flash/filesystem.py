"""A board's file system, LittleFS: an image of one made, and the one on a board read.

The geometry is the one that MicroPython mounts with on an ESP32. A file that is small enough lies
within its directory, and how small is a matter of the cache: a larger one here would make an
image that mounts, and whose files a board cannot read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

from littlefs import LittleFS, LittleFSError, UserContext
from littlefs.lfs import LFSConfig

from ascpi.flash.errors import FlashError, NoFilesystem
from ascpi.flash.image import BLOCK_BYTES

READ_BYTES = 32
CACHE_BYTES = 128
LOOKAHEAD_BYTES = 32
NAME_BYTES = 255

Result = TypeVar("Result")

_ERASED = b"\xff"
_NO_SPACE = LittleFSError.Error.LFS_ERR_NOSPC
_MORE_BLOCKS = 8


def make_image(files: Mapping[str, bytes], size: int) -> bytes:
    """An image with `files` (absolute paths) for a file system of so many bytes.

    It ends with the last block that may hold anything: what follows need not be written. The same
    files and size give the same bytes. FlashError if they do not fit.

    LittleFS spreads what it writes over all that it has, which would be a megabyte to erase for
    60 KB. So the files go into one that is hardly larger than they are, and that is then grown.
    """
    blocks = size // BLOCK_BYTES
    enough = _fewest_blocks(files)
    while enough < blocks:
        image = _image_of(files, enough, blocks)
        if image is not None:
            return image
        enough += _MORE_BLOCKS
    image = _image_of(files, blocks, blocks)
    if image is None:
        total = sum(len(content) for content in files.values())
        raise FlashError(
            f"{len(files)} files with {total} bytes do not fit into a file system of "
            f"{size // 1024} KiB: take a board with more flash, or delete files of your own"
        )
    return image


def _fewest_blocks(files: Mapping[str, bytes]) -> int:
    """A guess from below: a pair for each folder and the root, and what the files hold."""
    folders = {path.rpartition("/")[0] for path in files}
    held = sum(len(content) // BLOCK_BYTES + 1 for content in files.values())
    return 2 + 2 * len(folders) + held


def _image_of(files: Mapping[str, bytes], blocks: int, grown: int) -> bytes | None:
    """Written within `blocks`, then grown; None if that is not enough."""
    context = UserContext(blocks * BLOCK_BYTES)
    filesystem = LittleFS(
        context,
        mount=False,
        block_size=BLOCK_BYTES,
        block_count=blocks,
        read_size=READ_BYTES,
        prog_size=READ_BYTES,
        cache_size=CACHE_BYTES,
        lookahead_size=LOOKAHEAD_BYTES,
        name_max=NAME_BYTES,
    )
    try:
        filesystem.format()
        filesystem.mount()
        for path in sorted(files):
            _write(filesystem, path, files[path])
        filesystem.fs_grow(grown)
        filesystem.unmount()
    except LittleFSError as error:
        if error.code == _NO_SPACE:
            return None
        raise
    # All of it, also blocks with nothing in them: half of a folder's pair may be one, and what an
    # older file system left there could pass for its newer half.
    return bytes(context.buffer)


class FilesystemReader:
    """The file system on a board, of which only the blocks are read that are asked about.

    `read(offset, length)` gives bytes of it, counted from its beginning; what it raises comes out
    of the methods here. `size` in bytes is what there is room for: the file system itself says how
    many blocks it has. NoFilesystem where there is none.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._context = _Lazy(read, size)
        self._filesystem = self._mount()

    @property
    def blocks_read(self) -> int:
        """Blocks that were fetched so far."""
        return len(self._context.blocks)

    def files(self) -> dict[str, int]:
        """Absolute path → size in bytes, of every file."""
        return dict(self._guarded(lambda: list(self._walk("/"))))

    def read_file(self, path: str) -> bytes:
        """What a file holds. FlashError if there is none of that name."""

        def read() -> bytes:
            with self._filesystem.open(path, "rb") as file:
                return cast(bytes, file.read())

        try:
            return self._guarded(read)
        except (FileNotFoundError, IsADirectoryError):
            raise FlashError(f"there is no file {path} on the board") from None

    def _mount(self) -> LittleFS:
        # A cache of a whole block reads files of any geometry; 0 blocks: as many as it says.
        filesystem = LittleFS(
            self._context,
            mount=False,
            block_size=BLOCK_BYTES,
            block_count=0,
            read_size=READ_BYTES,
            prog_size=READ_BYTES,
            cache_size=BLOCK_BYTES,
            lookahead_size=LOOKAHEAD_BYTES,
        )
        self._guarded(filesystem.mount)
        if filesystem.block_count * BLOCK_BYTES > self._context.size:
            raise NoFilesystem(
                f"the file system says it has {filesystem.block_count} blocks, and there is room "
                f"for {self._context.size // BLOCK_BYTES}: it was made for a larger flash"
            )
        return filesystem

    def _walk(self, folder: str) -> Iterator[tuple[str, int]]:
        for entry in self._filesystem.scandir(folder):
            path = folder.rstrip("/") + "/" + entry.name
            if entry.type == entry.TYPE_DIR:
                yield from self._walk(path)
            else:
                yield path, entry.size

    def _guarded(self, action: Callable[[], Result]) -> Result:
        try:
            result = action()
        except (FileNotFoundError, IsADirectoryError):
            raise
        except (LittleFSError, OSError, UnicodeDecodeError) as error:
            self._context.raise_failure()
            raise NoFilesystem(
                f"there is no file system that can be read ({error}); writing the board anew "
                "makes one"
            ) from None
        self._context.raise_failure()
        return result


class _Lazy(UserContext):
    """Fetches a block when it is first asked for, and never writes.

    LittleFS is C and passes no exception through: the first one waits in `failure`.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        super().__init__(0)
        self.size = size
        self.blocks: dict[int, bytes] = {}
        self._read = read
        self._failure: BaseException | None = None

    def raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def read(self, cfg: LFSConfig, block: int, off: int, size: int) -> bytearray:
        return bytearray(self._block(block)[off : off + size])

    def prog(self, cfg: LFSConfig, block: int, off: int, data: bytes) -> int:
        return LittleFSError.Error.LFS_ERR_IO

    def erase(self, cfg: LFSConfig, block: int) -> int:
        return LittleFSError.Error.LFS_ERR_IO

    def _block(self, number: int) -> bytes:
        if number in self.blocks:
            return self.blocks[number]
        # What is not there reads as erased: LittleFS then finds out by itself.
        data = _ERASED * BLOCK_BYTES
        if self._failure is None and (number + 1) * BLOCK_BYTES <= self.size:
            try:
                data = self.blocks[number] = self._fetched(number)
            except BaseException as error:  # noqa: BLE001  raised again by raise_failure
                self._failure = error
        return data

    def _fetched(self, number: int) -> bytes:
        data = self._read(number * BLOCK_BYTES, BLOCK_BYTES)
        if len(data) != BLOCK_BYTES:
            raise FlashError(
                f"block {number} of the file system came with {len(data)} of {BLOCK_BYTES} "
                "bytes: try again"
            )
        return data


def _write(filesystem: LittleFS, path: str, content: bytes) -> None:
    folder = path.strip("/").rpartition("/")[0]
    if folder:
        filesystem.makedirs("/" + folder, exist_ok=True)
    # Unbuffered: what does not fit is known here, and not when the file is closed.
    with filesystem.open(path, "wb", buffering=0) as file:
        file.write(content)
