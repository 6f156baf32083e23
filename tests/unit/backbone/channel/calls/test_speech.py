"""A message as it is read out by telephone."""

import pytest

from backbone.channel.calls import speech
from backbone.errors import InputInvalid
from schemas.content import (
    Button,
    Card,
    ChoiceList,
    ContactCard,
    Content,
    Location,
    Media,
    MediaKind,
    Row,
    Section,
    Template,
)


def test_marks_are_not_read() -> None:
    assert speech.words_of(Content(text="It is *here*.", text_format="light")) == "It is here."
    assert speech.words_of(Content(text="2 * 3 * 4")) == "2 * 3 * 4"


def test_all_that_can_be_said_is_said_in_order() -> None:
    content = Content(
        text="Hello.",
        location=Location(latitude=52.5, longitude=13.4, name="Shop"),
        cards=(ContactCard(name="Ana", phones=("+4930",)),),
        carousel=(Card(title="Lamp", text="20 euros", image_url="https://files.example.test/a.jpg"),),
        choices=ChoiceList(button="Choose", sections=(Section(rows=(Row(id="1", title="Today"),)),)),
        buttons=(Button(id="y", title="Yes"),),
    )
    said = speech.words_of(content)
    assert said == "Hello.\n\nShop\n\nAna\n+4930\n\nLamp\n\n20 euros\n\n1. Today\n\n1. Yes"


@pytest.mark.parametrize(
    "content",
    [Content(), Content(text=" \n"), Content(text="See", template=Template(name="t", language="en")),
     Content(text="See", media=(Media(kind=MediaKind.IMAGE, url="https://files.example.test/a.jpg"),))],
)  # fmt: skip
def test_what_can_not_be_said_is_refused(content: Content) -> None:
    with pytest.raises(InputInvalid):
        speech.words_of(content)


def test_what_xml_can_not_hold_is_replaced_and_its_signs_are_escaped() -> None:
    assert speech.escaped("a\x07b\ufffe <c> & d") == "a\ufffdb\ufffd &lt;c&gt; &amp; d"
    assert speech.printable("a\x07 <c>") == "a\ufffd <c>"
