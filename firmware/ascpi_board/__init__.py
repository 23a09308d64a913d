"""ASCπ on a board: everything that touches pins, Wi-Fi, flash and the serial line."""
