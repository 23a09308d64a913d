"""Hand-off, step by step: what one side does when the other says it once, twice, late, never."""

import itertools

import pytest

from ascpi_core.glyphs.handoff import OFFER_TIMEOUT_US, REFUSED_BUSY, REFUSED_FLASH, REFUSED_STALE
from ascpi_core.glyphs.lifecycle import (
    DEPARTED,
    DROPPING,
    FREE,
    HELD,
    OFFERED,
    PREPARED,
    PREPARING,
)
from ascpi_core.peers import EVENT_GLYPH_ARRIVED, EVENT_GLYPH_LEFT, EVENT_GLYPH_RETURNED
from ascpi_core.ssep import (
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_COMMIT,
    KIND_DONE,
    KIND_OFFER,
    KIND_REFUSE,
)
from tests.core.motors import Party, converse, id_of, kinds_of

Transfer = tuple[Party, Party, tuple[int, int]]


@pytest.fixture
def offered() -> Transfer:
    """3 has offered a glyph to 7, and 7 has heard it."""
    sender, receiver = Party(3), Party(7)
    glyph = sender.bear()
    sender.offer(glyph, receiver)
    packets = sender.speak()
    assert kinds_of(packets) == [KIND_OFFER]
    receiver.hear(*packets)
    return sender, receiver, id_of(glyph)


@pytest.fixture
def accepted(offered: Transfer) -> Transfer:
    """And 3 has heard that 7 is prepared."""
    sender, receiver, _glyph = offered
    receiver.flush()
    packets = receiver.speak()
    assert kinds_of(packets) == [KIND_ACCEPT]
    sender.hear(*packets)
    return offered


@pytest.fixture
def committed(accepted: Transfer) -> Transfer:
    """And 7 has heard that 3 has committed it."""
    sender, receiver, _glyph = accepted
    sender.flush()
    packets = sender.speak()
    assert kinds_of(packets) == [KIND_COMMIT]
    receiver.hear(*packets)
    return accepted


def test_the_whole_way(committed: Transfer) -> None:
    sender, receiver, glyph = committed
    assert not sender.has(glyph)
    assert not receiver.has(glyph), "it is not on the flash yet"
    receiver.flush()
    assert receiver.has(glyph)
    arrived = receiver.holding.find(*glyph)
    assert arrived is not None
    assert (arrived.hops, arrived.energy, bytes(arrived.state[:3])) == (1, 100, b"abc")
    packets = receiver.speak()
    assert kinds_of(packets) == [KIND_DONE]
    sender.hear(*packets)
    sender.wait(20_000_000)
    sender.flush()
    assert sender.holding.find(*glyph) is None
    assert sender.ledger.sent == receiver.ledger.received == 100
    told = [e.events.event for e in (sender, receiver) for _ in iter(e.events.pop, False)]
    assert EVENT_GLYPH_LEFT in told
    assert told[-1] == EVENT_GLYPH_ARRIVED


def test_nothing_is_answered_before_it_is_written(offered: Transfer) -> None:
    sender, receiver, _glyph = offered
    assert receiver.speak() == []
    receiver.flush()
    sender.hear(*receiver.speak())
    assert sender.speak() == []
    sender.flush()
    receiver.hear(*sender.speak())
    assert receiver.speak() == []
    receiver.flush()
    assert kinds_of(receiver.speak()) == [KIND_DONE]


