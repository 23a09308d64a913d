"""The page of memory that is shared with the supervisor, its words by name; and the doorbell."""

import uctypes

# Of the RTC's memory, as in stock MicroPython; its length comes before it.
RTC_BYTES = const(2048)

page = None
_address = 0
_analog_index = 0
_doorbell = None
rtc = None


def attach(parameters):
    global page, _address, _analog_index, _doorbell, rtc
    _address = parameters["page_address"]
    _analog_index = parameters["analog_index"]
    words = parameters["words"]
    layout = {words[i]: uctypes.INT64 | (8 * i) for i in range(len(words))}
    rtc = uctypes.bytearray_at(_address + parameters["rtc_offset"], 2 + RTC_BYTES)
    page = uctypes.struct(_address, layout)
    _doorbell = open(parameters["doorbell_fd"], "wb")


def address():
    return _address


def analog(pin):
    """What an ADC at `pin` reads, 0…65535."""
    place = _address + 8 * (_analog_index + pin)
    return uctypes.struct(place, {"value": uctypes.INT64 | 0}).value


def ring():
    """Have the supervisor look at the page now."""
    _doorbell.write(b"!")
