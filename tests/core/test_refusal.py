"""Reasons of refusal: one code, one name, one meaning each."""

from ascpi_core import refusal


def test_codes_names_and_meanings_go_together() -> None:
    codes = {
        name.lower(): value
        for name, value in vars(refusal).items()
        if name.isupper() and isinstance(value, int)
    }
    assert codes == {name: code for code, name in enumerate(refusal.NAMES)}
    assert len(refusal.MEANINGS) == len(refusal.NAMES)
    assert len(set(refusal.MEANINGS)) == len(refusal.MEANINGS)
