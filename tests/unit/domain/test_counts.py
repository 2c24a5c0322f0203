from gateway.domain.counts import number_of


def test_one_of_a_thing_is_one_thing() -> None:
    counted = [number_of(count, "list") for count in range(3)]
    assert counted == ["0 lists", "1 list", "2 lists"]
