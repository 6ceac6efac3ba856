import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from patrol.report.markup import Markup, data_block, element, table


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")))


@given(text=texts, value=texts)
def test_text_and_attributes_come_back_as_they_were(text: str, value: str) -> None:
    reader = read(element("p", text, title=value))
    assert reader.tags == [("p", {"title": value})]
    assert reader.text == text


@given(text=texts)
def test_data_cannot_end_its_block(text: str) -> None:
    block = data_block({"name": text}, name="night")
    inner = block.removeprefix('<script type="application/json" id="night">')
    inner = inner.removesuffix("</script>")
    assert "<" not in inner
    assert json.loads(inner) == {"name": text}


def test_markup_is_not_escaped_again() -> None:
    assert element("p", element("b", "&")) == "<p><b>&amp;</b></p>"
    assert element("p", Markup("<i>")) == "<p><i></p>"


def test_attributes_may_be_switched_on_and_off() -> None:
    assert element("input", checked=True, hidden=False, title=None) == "<input checked>"
    assert (
        element("i", class_="x", data_layer="y") == '<i class="x" data-layer="y"></i>'
    )


def test_cells_of_a_table_know_their_column() -> None:
    cells = [a for tag, a in read(table(["a", "b"], [["1", "2"]])).tags if tag == "td"]
    assert cells == [{"data-label": "a"}, {"data-label": "b"}]
