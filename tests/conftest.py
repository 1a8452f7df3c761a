"""One thread for every test: the nets under test are tiny, and a test that forks must not inherit a pool of threads, which hangs."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported, which is later
