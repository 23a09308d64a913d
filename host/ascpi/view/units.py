"""Units as they are written everywhere."""

MINUS = "−"


def signed(text: str) -> str:
    return text.replace("-", MINUS)


def microseconds(value_us: float) -> str:
    """+412 µs, −12.3 ms, +431 ms: three digits, and the sign."""
    if abs(value_us) < 0.5:
        return "0 µs"
    if abs(value_us) < 999.5:
        return signed(f"{value_us:+.0f} µs")
    value_ms = value_us / 1000
    digits = 2 if abs(value_ms) < 9.995 else 1 if abs(value_ms) < 99.95 else 0
    return signed(f"{value_ms:+.{digits}f} ms")


def within(value_us: float) -> str:
    """±0.4 ms, ±35 µs, rounded up: what is said to hold does hold."""
    if value_us <= 99:
        return f"±{max(1, -(-value_us // 1)):.0f} µs"
    tenths = -(-value_us // 100)
    return f"±{tenths / 10:.1f} ms" if tenths < 100 else f"±{-(-value_us // 1000):.0f} ms"


def coherence(value: float) -> str:
    """Four digits; 1.0000 only for a field that is one to the last of them."""
    return f"{int(value * 10_000 + 1e-9) / 10_000:.4f}"
