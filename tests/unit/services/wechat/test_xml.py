"""WeChat's XML: what is read, and what must not be."""

import pytest

from backbone.errors import PayloadInvalid
from services.wechat import xml


def test_text_is_read_with_and_without_cdata() -> None:
    root = xml.loads(b" <xml><A><![CDATA[a<b>]]></A><B> 1 </B><C/><D><E>2</E></D><D/></xml>")
    assert (root.get("A"), root.get("B"), root.get("C"), root.get("Z")) == ("a<b>", "1", None, None)
    assert [node.get("E") for node in root.all("D")] == ["2", None]
    with pytest.raises(PayloadInvalid):
        root.text("C")


def test_a_declaration_is_passed_over_and_a_customer_may_write_of_document_types() -> None:
    body = "<?xml version='1.0' encoding='gbk'?>\n<xml><A><![CDATA[<!DOCTYPE 你>]]></A></xml>".encode()
    assert xml.loads(body).get("A") == "<!DOCTYPE 你>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml></xml><xml></xml>",
        b"\xff\xfe<\0x\0",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>',
        b'<!DOCTYPE xml SYSTEM "https://evil.example.test/x.dtd"><xml/>',
        b"<xml>&undeclared;</xml>",
        b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>',
        b"<!-- before --><xml/>",
        b"<?pi?><!DOCTYPE xml><xml/>",
        b"<xml><!DOCTYPE xml></xml>",
        "<?xml version='1.0' encoding='utf-16'?><xml/>".encode("utf-16"),
        b"<xml>" + b"<a/>" * 5000 + b"</xml>",
        b"<a>" * 5000,
    ],
)
def test_what_is_broken_endless_or_declares_anything_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        xml.loads(body)
