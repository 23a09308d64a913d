"""`ascpi bench flash`: whole flashing jobs, one by one and side by side, onto stand-ins."""
