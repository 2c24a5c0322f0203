"""How large, how often and how long a benchmark runs."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the command line asked for."""

    repeat: int = 5
    """Turns of figure and floor."""
    seconds: float = 2.0
    """Length of one turn of load."""
    seed: int = 20_261
    asked_size: int | None = None

    def size(self, usual: int) -> int:
        """Return the number of operators: as asked, or the row's own."""
        return self.asked_size or usual
