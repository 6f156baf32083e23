"""Articles, sections, searches and gaps as clients see and change them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import (
    NEXT_CURSOR,
    VERSION,
    AccountId,
    Body,
    Bool,
    Language,
    Line,
    PageQuery,
    Shown,
    id_pattern,
)

ArticleId = Annotated[str, StringConstraints(pattern=id_pattern("art"))]
SectionId = Annotated[str, StringConstraints(pattern=id_pattern("sec"))]
SearchId = Annotated[str, StringConstraints(pattern=id_pattern("sea"))]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Markdown = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$")]
Brand = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]

_IN: JsonDict = {
    "slug": "where-is-my-parcel",
    "language": "en",
    "title": "Where is my parcel?",
    "body": "Your parcel's **tracking number** is in the mail that we sent when it left.",
    "section_id": None,
    "brand": None,
    "review_on": "2027-06-01",
}
_ID = "art_0190f3a87b3c7d5e8f9a0b1c2d3e4f62"
_ARTICLE: JsonDict = _IN | {
    "id": _ID,
    "published": 2,
    "helpful": 41,
    "unhelpful": 3,
    "created_at": "2026-11-01T09:00:00Z",
    "updated_at": "2026-11-02T09:00:00Z",
    "version": 4,
}
_FOUND: JsonDict = {
    "article_id": _ID,
    "title": "Where is my parcel?",
    "excerpt": "Your parcel's tracking number is in the mail that we sent when it left.",
    "path": "/help/acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f50/where-is-my-parcel",
    "score": 11.2,
    "coverage": 1.0,
}
_GAP: JsonDict = {"words": "can i pay with bitcoin", "language": "en", "asked": 12, "last_at": "2026-11-20T09:00:00Z"}


class ArticleIn(Body):
    """What an article says; customers see it once it is published."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    slug: Slug = Field(description="Its name in addresses; one of each language.")
    language: Language = Field(description="The language it is written in (BCP 47).")
    title: Line = Field(description="The question it answers, as customers would ask it.")
    body: Markdown = Field(
        description="CommonMark. An image whose address ends in `.mp4` or `.webm` is shown as a video."
    )
    section_id: SectionId | None = Field(default=None, description="The section it stands in.")
    brand: Brand | None = Field(default=None, description="Only customers of this brand see it; null: everybody.")
    review_on: date | None = Field(default=None, description="When somebody should look whether it is still true.")


class Article(Shown):
    """An article's working copy, and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ARTICLE]})

    id: str = Field(description="Its id.")
    slug: str = Field(description="Its name in addresses.")
    language: str = Field(description="The language it is written in.")
    title: str = Field(description="The question it answers.")
    body: str = Field(description="CommonMark.")
    section_id: str | None = Field(description="The section it stands in.")
    brand: str | None = Field(description="Only customers of this brand see it.")
    review_on: date | None = Field(description="When it should be looked at again.")
    published: int | None = Field(
        description="The number of the version that customers see; null: none, it is a draft."
    )
    helpful: int = Field(description="How many found it helpful.")
    unhelpful: int = Field(description="How many did not.")
    created_at: datetime = Field(description="When it was begun.")
    updated_at: datetime = Field(description="When it was last changed.")
    version: int = VERSION


class ArticleQuery(PageQuery):
    """Which articles."""

    language: Language | None = Field(default=None, description="Only of this language.")
    state: Annotated[str, StringConstraints(pattern=r"^(draft|published)$")] | None = Field(
        default=None, description="`draft`: customers don't see it; `published`: they do."
    )
    review_due: bool = Field(default=False, description="Only those whose day of review has come.")


class ArticleList(Shown):
    """A page of articles, the last changed first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ARTICLE], "next_cursor": None}]})

    items: list[Article] = Field(description="The articles.")
    next_cursor: str | None = NEXT_CURSOR


class ArticleVersion(Shown):
    """What an article said once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": 2,
                    "title": "Where is my parcel?",
                    "body": "In the mail.",
                    "published_at": "2026-11-02T09:00:00Z",
                    "published_by": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                }
            ]
        }
    )

    number: int = Field(description="Its number; the highest is the last.")
    title: str = Field(description="The question it answered.")
    body: str = Field(description="CommonMark.")
    published_at: datetime = Field(description="When customers could first read it.")
    published_by: str | None = Field(description="The agent or key that published it.")


class ArticleVersions(Shown):
    """Every published version of an article."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": []}]})

    items: list[ArticleVersion] = Field(description="The newest first; at most 100.")


