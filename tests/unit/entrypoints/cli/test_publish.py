from pathlib import Path

from tests.fakes.command_line import CommandLine


def prepared(mra: CommandLine) -> CommandLine:
    mra("operator", "import", "operators.csv")
    mra("partner", "apply", "partners/XA-XB")
    return mra


def test_without_partners_nothing_is_issued_and_it_is_said(mra: CommandLine) -> None:
    for arguments in (["publish"], ["publish", "--preview"]):
        ended = mra(*arguments)
        assert (ended.code, ended.out) == (0, "")
        assert "mra partner list" in ended.err
    assert mra("publish", "--json").data == {}
    assert mra("publish", "--preview", "--json").data == []


def test_preview_shows_what_the_partner_will_see_and_issues_nothing(mra: CommandLine) -> None:
    previewed = prepared(mra)("publish", "--preview")
    assert "XA0000000001  Example Trading" in previewed.out
    assert "XA0000000003" not in previewed.out
    assert "2 operators, 1 withheld" in previewed.err
    (seen,) = _list(mra("publish", "--preview", "--json").data)
    assert (seen["quantity"], seen["withheld"], seen["differs"]) == (2, 1, True)


def test_draft_can_be_previewed_but_not_published(mra: CommandLine) -> None:
    file = Path("partners/XA-XB/partner.toml")
    file.write_text(file.read_text().replace('state = "in force"', 'state = "draft"'))
    prepared(mra)
    assert "2 operators" in mra("publish", "--preview").err
    assert mra("publish", "--json").data == {}
    refused = mra("publish", "XB")
    assert refused.code == 64
    assert "in state draft" in refused.err


def test_second_list_is_issued_only_when_something_changed_or_it_is_asked_for(
    mra: CommandLine,
) -> None:
    prepared(mra)
    assert _sequence(mra("publish", "--json").data) == 1
    assert mra("publish", "--json").data == {"XB": None}
    assert "nothing changed" in mra("publish").err
    assert _sequence(mra("publish", "--always", "--json").data) == 2


def test_names_are_never_read_as_markup(mra: CommandLine) -> None:
    file = Path("operators.csv")
    file.write_text(file.read_text().replace("Example Trading@", "[bold]Example[/bold] [link=x]@"))
    previewed = prepared(mra)("publish", "--preview")
    assert "[bold]Example[/bold] [link=x]" in previewed.out


def _list(data: object) -> list[dict[str, object]]:
    assert isinstance(data, list)
    return data


def _sequence(data: object) -> object:
    assert isinstance(data, dict)
    return data["XB"]["sequence"]
