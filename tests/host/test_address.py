import pytest

from ascpi.address import format_address, is_loopback, parse_address
from ascpi.errors import AscpiError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 31415)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("10.1.2.3:65535", ("10.1.2.3", 65535)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address
    assert parse_address(format_address(address)) == address


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.0.0", "::1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(AscpiError) as raised:
        parse_address(text)
    assert repr(text) in str(raised.value)


def test_loopback() -> None:
    assert is_loopback("127.255.255.255")
    assert not is_loopback("192.168.1.2")
