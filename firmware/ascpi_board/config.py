"""The board's configuration, /ascpi.json, read once at boot."""

import json

import machine

from ascpi_core.settings import BoardSettings

PATH = "/ascpi.json"


def load() -> BoardSettings:
    """The configuration on the flash. A file that is missing or no JSON is a mistake as well."""
    given: object = {}
    mistake = ""
    try:
        with open(PATH) as file:
            given = json.load(file)
    except OSError:
        mistake = "there is no %s" % PATH
    except ValueError:
        mistake = "%s is not valid JSON" % PATH
    config = BoardSettings(given, machine.unique_id())
    if mistake:
        config.mistakes.insert(0, mistake)
    return config
