"""Headers of a record as one value of a column."""

from hypothesis import given
from hypothesis import strategies as st

from backbone.bus.port import Headers
from backbone.bus.postgres.log import pack_headers, unpack_headers

HEADERS = st.lists(st.tuples(st.text(), st.binary(max_size=50)), max_size=5).map(tuple)


@given(HEADERS)
def test_headers_come_back_as_they_were(headers: Headers) -> None:
    assert unpack_headers(pack_headers(headers)) == headers


def test_no_headers_take_no_room() -> None:
    assert pack_headers(()) == b""
