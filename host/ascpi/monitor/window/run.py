"""Open the window, or have its picture taken without one."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from ascpi.errors import AscpiError
from ascpi.monitor.session import Session
from ascpi.monitor.sources import Ports
from ascpi.monitor.window.app import MonitorApp
from ascpi.view.svg import svg

# Of a picture, in characters.
PICTURE_SIZE = (120, 32)

LOOK_S = 0.2
CLOSE_DEADLINE_S = 2.0
# As a shell counts a program that ended by SIGHUP.
EXIT_HUNG_UP = 129


def _see_it_end(
    is_over: Callable[[], bool], ended: threading.Event, abandon: Callable[[], object]
) -> None:
    """Where the terminal is gone, whoever draws may wait for it for ever: then end without it."""
    while not ended.wait(LOOK_S):
        if is_over() and not ended.wait(CLOSE_DEADLINE_S):
            try:
                abandon()
            finally:
                os._exit(EXIT_HUNG_UP)


def run_window(
    session: Session,
    ports: Ports,
    *,
    wanted: str,
    until_s: float | None,
    is_over: Callable[[], bool],
    abandon: Callable[[], object],
    picture: Path | None,
) -> int:
    """Until it is closed; the exit code. With `picture`: an SVG of the last moment instead.

    `abandon` closes what the window shows, in case that the window itself cannot be closed.
    """
    app = MonitorApp(session, ports, wanted, until_s, is_over)
    app.wants_portrait = picture is not None
    if picture is None:
        ended = threading.Event()
        watch = threading.Thread(target=_see_it_end, args=(is_over, ended, abandon), daemon=True)
        watch.start()
        try:
            app.run()
        finally:
            ended.set()
        return app.return_code or 0
    app.run(headless=True, size=PICTURE_SIZE)
    try:
        picture.write_text(svg(app.portrait, PICTURE_SIZE[0], "ascpi monitor"), "utf-8")
    except OSError as error:
        raise AscpiError(f"{picture} cannot be written: {error.strerror}") from None
    return app.return_code or 0
