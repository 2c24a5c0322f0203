"""Numbers of things, as people write them."""


def number_of(count: int, noun: str) -> str:
    """Return how many there are: `1 list`, `2 lists`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
