from gateway.domain.errors import LONGEST_MESSAGE, GatewayError, shortened


def test_an_error_repeats_no_megabytes_of_what_came_from_outside() -> None:
    sent = "A" * 5_000_000 + "Z"
    error = GatewayError(f"reference to {sent} is not allowed", context={"reference": sent})
    for told in (error.message, str(error), error.context["reference"]):
        assert len(told) < LONGEST_MESSAGE + 40
        assert "…49" in told
    assert error.message.startswith("reference to AAA")
    assert error.message.endswith("Z is not allowed")


def test_what_is_short_enough_stays_as_it_is() -> None:
    assert shortened("x" * LONGEST_MESSAGE, LONGEST_MESSAGE) == "x" * LONGEST_MESSAGE
    assert GatewayError("no such thing").message == "no such thing"