def test_an_offer_without_an_answer_is_withdrawn(offered: Transfer) -> None:
    sender, receiver, glyph = offered
    assert not sender.has(glyph), "it stands still meanwhile"
    repeated = []
    for _ in range(OFFER_TIMEOUT_US // 20_000):
        sender.wait(20_000)
        repeated += sender.speak()
    assert sender.has(glyph)
    assert 3 <= len(repeated) <= 8
    assert set(kinds_of(repeated)) == {KIND_OFFER}
    assert sender.silent == 1
    receiver.flush()
    sender.hear(*receiver.speak())
    assert sender.has(glyph), "too late"
    packets = sender.speak()
    assert kinds_of(packets) == [KIND_ABORT]
    receiver.hear(*packets)
    receiver.flush()
    assert receiver.holding.find(*glyph) is None


def test_a_refusal_ends_the_offer(offered: Transfer) -> None:
    sender, _, glyph = offered
    other = Party(7)
    other.hand_off.may_receive = False
    sender.wait(50_000)
    other.hear(*sender.speak())
    packets = other.speak()
    assert kinds_of(packets) == [KIND_REFUSE]
    sender.hear(*packets)
    assert sender.has(glyph)
    assert (sender.refused, sender.silent) == (1, 0)


@pytest.mark.parametrize("times", [2, 5])
def test_whatever_is_heard_again_changes_nothing(times: int) -> None:
    """Every packet so many times, and at the end all of them again."""
    sender, receiver = Party(3), Party(7)
    glyph = id_of(sender.bear())
    held = sender.holding.find(*glyph)
    assert held is not None
    sender.offer(held, receiver)
    everything: list[bytes] = []
    for _ in range(4):
        for one, other in ((sender, receiver), (receiver, sender)):
            packets = one.speak()
            everything += packets
            other.hear(*packets * times)
            other.flush()
            one.flush()
    assert receiver.has(glyph)
    assert not sender.has(glyph)
    for again in itertools.permutations(everything, 3):
        for party in (sender, receiver):
            party.hear(*again)
            party.flush()
            party.speak()
    assert receiver.has(glyph)
    assert not sender.has(glyph)
    assert receiver.holding.energy == 100
    assert sender.holding.energy == 0


def test_a_commit_is_repeated_for_ever_and_over_restarts(committed: Transfer) -> None:
    sender, _receiver, glyph = committed
    for _ in range(3):
        sender.wait(6_000_000)
        assert kinds_of(sender.speak()) == [KIND_COMMIT]
    sender.reset()
    assert not sender.has(glyph)
    assert kinds_of(sender.speak()) == [KIND_COMMIT]
    sender.wait(6_000_000)
    assert kinds_of(sender.speak()) == [KIND_COMMIT]


def test_a_repeated_commit_is_answered_again(committed: Transfer) -> None:
    sender, receiver, glyph = committed
    receiver.flush()
    receiver.speak()  # and the answer is lost
    sender.wait(6_000_000)
    receiver.hear(*sender.speak())
    packets = receiver.speak()
    assert kinds_of(packets) == [KIND_DONE]
    sender.hear(*packets)
    sender.flush()
    assert sender.standing(glyph) in (DEPARTED, FREE)


@pytest.mark.parametrize("who", ["sender", "receiver", "both"])
@pytest.mark.parametrize("stage", range(8))
def test_power_is_lost_after_any_step(stage: int, who: str) -> None:
    """Then they go on, and it is on one of them, once."""
    sender, receiver = Party(3), Party(7)
    glyph = id_of(sender.bear())
    held = sender.holding.find(*glyph)
    assert held is not None
    sender.offer(held, receiver)
    steps = [
        lambda: receiver.hear(*sender.speak()),
        receiver.flush,
        lambda: sender.hear(*receiver.speak()),
        sender.flush,
        lambda: receiver.hear(*sender.speak()),
        receiver.flush,
        lambda: sender.hear(*receiver.speak()),
        sender.flush,
    ]
    for step in steps[: stage + 1]:
        step()
    if who != "receiver":
        sender.reset()
    if who != "sender":
        receiver.reset()
    converse(sender, receiver, rounds=20)
    assert [sender.has(glyph), receiver.has(glyph)].count(True) == 1
    assert sender.holding.energy + receiver.holding.energy == 100
    assert sender.ledger.sent - sender.ledger.received == receiver.ledger.received
    for party in (sender, receiver):
        stand = [slot.standing for slot in party.holding.slots if slot.standing != HELD]
        assert set(stand) <= {FREE, DEPARTED}


def test_an_accept_of_an_earlier_offer_commits_nothing(offered: Transfer) -> None:
    sender, receiver, glyph = offered
    receiver.flush()
    late = receiver.speak()
    sender.wait(OFFER_TIMEOUT_US)
    sender.speak()
    held = sender.holding.find(*glyph)
    assert held is not None
    sender.offer(held, receiver)
    sender.hear(*late)
    sender.flush()
    assert sender.standing(glyph) == OFFERED
    assert KIND_ABORT in kinds_of(sender.speak())


def test_a_later_offer_does_not_replace_what_is_prepared(offered: Transfer) -> None:
    """Or a commit under the earlier nonce would be answered with done, and nobody had it."""
    sender, receiver, glyph = offered
    receiver.flush()
    accept = receiver.speak()
    sender.wait(OFFER_TIMEOUT_US)
    sender.speak()
    held = sender.holding.find(*glyph)
    assert held is not None
    sender.offer(held, receiver)
    nonce = receiver.holding.slots[0].nonce
    receiver.hear(*sender.speak())
    receiver.flush()
    assert receiver.holding.slots[0].nonce == nonce
    receiver.wait(30_000)
    assert kinds_of(receiver.speak()) == kinds_of(accept)
    converse(sender, receiver)
    assert sender.has(glyph) != receiver.has(glyph)


def test_a_receiver_whose_flash_was_erased_gives_it_back(committed: Transfer) -> None:
    sender, receiver, glyph = committed
    receiver.flush()
    receiver.reset(b"")
    sender.wait(6_000_000)
    receiver.hear(*sender.speak())
    sender.hear(*receiver.speak())
    sender.flush()
    assert sender.has(glyph)
    assert (sender.ledger.sent, sender.ledger.received) == (100, 100)
    assert sender.holding.moves[EVENT_GLYPH_RETURNED] == 1


def test_a_stale_copy_is_fenced() -> None:
    copy = Party(3)
    old = id_of(copy.bear())
    copy.reset()
    stale = copy.holding.find(*old)
    assert stale is not None
    assert not copy.hand_off.learn(stale, 7, stale.hops - 1)
    assert copy.has(old)
    assert copy.hand_off.learn(stale, 7, stale.hops + 1)
    assert not copy.has(old)
    copy.balanced()
    copy.flush()
    assert copy.holding.find(*old) is None
    assert copy.ledger.sent == 100
    copy.reset()
    assert copy.holding.find(*old) is None


def test_of_two_with_as_many_hops_the_lower_id_stays() -> None:
    low, high = Party(3), Party(7)
    for party, other in ((low, 7), (high, 3)):
        glyph = party.bear()
        assert party.hand_off.learn(glyph, other, 0) == (party is high)


def test_a_stale_copy_is_not_taken_in(committed: Transfer) -> None:
    _, receiver, glyph = committed
    receiver.flush()
    receiver.speak()
    third = Party(9)
    copy = third.bear()
    copy.birth_node, copy.birth_count = glyph
    third.offer(copy, receiver)
    receiver.hear(*third.speak())
    assert receiver.hand_off.refusals[REFUSED_STALE] == 1
    assert receiver.has(glyph)


def test_what_was_prepared_is_given_up_when_the_glyph_is_seen_elsewhere(offered: Transfer) -> None:
    _, receiver, glyph = offered
    receiver.flush()
    prepared = receiver.holding.find(*glyph)
    assert prepared is not None
    receiver.hand_off.learn(prepared, 9, 0)
    assert prepared.standing == PREPARED
    receiver.hand_off.learn(prepared, 9, 1)
    assert prepared.standing == DROPPING
    receiver.flush()
    assert receiver.holding.find(*glyph) is None


def test_it_may_come_back_before_it_is_known_to_have_arrived(committed: Transfer) -> None:
    """7 has it and offers it to 3, while 3 still waits for 7's word."""
    sender, receiver, glyph = committed
    receiver.flush()
    receiver.speak()  # lost
    held = receiver.holding.find(*glyph)
    assert held is not None
    receiver.offer(held, sender)
    sender.hear(*receiver.speak())
    assert sender.hand_off.refusals[REFUSED_BUSY] == 1
    assert sender.standing(glyph) == DEPARTED
    receiver.hear(*sender.speak())
    receiver.offer(held, sender)
    converse(receiver, sender)
    assert sender.has(glyph)
    assert not receiver.has(glyph)
    sender.reset()
    receiver.reset()
    assert sender.has(glyph)
    assert not receiver.has(glyph)


def test_a_flash_that_refuses_keeps_both_where_they_are(accepted: Transfer) -> None:
    sender, receiver, glyph = accepted
    sender.files.error = True
    sender.flush()
    assert sender.speak() == []
    assert not sender.has(glyph)
    assert sender.holding.energy == 100
    sender.files.error = False
    sender.wait(11_000_000)
    sender.flush()
    assert kinds_of(sender.speak()) == [KIND_COMMIT]
    receiver.files.error = True
    other = Party(5)
    offered = other.bear()
    other.offer(offered, receiver)
    receiver.hear(*other.speak())
    receiver.flush()
    assert receiver.standing(id_of(offered)) == PREPARING
    third = Party(6)
    late = third.bear()
    third.offer(late, receiver)
    receiver.hear(*third.speak())
    assert receiver.hand_off.refusals[REFUSED_FLASH] == 1


def test_who_cannot_read_its_journal_says_nothing_of_it(accepted: Transfer) -> None:
    """Or it would call lost what it has, and give up what it has committed."""
    sender, receiver, glyph = accepted
    receiver.wait(6_000_000)
    accept = receiver.speak()
    assert kinds_of(accept) == [KIND_ACCEPT]
    sender.flush()
    sender.files.error = True
    sender.reset()
    sender.hear(*accept)
    assert sender.speak() == []
    sender.files.error = False
    sender.reset()
    commit = sender.speak()
    assert kinds_of(commit) == [KIND_COMMIT]
    receiver.files.error = True
    receiver.reset()
    receiver.hear(*commit)
    assert receiver.speak() == []
    receiver.files.error = False
    receiver.reset()
    converse(sender, receiver)
    assert receiver.has(glyph)
    assert not sender.has(glyph)
