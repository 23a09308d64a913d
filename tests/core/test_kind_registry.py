"""What a type must be to be taken in, and types in files of their own."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import Kind, Registry, World, count_word, get_word, put_word
from ascpi_core.glyphs.loading import load_user_types
from ascpi_core.glyphs.types import builtin
from tests.core.small import load as load_checked
from tests.core.small import searched

NAMES = ["implosive", "explosive", "pulse", "comet", "counter", "sampler"]


class Good(Kind):
    NAME = "good_1"
    NUMBER = 64

    def step(self, glyph: Glyph, world: World) -> None:
        """Nothing."""


def like_good(**constants: Any) -> type[Kind]:
    return type("GlyphType", (Good,), constants)


def test_the_built_in_types_have_their_numbers() -> None:
    registry = builtin()
    assert registry.names() == NAMES
    for number, name in enumerate(NAMES, 1):
        kind = registry.by_number(number)
        assert kind is not None
        assert kind is registry.by_name(name)
        assert (number, name) == (kind.NUMBER, kind.NAME)
        assert kind.__doc__
    assert registry.by_number(7) is registry.by_name("nobody") is None


def test_registries_are_apart() -> None:
    one = builtin()
    one.add(Good())
    assert one.names() == [*NAMES, "good_1"]
    assert builtin().names() == NAMES


@pytest.mark.parametrize(
    ("constants", "sentence"),
    [
        ({"NAME": ""}, r"NAME '' is none: take a lower-case letter.*at most 12"),
        ({"NAME": "Good"}, "NAME 'Good' is none"),
        ({"NAME": "7up"}, "NAME '7up' is none"),
        ({"NAME": "naïve"}, "NAME 'naïve' is none"),
        ({"NAME": "with space"}, "NAME 'with space' is none"),
        ({"NAME": "a" * 13}, "NAME 'aaaaaaaaaaaaa' is none"),
        ({"NAME": None}, "NAME None is none"),
        ({"NUMBER": 0}, "NUMBER 0 is not allowed: give 64 to 255"),
        ({"NUMBER": 32}, "NUMBER 32 is not allowed"),
        ({"NUMBER": 63}, "NUMBER 63 is not allowed"),
        ({"NUMBER": 256}, "NUMBER 256 is not allowed"),
        ({"NUMBER": "64"}, "NUMBER '64' is not allowed"),
        ({"NUMBER": True}, "NUMBER True is not allowed"),
        ({"NUMBER": 5}, "NUMBER 5 is taken by counter: choose another"),
        ({"NAME": "comet"}, "NAME comet is taken: choose another"),
        ({"COST": 0}, "COST 0 is not allowed: give 1 to 1000 quanta"),
        ({"COST": 1.5}, "COST 1.5 is not allowed"),
        ({"ALLOT_US": 0}, "ALLOT_US 0 is not allowed: give 1 to 1000000"),
        ({"ALLOT_US": 1_000_001}, "ALLOT_US 1000001 is not allowed"),
        ({"ROAMS": 1}, "ROAMS 1 is not allowed: give True or False"),
        ({"step": Kind.step}, "there is no step: a type needs a method"),
    ],
)
def test_what_is_not_right_is_said_and_nothing_is_added(
    constants: dict[str, Any], sentence: str
) -> None:
    registry = builtin()
    with pytest.raises(ValueError, match=sentence):
        registry.add(like_good(**constants)())
    assert registry.names() == NAMES


@pytest.mark.parametrize("name", ["a", "a_", "z9", "twelve_chars"])
def test_names_that_are_right(name: str) -> None:
    registry = Registry()
    registry.add(like_good(NAME=name)())
    assert registry.names() == [name]


def test_a_kind_by_itself_has_no_step_and_shows_its_bytes() -> None:
    glyph = Glyph()
    with pytest.raises(NotImplementedError):
        Kind().step(glyph, World())
    Kind().start(glyph, World())
    glyph.state[7] = 0xAB
    assert Kind().describe(glyph.state) == "state=00000000000000ab"


@given(st.integers(0, (1 << 30) - 1), st.integers(0, 20))
def test_words_of_a_state(value: int, offset: int) -> None:
    kind = load_checked("glyphs.kind")
    state = bytearray(b"\xaa" * 24)
    kind.put_word(state, offset, value)
    assert get_word(state, offset) == kind.get_word(state, offset) == value
    assert state[:offset] + state[offset + 4 :] == b"\xaa" * 20
    assert kind.count_word(state, offset) == (value + 1) % (1 << 30) == get_word(state, offset)
    searched()


def test_a_word_has_30_bits_and_its_count_begins_anew() -> None:
    state = bytearray(b"\xff" * 24)
    assert get_word(state, 0) == (1 << 30) - 1
    assert count_word(state, 0) == 0
    assert state[:4] == bytes(4)
    put_word(state, 4, -1)
    assert get_word(state, 4) == (1 << 30) - 1


def importer(modules: dict[str, Any]) -> Any:
    """Modules by name; an exception in the place of one is raised."""

    def import_one(name: str) -> Any:
        module = modules[name]
        if isinstance(module, BaseException):
            raise module
        return SimpleNamespace(GlyphType=module)

    return import_one


def test_users_types_are_loaded_and_each_mistake_is_a_sentence() -> None:
    modules = {
        "beat": like_good(NAME="beat"),
        "broken": SyntaxError("invalid\n syntax"),
        "copied": like_good(NAME="copied"),
        "empty": None,
        "leaving": SystemExit(1),
        "low": like_good(NAME="low", NUMBER=12),
        "long": like_good(NAME="much_too_long_a_name", NUMBER=66),
        "no_class": 7,
        "no_kind": dict,
        "raising": like_good(NUMBER=67, __init__=lambda self: 1 // 0),
        "zebra": like_good(NAME="zebra", NUMBER=255),
    }
    registry = builtin()
    names = [f"{name}.py" for name in reversed(modules)] + ["beat.mpy"]
    names += ["README.md", "_part.py", ".beat.py.swp", "__pycache__", ".hidden.py"]
    mistakes = load_user_types(registry, names, importer(modules))
    assert registry.names() == [*NAMES, "beat", "zebra"]
    no_class = "it has no `class GlyphType(Kind)`"
    assert mistakes == [
        "glyphs/broken.py is left out: SyntaxError: invalid syntax",
        "glyphs/copied.py is left out: NUMBER 64 is taken by beat: choose another",
        f"glyphs/empty.py is left out: {no_class}",
        "glyphs/leaving.py is left out: SystemExit: 1",
        "glyphs/long.py is left out: NAME 'much_too_long_a_name' is none: take a lower-case "
        "letter, then letters, digits or _, at most 12",
        "glyphs/low.py is left out: NUMBER 12 is not a user's: give 64 to 255",
        f"glyphs/no_class.py is left out: {no_class}",
        f"glyphs/no_kind.py is left out: {no_class}",
        mistakes[8],
    ]
    assert mistakes[8].startswith("glyphs/raising.py is left out: ZeroDivisionError: ")


def test_a_person_who_interrupts_is_heard() -> None:
    with pytest.raises(KeyboardInterrupt):
        load_user_types(builtin(), ["one.py"], importer({"one": KeyboardInterrupt()}))
