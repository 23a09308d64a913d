"""Checks the core against the vectors: `-m tests.runtimes.guest.vectors FOLDER`.

Prints a line for every vector that fails and one for each group: how many were checked, how many
failed, and a digest of all results. Two runtimes that print the same digest gave the same
results to the last bit, also where a vector allows a tolerance. The last line counts all.
"""

import gc
import hashlib
import json
import sys
from binascii import hexlify

from tests.runtimes.guest import arithmetic, messages, packets, trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHOWN_FAILURES = 5
"""Of one group; the rest is only counted."""


class Group:
    """Results of one group of vectors."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.checked = 0
        self.failed = 0
        self._digest = hashlib.sha256()

    def note(self, case: str, well: bool, found: "Any", wanted: "Any") -> None:
        """One vector was checked."""
        self.checked += 1
        self._digest.update(f"{found}\n".encode())
        if not well:
            self.failed += 1
            if self.failed <= SHOWN_FAILURES:
                print(f"FAILED {self.name}, {case}: {found} instead of {wanted}")

    def close(self) -> None:
        """Print the group's line."""
        digest = hexlify(self._digest.digest()).decode()
        print(f"group {self.name} {self.checked} {self.failed} {digest[:16]}")


def load(folder: str, name: str) -> "Any":
    """One file of vectors."""
    with open(folder + "/" + name + ".json", encoding="utf-8") as file:
        # As one text: `json.load` asks for every single byte, which costs 15 s in WebAssembly.
        return json.loads(file.read())


def check_arithmetic(folder: str, name: str) -> "list[Group]":
    """Functions of integers: inputs, result."""
    groups = []
    for given in load(folder, name)["groups"]:
        group = Group(given["name"])
        function = arithmetic.FUNCTIONS[given["function"]]
        for inputs, wanted in given["cases"]:
            found = function(inputs)
            group.note(str(inputs), arithmetic.agrees(found, wanted, given), found, wanted)
        groups.append(group)
    return groups


def check_codec(folder: str) -> "list[Group]":
    """Packets and their fields, both ways."""
    decode, encode = Group("decode"), Group("encode")
    for case in load(folder, "codec")["packets"]:
        fields, wanted = packets.decoded(case), packets.wanted_fields(case)
        decode.note(case["name"], fields == wanted, fields, wanted)
        packet = packets.encoded(case)
        encode.note(case["name"], packet == case["hex"], packet, case["hex"])
    return [decode, encode]


def check_messages(folder: str) -> "list[Group]":
    """Packets of glyphs and their fields, both ways; and packets that are none."""
    decode, encode, refuse = Group("message decode"), Group("message encode"), Group("no message")
    loaded = load(folder, "messages")
    for case in loaded["valid"]:
        fields, wanted = messages.decoded(case), messages.wanted_fields(case)
        decode.note(case["name"], fields == wanted, fields, wanted)
        packet = messages.encoded(case)
        encode.note(case["name"], packet == case["hex"], packet, case["hex"])
    for case in loaded["invalid"]:
        found, said = messages.refused(case), "field"
        refuse.note(case["name"], found == said, found, said)
    return [decode, encode, refuse]


def check_refusals(folder: str) -> "list[Group]":
    """What a node says to packets, one after the other."""
    group = Group("refusals")
    for case in load(folder, "refusals")["sequences"]:
        wanted = [step["refusal"] for step in case["steps"]]
        found = packets.refusals(case)
        title = case["name"]
        for number in range(len(wanted)):
            name = f"{title}, packet {number}"
            group.note(name, found[number] == wanted[number], found[number], wanted[number])
    return [group]


def check_tags(folder: str) -> "list[Group]":
    """Tags, right and spoilt."""
    group = Group("tags")
    for case in load(folder, "tags")["tags"]:
        wanted = [case["tag"], True, False]
        found = packets.tagged(case)
        group.note(case["name"], found == wanted, found, wanted)
    return [group]


def check_trace(folder: str) -> "list[Group]":
    """A run of whole nodes. After the first difference all else would differ, too."""
    group = Group("trace")
    recorded = load(folder, "trace")
    stage = trace.Stage(recorded)
    for number in range(len(recorded["rows"])):
        row = recorded["rows"][number]
        found = stage.perform(row)
        group.note(f"row {number}", found == row, found, row)
        if group.failed:
            break
    return [group]


def check(folder: str) -> int:
    """All vectors; how many failed."""
    checked = failed = 0
    for groups in (
        check_arithmetic(folder, "arithmetic"),
        check_arithmetic(folder, "chance"),
        check_codec(folder),
        check_messages(folder),
        check_refusals(folder),
        check_tags(folder),
        check_trace(folder),
    ):
        for group in groups:
            group.close()
            checked += group.checked
            failed += group.failed
    print(f"{checked} checked, {failed} failed")
    return failed


def main() -> None:
    # The WebAssembly runtime's collector does not find all that is in use; the heap is ample.
    gc.disable()
    if check(sys.argv[1]):
        sys.exit(1)


if __name__ == "__main__":
    main()
