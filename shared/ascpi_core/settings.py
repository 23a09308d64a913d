"""Configuration: rows that say what may be set, and one check that names every mistake.

A board, a desktop node and the tools that write configurations use the same rows' form and the
same check. Checking never stops at the first mistake, and gives usable settings whatever it was
given: a wrong value is replaced by its default. Secrets are never repeated in a message.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Setting:
    """One row: a text of up to `largest` characters. Other kinds override `wanted`."""

    def __init__(self, name: str, default: "Any", meaning: str, largest: int = 64) -> None:
        self.name = name
        self.default = default
        self.meaning = meaning
        self.largest = largest
        self.secret = False

    def wanted(self, value: object) -> str:
        """What to give instead if `value` does not fit; an empty text if it does."""
        if isinstance(value, str) and len(value) <= self.largest:
            return ""
        return "a text of at most %d characters" % self.largest


class Secret(Setting):
    """A text that is never shown."""

    def __init__(self, name: str, default: str, meaning: str, largest: int = 64) -> None:
        super().__init__(name, default, meaning, largest)
        self.secret = True


class Whole(Setting):
    """A whole number from `low` to `high`."""

    def __init__(self, name: str, low: int, high: int, default: int, meaning: str) -> None:
        super().__init__(name, default, meaning)
        self.low = low
        self.high = high

    def wanted(self, value: object) -> str:
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
        ):
            return ""
        return "a whole number from %d to %d" % (self.low, self.high)


class Fraction(Setting):
    """A number from 0 up to but not 1."""

    def wanted(self, value: object) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1:
            return ""
        return "a number from 0 up to but not 1, such as 0.25"


class Arc(Setting):
    """A number from −½ up to but not ½."""

    def wanted(self, value: object) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= 2 * value < 1:
            return ""
        return "a number of turns from -0.5 up to but not 0.5, such as -0.1"


class Choice(Setting):
    """One of a few words."""

    def __init__(self, name: str, words: "tuple[str, ...]", default: str, meaning: str) -> None:
        super().__init__(name, default, meaning)
        self.words = words

    def wanted(self, value: object) -> str:
        return "" if value in self.words else "one of " + ", ".join(self.words)


class Flag(Setting):
    """true or false."""

    def wanted(self, value: object) -> str:
        return "" if isinstance(value, bool) else "true or false"


class Table(Setting):
    """A table {…} that is checked by rows of its own."""

    def wanted(self, value: object) -> str:
        return "" if isinstance(value, dict) else "a table {…} of names and values"


def check(
    given: object, rows: "tuple[Setting, ...]", where: str = ""
) -> "tuple[dict[str, Any], list[str]]":
    """(settings, mistakes): a value for every row, and one sentence for each thing wrong.

    `where` is put before each name, such as "wifi." for a table inside the configuration.
    """
    settings = {row.name: row.default for row in rows}
    if not isinstance(given, dict):
        return settings, ["%s must be a table {…}" % (where.rstrip(".") or "the configuration")]
    by_name = {row.name: row for row in rows}
    mistakes = []
    for name in given:
        row = by_name.get(name)
        if row is None:
            mistakes.append("%s%s is no setting%s" % (where, name, _suggestion(name, by_name)))
            continue
        wanted = row.wanted(given[name])
        if wanted:
            shown = "the value" if row.secret else repr(given[name])
            mistakes.append("%s%s: %s is not allowed, give %s" % (where, name, shown, wanted))
        else:
            settings[name] = given[name]
    return settings, mistakes


def _suggestion(name: object, known: "dict[str, Setting]") -> str:
    """ ", did you mean x?" for a known name that shares most letters in order."""
    text = str(name)
    best = ""
    best_score = len(text) // 2 + 1
    for candidate in known:
        score = _common(text, candidate) - abs(len(text) - len(candidate))
        if score > best_score:
            best, best_score = candidate, score
    return ", did you mean %s?" % best if best else ""


def _common(one: str, other: str) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for letter in one:
        diagonal = 0
        for index, against in enumerate(other):
            above = row[index + 1]
            row[index + 1] = diagonal + 1 if letter == against else max(above, row[index])
            diagonal = above
    return row[-1]
