import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ascpi.flash import releases, toml
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.pin import pin
from ascpi.flash.releases import Release, default_cache, find_image, release_for
from tests.flash import images

C3 = CHIPS["esp32c3"]


@contextmanager
def served(answers: dict[str, bytes], cut_off: bool = False) -> Iterator[str]:
    """A server on loopback that has these files; the address. `cut_off`: half of each comes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = answers.get(self.path.lstrip("/"))
            if data is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut_off else data)

        def log_message(self, *words: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def release(url: str, data: bytes) -> Release:
    return Release(C3, "1", url + "/c3.bin", 0, len(data), hashlib.sha256(data).hexdigest())


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def test_every_chip_has_its_row() -> None:
    for chip in CHIPS.values():
        row = release_for(chip)
        assert row.url.startswith(f"https://micropython.org/resources/firmware/{chip.release}-2")
        assert row.name.endswith(f"-v{row.version}.bin")
        assert (row.size is None) == (row.sha256 is None)
        if row.sha256 is not None:
            assert len(bytes.fromhex(row.sha256)) == 32


def test_downloads_once_and_then_takes_the_cache(tmp_path: Path) -> None:
    data = images.image_data(C3)
    cache = tmp_path / "a" / "cache"
    seen: list[tuple[int, int]] = []
    with served({"c3.bin": data}) as url:
        wanted = release(url, data)
        image = find_image(C3, None, cache, lambda *now: seen.append(now), wanted)
    assert image.data == data
    assert seen[-1] == (len(data), len(data))
    assert [path.name for path in cache.iterdir()] == ["c3.bin"]
    # The server is gone.
    assert find_image(C3, None, cache, release=wanted).data == data


def test_a_wrong_file_is_thrown_away(tmp_path: Path) -> None:
    data = images.image_data(C3)
    wanted = release("", data)
    with served({"c3.bin": data + b"more"}) as url:
        other = Release(C3, "1", url + "/c3.bin", 0, wanted.size, wanted.sha256)
        with pytest.raises(FlashError, match=r"is not the file that was pinned .* thrown away"):
            find_image(C3, None, tmp_path, release=other)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_in_the_cache_is_replaced(tmp_path: Path) -> None:
    data = images.image_data(C3)
    (tmp_path / "c3.bin").write_bytes(b"half of it")
    with served({"c3.bin": data}) as url:
        assert find_image(C3, None, tmp_path, release=release(url, data)).data == data


@pytest.mark.parametrize("cut_off", [False, True])
def test_without_a_network_it_says_what_to_put_where(cut_off: bool, tmp_path: Path) -> None:
    data = images.image_data(C3)
    answers = {"c3.bin": data} if cut_off else {}
    with served(answers, cut_off) as url, pytest.raises(FlashError) as caught:
        find_image(C3, None, tmp_path, release=release(url, data))
    sentence = str(caught.value)
    reason = f"it broke off after {len(data) // 2} bytes" if cut_off else "Not Found"
    assert f"{url}/c3.bin could not be downloaded ({reason}): download it on" in sentence
    assert f"put it at {tmp_path / 'c3.bin'}, or give --image FILE" in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    data = images.image_data(C3)
    with served({}) as url:
        pass
    with pytest.raises(FlashError, match=r"could not be downloaded .*Connection refused"):
        find_image(C3, None, tmp_path, release=release(url, data))


def test_what_was_put_by_hand_into_the_cache_is_taken(tmp_path: Path) -> None:
    data = images.image_data(C3)
    (tmp_path / "c3.bin").write_bytes(data)
    image = find_image(C3, None, tmp_path, release=release("http://127.0.0.1:9", data))
    assert image.path == tmp_path / "c3.bin"


def test_a_chip_without_a_pin_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(FlashError, match=r"no SHA-256 is pinned .* give it with --image FILE"):
        find_image(C3, None, tmp_path, release=Release(C3, "1", "http://x/c3.bin", 0))
    path = images.image_file(tmp_path, C3)
    assert find_image(C3, path, tmp_path).path == path


def test_a_folder_of_images_serves_every_chip(tmp_path: Path) -> None:
    for chip in CHIPS.values():
        images.image_file(tmp_path, chip)
    for chip in CHIPS.values():
        assert find_image(chip, tmp_path, tmp_path).chip is chip
    (tmp_path / "ESP32_GENERIC_C3-20250415-v1.25.0.bin").write_bytes(b"")
    with pytest.raises(FlashError, match=r"has 2 files like ESP32_GENERIC_C3-….bin"):
        find_image(C3, tmp_path, tmp_path)
    with pytest.raises(FlashError, match=r"has no ESP32_GENERIC_C3-….bin"):
        find_image(C3, tmp_path / "..", tmp_path)


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(FlashError, match=r"cannot be written .*set ASCPI_CACHE"):
        find_image(C3, None, blocked, release=release("http://127.0.0.1:9", b"x"))


def test_the_cache_is_the_users_or_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASCPI_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("ASCPI_CACHE")
    assert "ascpi" in default_cache().parts


def test_a_download_has_a_deadline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(releases, "DEADLINE_S", -1.0)
    data = images.image_data(C3)
    with served({"c3.bin": data}) as url, pytest.raises(FlashError, match="not done after"):
        find_image(C3, None, tmp_path, release=release(url, data))


def test_pinning_writes_sizes_and_sums(tmp_path: Path) -> None:
    pins = tmp_path / "releases.toml"
    files = {f"{chip.release}-1-v2.bin": images.image_data(chip) for chip in CHIPS.values()}
    with served(files) as url:
        pins.write_text(
            f'# kept\nversion = "2"\ndate = "1"\nfilesystem_offset = 7\n'
            f'url = "{url}/{{release}}-{{date}}-v{{version}}.bin"\n\n[chips.esp32]\n# none\n'
        )
        sums = pin(pins)
        files.pop("ESP32_GENERIC_C6-1-v2.bin")
        before = pins.read_text()
        with pytest.raises(FlashError, match="could not be downloaded"):
            pin(pins)
    assert before == pins.read_text()
    assert before.startswith("# kept\n")
    read = toml.load(pins)
    for chip in CHIPS.values():
        row = releases.release_of(read, chip)
        data = images.image_data(chip)
        assert row.sha256 == sums[chip.name] == hashlib.sha256(data).hexdigest()
        assert row.size == len(data)