class SectionIn(Body):
    """A section of the knowledge base."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Delivery"}]})

    title: Line = Field(description="What its articles are about.")


class Section(Shown):
    """A section of the knowledge base."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "sec_0190f3a87b3c7d5e8f9a0b1c2d3e4f63", "title": "Delivery"}]}
    )

    id: str = Field(description="Its id.")
    title: str = Field(description="What its articles are about.")


class SectionList(Shown):
    """All sections, in the order they are shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": []}]})

    items: list[Section] = Field(description="At most 200.")


class KnowledgeQuery(Body):
    """A question."""

    q: Words = Field(description="What is asked, in the customer's own words.")
    language: Language = Field(default="en", description="The language of the question.")
    brand: Brand | None = Field(default=None, description="The brand the customer is with.")
    limit: int = Field(default=5, ge=1, le=20, description="At most so many articles.")


class CustomerKnowledgeQuery(KnowledgeQuery):
    """A customer's question."""

    account_id: AccountId = Field(description="The chat's account.")


class FoundArticle(Shown):
    """An article that may answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FOUND]})

    article_id: str = Field(description="Its id.")
    title: str = Field(description="The question it answers.")
    excerpt: str = Field(description="How it begins, as plain text.")
    path: str | None = Field(description="Its page; null where the search knows no account.")
    score: float = Field(description="BM25 over title, text and what others asked; comparable within one search only.")
    coverage: float = Field(description="The share of the question's telling words that it has, 0 to 1.")


class FoundArticles(Shown):
    """What was found, the best first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"search_id": "sea_0190f3a87b3c7d5e8f9a0b1c2d3e4f64", "items": [_FOUND]}]}
    )

    search_id: str = Field(description="Names this search when one of its articles is opened.")
    items: list[FoundArticle] = Field(description="Empty where nothing has any of the words.")


class OpenedArticle(Body):
    """Which article of a search was opened."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "search_id": "sea_0190f3a87b3c7d5e8f9a0b1c2d3e4f64",
                    "article_id": _ID,
                }
            ]
        }
    )

    account_id: AccountId = Field(description="The chat's account.")
    search_id: SearchId = Field(description="The search that found it.")
    article_id: ArticleId = Field(description="The article that was opened.")


class ArticleOpinion(Body):
    """Whether an article helped."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f50", "helpful": True}]}
    )

    account_id: AccountId = Field(description="The chat's account.")
    helpful: Bool = Field(description="Whether it did.")


class PublicArticle(Shown):
    """A published article as customers see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "title": "Where is my parcel?",
                    "language": "en",
                    "html": "<p>In the mail.</p>",
                    "body": "In the mail.",
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    title: str = Field(description="The question it answers.")
    language: str = Field(description="The language it is written in.")
    html: str = Field(description="Its text as HTML, made safe: no scripts, no styles, no frames.")
    body: str = Field(description="Its text as CommonMark.")


class PreviewArticle(Body):
    """A text to see before it is published."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": "In the **mail**."}]})

    body: Markdown = Field(description="CommonMark.")


class ArticlePreview(Shown):
    """A text as customers will see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"html": "<p>In the <strong>mail</strong>.</p>"}]})

    html: str = Field(description="As HTML, made safe as that of a published article.")


class Gap(Shown):
    """Something that was asked and not found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GAP]})

    words: str = Field(description="What was asked, in small letters, with numbers and addresses taken out.")
    language: str = Field(description="The language of the question.")
    asked: int = Field(description="How often in the last 30 days.")
    last_at: datetime = Field(description="When last.")


class GapList(Shown):
    """What customers look for and don't find."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_GAP]}]})

    items: list[Gap] = Field(description="What is asked most stands first; at most 100.")


class Synonyms(Body):
    """Words of one language that mean the same, in groups."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"groups": [["parcel", "package", "shipment"]]}]})

    groups: list[Annotated[list[Line], Field(min_length=2, max_length=20)]] = Field(
        max_length=500, description="Each group's words stand for each other. An empty list removes all."
    )


class SynonymList(Shown):
    """Words of one language that mean the same, in groups."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"groups": [["parcel", "package", "shipment"]]}]})

    groups: list[list[str]] = Field(description="Each group's words stand for each other.")
