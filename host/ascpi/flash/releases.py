"""The pinned MicroPython (releases.toml): from --image, the cache, or its server.

A download is kept only if it is the very file that was pinned; then it comes from the cache, and
no network is needed any more.
"""

import hashlib
import http.client
import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import platformdirs

from ascpi.flash import toml
from ascpi.flash.chips import Chip
from ascpi.flash.errors import FlashError
from ascpi.flash.image import Image, load_image

CACHE_VARIABLE = "ASCPI_CACHE"
PINS = Path(__file__).with_name("releases.toml")

# For 2 MB: at 64 kbit/s it takes four minutes.
DEADLINE_S = 300.0
# A server that says nothing for so long is not there.
SILENCE_S = 20.0
_PIECE_BYTES = 64 << 10

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True)
class Release:
    """One file of the pinned release. Without `size` (bytes) and `sha256` it has no pin."""

    chip: Chip
    version: str
    url: str
    filesystem_offset: int
    size: int | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The file's name, on the server and in the cache."""
        return self.url.rpartition("/")[2]


def default_cache() -> Path:
    """Where images are kept: $ASCPI_CACHE, or the user's folder for such things."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("ascpi", False))


def release_for(chip: Chip) -> Release:
    """What is pinned for a chip."""
    return release_of(toml.load(PINS), chip)


def release_of(pins: Mapping[str, Any], chip: Chip) -> Release:
    """The row of a chip in what releases.toml says."""
    version = pins["version"]
    url = pins["url"].format(release=chip.release, date=pins["date"], version=version)
    row = pins["chips"].get(chip.name, {})
    return Release(
        chip, version, url, pins["filesystem_offset"], row.get("size"), row.get("sha256")
    )


def find_image(
    chip: Chip,
    image: Path | None,
    cache: Path,
    progress: Progress | None = None,
    release: Release | None = None,
) -> Image:
    """The image for a chip. FlashError: what to download, and where to put it.

    `image`: a file, or a folder with one file for each chip (`ESP32_GENERIC_S3-….bin` …).
    """
    if image is not None:
        return load_image(_chosen(image, chip), chip)
    release = release or release_for(chip)
    if release.sha256 is None:
        raise FlashError(
            f"no SHA-256 is pinned for {chip.title}, so nothing is downloaded for it: download "
            f"{release.url} and give it with --image FILE"
        )
    path = cached(release, cache) or download(release, cache, progress)
    return load_image(path, chip)


def cached(release: Release, cache: Path) -> Path | None:
    """The release's file in the cache, if it is there and is the right one."""
    path = cache / release.name
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None  # to be downloaded; if that fails too, it says where the file belongs
    return path if found == release.sha256 else None


def download(release: Release, cache: Path, progress: Progress | None = None) -> Path:
    """Download into the cache; FlashError if that fails, or what comes is not what is pinned."""
    target = cache / release.name
    try:
        cache.mkdir(parents=True, exist_ok=True)
        # What lies there and is another file helps nobody.
        target.unlink(missing_ok=True)
        # Beside its place, under a name of its own: others may be downloading the same.
        handle, name = tempfile.mkstemp(".part", release.name + ".", cache)
    except OSError as error:
        raise FlashError(
            f"the cache {cache} cannot be written ({error.strerror}): set {CACHE_VARIABLE} to a "
            "folder that can, or give --image FILE"
        ) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            found = _receive(release, cache, file, progress)
        if found != release.sha256:
            raise FlashError(
                f"{release.url} is not the file that was pinned (its SHA-256 is {found}, not "
                f"{release.sha256}): it was thrown away; try another network, or give "
                "--image FILE"
            )
        os.replace(part, target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return target


def _receive(release: Release, cache: Path, file: IO[bytes], progress: Progress | None) -> str:
    """Write what the server sends; its SHA-256."""
    end_s = time.monotonic() + DEADLINE_S
    digest = hashlib.sha256()
    done = 0
    try:
        with urllib.request.urlopen(release.url, timeout=SILENCE_S) as answer:
            total = release.size or int(answer.headers.get("Content-Length") or 0)
            while piece := answer.read(_PIECE_BYTES):
                file.write(piece)
                digest.update(piece)
                done += len(piece)
                if progress is not None:
                    progress(done, max(total, done))
                if time.monotonic() > end_s:
                    raise TimeoutError(f"not done after {DEADLINE_S:.0f} s")
            if done < int(answer.headers.get("Content-Length") or 0):
                raise ConnectionError(f"it broke off after {done} bytes")
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise FlashError(
            f"{release.url} could not be downloaded ({reason}): download it on a machine that "
            f"can, and put it at {cache / release.name}, or give --image FILE"
        ) from None
    return digest.hexdigest()


def _chosen(image: Path, chip: Chip) -> Path:
    """A file as it is; of a folder, the file that is named as this chip's releases are."""
    if not image.is_dir():
        return image
    found = sorted(image.glob(f"{chip.release}-[0-9]*.bin"))
    if len(found) != 1:
        how_many = "no" if not found else f"{len(found)} files like"
        raise FlashError(
            f"the folder {image} has {how_many} {chip.release}-….bin: put exactly one there, or "
            "name the file"
        )
    return found[0]
