"""Reasons of refusal: one code, one name, one meaning each."""

from ascpi_core import ssep
from ascpi_core.layout import DROP_MEANINGS
from ascpi_core.ssep import DROP_REASONS


def test_codes_names_and_meanings_go_together() -> None:
    codes = {
        name[len("DROP_") :].lower(): value
        for name, value in vars(ssep).items()
        if name.startswith("DROP_") and isinstance(value, int)
    }
    codes["accepted"] = ssep.ACCEPTED
    assert codes == {name: code for code, name in enumerate(DROP_REASONS)}
    assert len(DROP_MEANINGS) == len(DROP_REASONS)
    assert len(set(DROP_MEANINGS)) == len(DROP_MEANINGS)
