"""`ascpi bench`: what the firmware's calls cost, and how fast many packets are read."""
