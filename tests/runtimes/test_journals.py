"""The journal on three runtimes, and the board's own file on MicroPython's own LittleFS."""

from ascpi.runtimes.runtime import all_runtimes, micropython, run

LIFE = "tests.runtimes.guest.journal"
FLASH = "tests.runtimes.guest.journal_flash"


def test_a_life_of_power_cuts_is_the_same_on_all_three() -> None:
    outcomes = [run(runtime, LIFE) for runtime in all_runtimes()]
    assert [outcome.code for outcome in outcomes] == [0, 0, 0], outcomes
    lives = [outcome.output.splitlines()[:2] for outcome in outcomes]
    assert lives[0] == lives[1] == lives[2]
    writes, deaths, damaged, *_ = (int(word) for word in lives[0][0].split())
    assert writes == 400
    assert deaths > 20
    assert damaged > 20 * deaths
    # On MicroPython also that what a loop asks of the journal allocates nothing.
    for outcome in outcomes[1:]:
        assert outcome.output.splitlines()[2:] == ["allocated 0"]


def test_power_cut_at_every_operation_of_the_flash() -> None:
    outcome = run(micropython(), FLASH)
    assert outcome.code == 0, outcome.output
    writes, cuts = (int(word) for word in outcome.output.splitlines()[-1].split())
    assert writes == 20
    assert cuts > 80
