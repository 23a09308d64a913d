"""Where glyphs are, by what nodes say and what is heard; and whether all of it is there once."""

import pytest

from ascpi import telemetry
from ascpi.demo.account import Account, not_once, sentence
from ascpi.demo.book import Book, Ledger, Place
from ascpi.demo.ear import Seen
from ascpi.glyphs.roster_view import Row
from tests.demo.ears import row


def said(book: Book, node_id: int, line: str, at_us: int = 0) -> None:
    book.take(node_id, telemetry.parse(f"ASCPI {line}"), at_us)


def report(born: int, received: int, held: int, spent: int, sent: int) -> str:
    return (
        "report id=1 epoch=1 up_ms=1 ticks=1 theta=0.5 state=locked band=shared c=1.0 err_us=1 "
        f"peers=1 born={born} received={received} energy={held} spent={spent} sent_energy={sent}"
    )


def test_a_way_from_node_to_node() -> None:
    book = Book()
    said(book, 1, "event glyph_born glyph=1.9 kind=comet energy=20 hops=0", 1)
    said(book, 1, "event glyph_left glyph=1.9 kind=comet peer=2 energy=19 hops=0", 2)
    said(book, 2, "event glyph_arrived glyph=1.9 kind=comet peer=1 energy=19 hops=1", 3)
    assert book.places["1.9"] == Place(2, 1, 3, before=1)
    assert book.kinds["1.9"] == "comet"
    said(book, 3, "event glyph_arrived glyph=1.9", 4)
    assert book.places["1.9"] == Place(3, 2, 4, before=2)
    assert list(book.paths["1.9"]) == [1, 2, 3]


def test_what_is_heard_first_is_not_counted_again() -> None:
    book = Book()
    book.see(Seen(rows=(row("1.9", 1),)))
    said(book, 1, "event glyph_born glyph=1.9 kind=comet energy=20 hops=0")
    book.see(Seen(rows=(row("1.9", 2, hops=1),)))
    said(book, 2, "event glyph_arrived glyph=1.9")
    assert book.places["1.9"].hops == 1
    assert list(book.paths["1.9"]) == [1, 2]


def test_what_a_node_could_not_say_any_more_is_heard() -> None:
    book = Book()
    said(book, 1, "event glyph_born glyph=1.9 kind=comet energy=20 hops=0")
    book.see(Seen(rows=(row("1.9", 3, hops=2, told_us=7),)))
    assert book.places["1.9"] == Place(3, 2, 7, before=1)
    # Old news, and a glyph that is on its way, change nothing.
    book.see(Seen(rows=(row("1.9", 2, hops=1), row("1.9", 4, hops=3, place="moving"))))
    assert book.places["1.9"].node_id == 3


def test_energy_of_all_nodes() -> None:
    book = Book()
    said(book, 1, report(600, 0, 400, 50, 150))
    said(book, 2, report(0, 150, 140, 10, 0))
    said(
        book, 3, "report id=3 epoch=1 up_ms=1 ticks=1 theta=0 state=x band=x c=1 err_us=1 peers=1"
    )
    account = Account([], Seen(), book)
    assert account.energy.born == 600
    assert account.energy.held == 540
    assert account.energy.spent == 60
    assert not account.wrong
    assert account.sentence().endswith("600 born = 540 held + 60 spent")


def test_energy_that_is_missing() -> None:
    book = Book()
    book.ledgers = {1: Ledger(100, 0, 99, 0, 0), 2: Ledger(0, 0, 0, 0, 0)}
    assert Account([], Seen(), book).wrong == ["the energy of a node does not balance"]
    book.ledgers = {1: Ledger(100, 0, 60, 0, 40), 2: Ledger(0, 0, 0, 0, 0)}
    (wrong,) = Account([], Seen(), book).wrong
    assert wrong == "40 quanta of energy were sent and are not received"


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ((row("1.9", 1),), []),
        ((row("1.9", 1, place="moving"),), []),
        ((row("1.9", 1, place="offered"),), []),
        ((), ["1.9 is seen nowhere"]),
        ((row("1.9", 1), row("1.9", 2)), ["1.9 is seen on nodes 1 and 2"]),
        ((row("1.9", 3, place="unseen"),), ["1.9 is seen nowhere at this moment, last on node 3"]),
        ((row("1.9", 3, place="lost"),), ["1.9 is lost, last on node 3"]),
        (
            (row("1.9", 3, place="away"),),
            ["1.9 is with a node that is not heard, last on node 3"],
        ),
    ],
)
def test_exactly_once(rows: tuple[Row, ...], wrong: list[str]) -> None:
    assert list(not_once(["1.9"], Seen(rows=rows))) == wrong


def test_what_is_wrong_with_any_other_glyph_is_told_too() -> None:
    seen = Seen(rows=(row("1.9", 1),), problems=("7.7 is doubled: on 1 and 2",))
    assert list(not_once(["1.9"], seen)) == ["7.7 is doubled: on 1 and 2"]


def test_one_that_has_ended_need_not_be_anywhere() -> None:
    book = Book()
    said(book, 1, "event glyph_born glyph=1.9 kind=counter energy=20 hops=0")
    said(book, 1, "event glyph_ended glyph=1.9 kind=counter")
    assert not Account(["1.9"], Seen(), book).wrong


def test_sentences() -> None:
    assert sentence("2 glyphs are there") == "2 glyphs are there."
    assert sentence("board 3 is back") == "Board 3 is back."
    assert sentence("") == ""
