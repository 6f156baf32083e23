"""Signatures against the examples of the Amazon S3 API reference."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid
from backbone.process import make_blobs
from backbone.settings import Settings
from backbone.storage.blobs import FolderBlobs
from backbone.storage.s3 import S3Blobs, S3Place, signed_headers

AT = datetime(2013, 5, 24, tzinfo=UTC)
PLACE = S3Place(
    "https://examplebucket.s3.amazonaws.com", "unused", "us-east-1", "AKIAIOSFODNN7EXAMPLE",
    SecretStr("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
)  # fmt: skip


def signature(method: str, path: str, body: bytes = b"", **more: str) -> str:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    url = f"https://examplebucket.s3.amazonaws.com{path}"
    return dict(signed_headers(PLACE, method, url, body, AT, headers))["authorization"].rpartition("Signature=")[2]


def test_reading_an_object_is_signed_as_the_reference_shows() -> None:
    found = signature("GET", "/test.txt", range="bytes=0-9")
    assert found == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def test_writing_an_object_is_signed_as_the_reference_shows() -> None:
    found = signature(
        "PUT", "/test%24file.text", b"Welcome to Amazon S3.", date="Fri, 24 May 2013 00:00:00 GMT",
        x_amz_storage_class="REDUCED_REDUNDANCY",
    )  # fmt: skip
    assert found == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"


def test_the_secret_is_in_no_repr() -> None:
    assert "wJalr" not in repr(PLACE)


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [("https://s3.example:443", "https://s3.example"), ("http://s3.example:80", "http://s3.example")],
)
def test_the_host_is_signed_as_the_client_sends_it(spelled: str, plain: str) -> None:
    found = [signed_headers(PLACE, "GET", f"{endpoint}/b/k", b"", AT) for endpoint in (spelled, plain)]
    assert found[0] == found[1]
    assert found[0] != signed_headers(PLACE, "GET", f"{plain}:9000/b/k", b"", AT)


def settings(**more: object) -> Settings:
    return Settings.model_validate({"database_url": "postgresql://x", "master_key": "00" * 32, **more})


async def test_settings_choose_the_store_and_name_what_is_missing() -> None:
    ends: list[object] = []
    assert isinstance(make_blobs(settings(), SystemClock(), ends.append), FolderBlobs)
    with pytest.raises(ConfigurationInvalid, match="FRONTDESK_S3_BUCKET, FRONTDESK_S3_ACCESS_KEY"):
        make_blobs(
            settings(blob_store="s3", s3_endpoint="https://s3.example", s3_secret_key="x"), SystemClock(), ends.append
        )
    chosen = settings(
        blob_store="s3", s3_endpoint="https://s3.example", s3_bucket="desk", s3_access_key="a", s3_secret_key="b"
    )
    assert isinstance(make_blobs(chosen, SystemClock(), ends.append), S3Blobs)
    assert len(ends) == 1
    await ends[0]()  # type: ignore[operator]
