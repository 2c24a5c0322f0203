"""Search by name and address, over the real index in a temporary file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.domain.errors import (
    BusyError,
    DatabaseUnavailableError,
    InvalidRequestError,
    MachineError,
    NotReadyError,
    StartAnewError,
)
from gateway.domain.operators import Address, Name, Operator
from gateway.ports.search import Candidate, Findable
from gateway.services.search import SearchDesk
from gateway.services.search_hits import FoundOperator
from gateway.services.search_pages import LARGEST_SIZE
from gateway.services.search_words import latin_of
from gateway.store.search_file import SearchFile
from tests.fakes.known_world import AGREEMENT, NOW, OPERATOR, START, head
from tests.fakes.lookup_ports import ProfilesInMemory, RegistryInMemory, profile

PROFILE = profile(AGREEMENT)
OTHER = profile(structs.replace(AGREEMENT, id="XH-XB", partner="XB", territory=("XB",)))

NAMES = {
    "XA01": "Northwind Ceramics Ltd",
    "XA02": "Nordwind Keramik GmbH",
    "XA03": "华兴精密仪器有限公司",
    "XA04": "株式会社架空通商",
    "XA05": "شركة النخيل للتجارة",
    "XA06": "ООО Северный Ветер",
    "XA07": "Βόρειος Άνεμος ΑΕ",
    "XA08": "บริษัท ลมเหนือ จำกัด",
    "XA09": "Müller & Söhne Spedition AG",
    "XA10": "The Limited Company",
    "XA11": "S.A. Exportadora del Sur",
}


def operator(operator_id: str, name: str, **changes: object) -> Operator:
    return structs.replace(OPERATOR, id=operator_id, names=(Name(text=name),), **changes)


LISTED = (
    *(operator(operator_id, name) for operator_id, name in NAMES.items()),
    operator(
        "XA12",
        "Harbour Freight",
        trade_names=(Name(text="QuickShip"),),
        addresses=(Address(lines=("12 Lighthouse Road",), city="Port Ellen", country="XA"),),
    ),
)


@dataclass
class World:
    registry: RegistryInMemory = field(default_factory=RegistryInMemory)
    profiles: ProfilesInMemory = field(default_factory=lambda: ProfilesInMemory((PROFILE, START)))
    sequence: int = 0
    indexes: list[SearchFile] = field(default_factory=list)

    def apply(self, *operators: Operator, epoch: int = 1) -> None:
        self.sequence += 1
        stream = PROFILE.receives.of_epoch(epoch)
        self.registry.apply(stream, head(sequence=self.sequence, received_at=NOW), *operators)

    def desk(self) -> SearchDesk:
        def new_index() -> SearchFile:
            self.indexes.append(SearchFile(latin_of))
            return self.indexes[-1]

        return SearchDesk(self.registry, self.profiles, new_index, lambda: None)


def ready(*operators: Operator) -> SearchDesk:
    world = World()
    world.apply(*operators)
    desk = world.desk()
    desk.refresh()
    return desk


def test_an_operator_that_is_damaged_in_the_database_hides_no_other() -> None:
    world = World()
    world.apply(*LISTED)
    (stream,) = world.registry._operators
    first, *others = world.registry._operators[stream]
    damaged = structs.replace(first, canonical=b'{"broken')
    world.registry._operators[stream] = (damaged, *others)
    desk = world.desk()
    desk.refresh()
    assert desk.search("Nordwind Keramik").operators[0].operator_id == "XA02"
    assert first.operator_id not in {one.operator_id for one in desk.search("Ceramics").operators}
    desk.close()


@pytest.fixture(scope="module")
def desk() -> Iterator[SearchDesk]:
    made = ready(*LISTED)
    yield made
    made.close()


def best(desk: SearchDesk, query: str) -> FoundOperator:
    return desk.search(query).operators[0]


@pytest.mark.parametrize(
    ("query", "operator_id", "why"),
    [
        ("Northwind Ceramics Ltd", "XA01", ("name",)),
        ("northwind ceramics", "XA01", ("name",)),
        ("CERAMICS, Northwind", "XA01", ("name",)),
        ("Nortwind Cermics", "XA01", ("name",)),
        ("North wind Ceramics Limited", "XA01", ("name",)),
        ("NORTHWIND CERAMICS", "XA01", ("name",)),
        ("Keramik", "XA02", ("name",)),
        ("华兴精密仪器", "XA03", ("name",)),
        ("华兴", "XA03", ("name",)),
        ("華興精密儀器股份有限公司", "XA03", ("transliterated name",)),
        ("huaxing jingmi yiqi", "XA03", ("transliterated name",)),
        ("架空通商", "XA04", ("name",)),
        ("النخيل", "XA05", ("name",)),
        ("النخيل للتجاره", "XA05", ("transliterated name",)),
        ("северный ветер", "XA06", ("name",)),
        ("Severnyi Veter OOO", "XA06", ("transliterated name",)),
        ("βορειος ανεμος", "XA07", ("name",)),
        ("Voreios Anemos", "XA07", ("transliterated name",)),
        ("ลมเหนือ", "XA08", ("name",)),
        ("muller sohne", "XA09", ("name",)),
        ("Mueller Söhne Spedition", "XA09", ("name",)),
        ("Limited Company", "XA10", ("name",)),
        ("SA Exportadora Sur", "XA11", ("name",)),
        ("quickship", "XA12", ("trade name",)),
        ("lighthouse road port ellen", "XA12", ("address",)),
        ("Harbour Freight Port Ellen", "XA12", ("name", "address")),
    ],
)
def test_operator_is_found_and_why_is_told(
    desk: SearchDesk, query: str, operator_id: str, why: tuple[str, ...]
) -> None:
    found = best(desk, query)
    assert (found.operator_id, found.why) == (operator_id, why)


def test_an_exact_name_has_all_points_and_a_typing_error_fewer(desk: SearchDesk) -> None:
    exact = best(desk, "Northwind Ceramics Ltd")
    wrong = best(desk, "Northwnd Ceramics Ltd")
    assert exact.score == 100
    assert 80 < wrong.score < 100


def test_a_legal_form_finds_nobody_by_itself_beside_a_name(desk: SearchDesk) -> None:
    assert "XA10" not in {one.operator_id for one in desk.search("Northwind Ltd").operators}


def test_what_nobody_is_called_is_not_found(desk: SearchDesk) -> None:
    page = desk.search("Zyxwvut Quuxify")
    assert (page.operators, page.next_page_token) == ((), "")


@pytest.mark.parametrize("query", ["", " ", "&-!", "x" * 201])
def test_a_query_that_says_nothing_or_too_much_is_refused(desk: SearchDesk, query: str) -> None:
    with pytest.raises(InvalidRequestError, match="query"):
        desk.search(query)


@pytest.mark.parametrize("query", ["a", '"', 'ab" OR "x', "a*b", "NEAR(a b)", "\0abc", "é" * 200])
def test_no_query_is_read_as_a_command(desk: SearchDesk, query: str) -> None:
    if any(letter.isalnum() for letter in query):
        desk.search(query)


def many(count: int) -> tuple[Operator, ...]:
    return tuple(operator(f"XA{n:04}", f"Harbour Trading {n:04}") for n in range(count))


def pages(desk: SearchDesk, query: str, size: int) -> list[list[str]]:
    found: list[list[str]] = []
    token = ""
    while True:
        page = desk.search(query, size=size, token=token)
        found.append([one.operator_id for one in page.operators])
        token = page.next_page_token
        if not token:
            return found


MANY = ready(*many(150))


@settings(deadline=None, max_examples=25)
@given(
    query=st.sampled_from(["harbour", "harbour trading 0042", "0007 harbor", "tradin"]),
    size=st.integers(min_value=1, max_value=130),
)
def test_paging_gives_each_hit_exactly_once_in_the_order_of_the_whole(
    query: str, size: int
) -> None:
    found = pages(MANY, query, size)
    hits = [one for page in found for one in page]
    assert len(hits) == len(set(hits))
    assert hits == [one for page in pages(MANY, query, 7) for one in page]
    assert all(len(page) == min(size, LARGEST_SIZE) for page in found[:-1])
    assert found[-1] or hits == []


def test_the_size_of_a_page_is_coerced_down_and_never_negative() -> None:
    assert len(MANY.search("harbour", size=1000).operators) == LARGEST_SIZE
    assert len(MANY.search("harbour").operators) == 20
    with pytest.raises(InvalidRequestError, match="page_size is -1"):
        MANY.search("harbour", size=-1)


def test_a_token_belongs_to_its_query() -> None:
    token = MANY.search("harbour").next_page_token
    with pytest.raises(InvalidRequestError, match="another query"):
        MANY.search("trading", token=token)
    with pytest.raises(InvalidRequestError, match="another query"):
        MANY.search("harbour", agreement="XH-XA", token=token)
    MANY.search("harbour", size=50, token=token)


@pytest.mark.parametrize("token", ["x", "AAAA", "ü", "=" * 9, "A" * 500])
def test_a_token_of_others_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequestError, match="page_token"):
        MANY.search("harbour", token=token)


def test_a_token_of_lists_that_have_moved_says_to_start_anew() -> None:
    world = World()
    world.apply(*many(50))
    desk = world.desk()
    desk.refresh()
    token = desk.search("harbour").next_page_token
    world.apply(*many(49))
    desk.refresh()
    with pytest.raises(StartAnewError, match="search anew"):
        desk.search("harbour", token=token)


def test_the_index_is_built_once_somebody_has_searched() -> None:
    world = World()
    world.apply(*LISTED)
    desk = world.desk()
    wanted = [desk.is_wanted]
    with pytest.raises(NotReadyError, match="being built"):
        desk.search("northwind")
    wanted.append(desk.is_wanted)
    assert wanted == [False, True]
    desk.refresh()
    assert best(desk, "northwind").operator_id == "XA01"


def test_the_index_follows_the_lists() -> None:
    world = World()
    world.apply(*LISTED)
    desk = world.desk()
    desk.refresh()
    renamed = operator("XA01", "Southwind Pottery")
    world.apply(renamed, *LISTED[2:], operator("XA99", "Zephyr Glass"))
    desk.refresh()
    assert best(desk, "southwind pottery").operator_id == "XA01"
    assert best(desk, "zephyr glass").operator_id == "XA99"
    found = {one.operator_id for one in desk.search("nordwind keramik").operators}
    assert "XA02" not in found
    assert len(world.indexes) == 1


def test_what_is_read_after_changes_is_what_is_built_from_nothing() -> None:
    world = World()
    desk = world.desk()
    for count in (40, 60, 20, 80):
        world.apply(*many(count))
        desk.refresh()
    anew = world.desk()
    anew.refresh()
    for query in ("harbour", "trading 0013", "harbor 0079"):
        assert desk.search(query, size=100) == anew.search(query, size=100)


def test_seq_3_a_new_epoch_takes_the_place_of_the_one_before() -> None:
    world = World()
    world.apply(*LISTED)
    desk = world.desk()
    desk.refresh()
    world.profiles.put(structs.replace(PROFILE, receive_epoch=2), NOW)
    world.apply(operator("XA50", "Zephyr Glass"), epoch=2)
    desk.refresh()
    assert best(desk, "zephyr").operator_id == "XA50"
    assert desk.search("northwind ceramics").operators == ()


def test_acc_4_who_is_on_a_test_list_is_not_found() -> None:
    world = World(profiles=ProfilesInMemory((profile(AGREEMENT, test=True), START)))
    stream = profile(AGREEMENT, test=True).receives
    world.registry.apply(stream, head(sequence=1, received_at=NOW, test=True), *LISTED)
    desk = world.desk()
    desk.refresh()
    assert desk.search("northwind").operators == ()


def test_only_the_agreement_that_is_named_is_searched() -> None:
    world = World(profiles=ProfilesInMemory((PROFILE, START), (OTHER, START)))
    world.apply(operator("XA01", "Northwind Ceramics"))
    theirs = operator("XB01", "Northwind Ceramics")
    world.registry.apply(OTHER.receives, head(sequence=1, received_at=NOW), theirs)
    desk = world.desk()
    desk.refresh()

    def ids(agreement: str | None) -> list[str]:
        return [o.operator_id for o in desk.search("northwind", agreement=agreement).operators]

    assert ids(None) == ["XA01", "XB01"]
    assert ids("XH-XB") == ["XB01"]
    assert ids("XH-XZ") == []


def test_more_searches_than_seats_are_refused() -> None:
    world = World()
    world.apply(*LISTED)
    refused: list[str] = []

    class Entered(SearchFile):
        """While it is asked, two more ask."""

        def candidates(
            self, words: Sequence[Sequence[str]], agreement: str | None, most: int
        ) -> tuple[str, Sequence[Candidate]]:
            try:
                made.search("northwind")
            except BusyError as error:
                refused.append(error.message)
            return super().candidates(words, agreement, most)

    made = SearchDesk(world.registry, world.profiles, lambda: Entered(latin_of), lambda: None)
    made.refresh()
    assert best(made, "northwind").operator_id == "XA01"
    assert refused == ["2 searches are in hand; ask again"]
    assert best(made, "northwind").operator_id == "XA01"


def test_an_index_that_could_not_be_changed_is_made_anew() -> None:
    class Full(SearchFile):
        def change(
            self, agreement: str, ended: Iterable[str], came: Iterable[Findable], state: str
        ) -> None:
            del agreement, ended, came, state
            raise MachineError("the disk is full")

    world = World()
    world.apply(*LISTED)
    made: list[SearchFile] = []

    def new_index() -> SearchFile:
        made.append(SearchFile(latin_of) if made else Full(latin_of))
        return made[-1]

    desk = SearchDesk(world.registry, world.profiles, new_index, lambda: None)
    desk.refresh()
    world.apply(*LISTED, operator("XA99", "Zephyr Glass"))
    with pytest.raises(MachineError):
        desk.refresh()
    with pytest.raises(NotReadyError, match="being built"):
        desk.search("zephyr")
    desk.refresh()
    assert best(desk, "zephyr").operator_id == "XA99"


def test_a_database_that_is_gone_leaves_the_index_as_it_is() -> None:
    world = World()
    world.apply(*LISTED)
    desk = world.desk()
    desk.refresh()
    world.registry.gone = True
    with pytest.raises(DatabaseUnavailableError):
        desk.refresh()
    assert best(desk, "northwind").operator_id == "XA01"
