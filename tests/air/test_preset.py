"""The presets are the ones that are promised, and nonsense is refused."""

import pytest

from ascpi.air.preset import PRESETS, Preset


def test_the_presets_are_as_promised() -> None:
    assert list(PRESETS) == ["clean", "wifi", "powersave", "harsh"]
    wifi, powersave, harsh = PRESETS["wifi"], PRESETS["powersave"], PRESETS["harsh"]
    assert (wifi.base_delay_us, wifi.jitter_mean_us) == (2_000, 3_000)
    assert (wifi.loss_per_million, wifi.spike_per_million) == (50_000, 10_000)
    assert wifi.spike_max_us == 60_000
    assert powersave.beacon_interval_us == 102_400
    assert (harsh.base_delay_us, harsh.jitter_mean_us) == (10_000, 20_000)
    assert (harsh.loss_per_million, harsh.duplicate_per_million) == (300_000, 50_000)
    assert [name for name, preset in PRESETS.items() if preset.reorder] == ["harsh"]


def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="base_delay_us of odd is -1; it must be 0 or more"):
        Preset("odd", base_delay_us=-1, jitter_mean_us=0)


def test_more_than_certain_is_refused() -> None:
    with pytest.raises(ValueError, match="loss_per_million of odd is 1000001"):
        Preset("odd", base_delay_us=0, jitter_mean_us=0, loss_per_million=1_000_001)
