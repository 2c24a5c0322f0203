"""How often Python looks for circles among objects: seldom, because lists hold none.

By default it looks after every 700 new containers, and each list makes millions that stay.
"""

import gc
from typing import Final

NEW_CONTAINERS: Final = 50_000
GENERATIONS: Final = (20, 20)


def look_seldom() -> None:
    """Set it for this process; called once, where the process begins."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_CONTAINERS, *GENERATIONS)
