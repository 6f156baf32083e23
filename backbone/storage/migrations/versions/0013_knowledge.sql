-- Knowledge: articles for customers and bots, and an index of their terms that ranks by BM25F, forgives typing errors and learns.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE knowledge_sections (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    title text NOT NULL,
    position integer NOT NULL,
    UNIQUE (tenant_id, title)
);
-- `title` and `body` are the working copy; customers see the version that `published` names.
CREATE TABLE knowledge_articles (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    section_id text REFERENCES knowledge_sections (id) ON DELETE SET NULL,
    slug text NOT NULL,
    language text NOT NULL,
    brand text,
    title text NOT NULL,
    body text NOT NULL,
    review_on date,
    published integer,
    version integer NOT NULL DEFAULT 1,
    helpful integer NOT NULL DEFAULT 0,
    unhelpful integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (tenant_id, language, slug)
);
CREATE INDEX knowledge_articles_recent ON knowledge_articles (tenant_id, updated_at DESC, id DESC);
CREATE INDEX knowledge_articles_review ON knowledge_articles (tenant_id, review_on) WHERE review_on IS NOT NULL;
CREATE TABLE knowledge_versions (
    article_id text NOT NULL REFERENCES knowledge_articles (id) ON DELETE CASCADE,
    number integer NOT NULL,
    tenant_id text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text,
    PRIMARY KEY (article_id, number)
);

-- The index. Fields: 0 title and body, 1 title, 2 what customers asked when this article was what they wanted.
CREATE TABLE knowledge_terms (
    tenant_id text NOT NULL,
    language text NOT NULL,
    term text NOT NULL,
    article_id text NOT NULL,
    field smallint NOT NULL,
    frequency integer NOT NULL,
    PRIMARY KEY (tenant_id, language, term, article_id, field)
);
CREATE INDEX knowledge_terms_article ON knowledge_terms (article_id, field);
CREATE TABLE knowledge_lengths (
    article_id text NOT NULL,
    field smallint NOT NULL,
    tenant_id text NOT NULL,
    language text NOT NULL,
    length integer NOT NULL,
    PRIMARY KEY (article_id, field)
);
CREATE TABLE knowledge_totals (
    tenant_id text NOT NULL,
    language text NOT NULL,
    field smallint NOT NULL,
    articles bigint NOT NULL,
    length bigint NOT NULL,
    PRIMARY KEY (tenant_id, language, field)
);
-- In how many articles a term stands.
CREATE TABLE knowledge_frequencies (
    tenant_id text NOT NULL,
    language text NOT NULL,
    term text NOT NULL,
    field smallint NOT NULL,
    articles integer NOT NULL,
    PRIMARY KEY (tenant_id, language, term, field)
);
-- Every word of the articles as it is written, with the term that it stands for: where a mistyped word looks for what was meant.
CREATE TABLE knowledge_words (
    tenant_id text NOT NULL,
    language text NOT NULL,
    word text NOT NULL,
    term text NOT NULL,
    PRIMARY KEY (tenant_id, language, word)
);
CREATE INDEX knowledge_words_like ON knowledge_words USING gin (word gin_trgm_ops);
CREATE INDEX knowledge_words_term ON knowledge_words (tenant_id, language, term);
CREATE TABLE knowledge_synonyms (
    tenant_id text NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    language text NOT NULL,
    words text NOT NULL,
    terms text[] NOT NULL,
    PRIMARY KEY (tenant_id, language, words)
);
CREATE INDEX knowledge_synonyms_terms ON knowledge_synonyms USING gin (terms);
-- What was asked in the last 30 days, for the report of gaps and for clicks, each of which counts once.
CREATE TABLE knowledge_searches (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    language text NOT NULL,
    words text NOT NULL,
    article_ids text[] NOT NULL,
    at timestamptz NOT NULL,
    clicked text
);
CREATE INDEX knowledge_searches_recent ON knowledge_searches (tenant_id, at DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_sections, knowledge_articles, knowledge_versions, knowledge_terms, knowledge_lengths,
    knowledge_totals, knowledge_frequencies, knowledge_words, knowledge_synonyms, knowledge_searches TO frontdesk_api;
GRANT SELECT ON knowledge_sections, knowledge_articles, knowledge_versions TO frontdesk_router;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['knowledge_sections', 'knowledge_articles', 'knowledge_versions', 'knowledge_terms',
        'knowledge_lengths', 'knowledge_totals', 'knowledge_frequencies', 'knowledge_words', 'knowledge_synonyms', 'knowledge_searches'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- The stemmer and stop words of a language; `simple` where PostgreSQL has none.
CREATE FUNCTION knowledge_config(language text) RETURNS regconfig
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE left(language, 2)
        WHEN 'ar' THEN 'arabic' WHEN 'ca' THEN 'catalan' WHEN 'da' THEN 'danish' WHEN 'de' THEN 'german' WHEN 'el' THEN 'greek'
        WHEN 'en' THEN 'english' WHEN 'es' THEN 'spanish' WHEN 'eu' THEN 'basque' WHEN 'fi' THEN 'finnish' WHEN 'fr' THEN 'french'
        WHEN 'ga' THEN 'irish' WHEN 'hi' THEN 'hindi' WHEN 'hu' THEN 'hungarian' WHEN 'hy' THEN 'armenian' WHEN 'id' THEN 'indonesian'
        WHEN 'it' THEN 'italian' WHEN 'lt' THEN 'lithuanian' WHEN 'ne' THEN 'nepali' WHEN 'nl' THEN 'dutch' WHEN 'nb' THEN 'norwegian'
        WHEN 'nn' THEN 'norwegian' WHEN 'no' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian'
        WHEN 'ru' THEN 'russian' WHEN 'sr' THEN 'serbian' WHEN 'sv' THEN 'swedish' WHEN 'ta' THEN 'tamil' WHEN 'tr' THEN 'turkish'
        WHEN 'yi' THEN 'yiddish' ELSE 'simple' END::regconfig
$$;

-- The terms of a text and how often each stands in it (255 times at most).
CREATE FUNCTION knowledge_terms_of(language text, words text) RETURNS TABLE (term text, frequency integer)
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_catalog AS $$
    SELECT lexeme, coalesce(cardinality(positions), 1) FROM unnest(to_tsvector(knowledge_config(language), search_text(words)))
    WHERE length(lexeme) <= 64
$$;

-- Writes one field of an article anew; an empty text takes it out.
CREATE FUNCTION index_knowledge_field(a_tenant text, a_article text, a_language text, a_field smallint, words text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_catalog AS $$
DECLARE
    had record;
    fresh integer;
BEGIN
    DELETE FROM knowledge_lengths l WHERE l.article_id = a_article AND l.field = a_field
        RETURNING l.tenant_id, l.language, l.length INTO had;
    IF FOUND THEN
        UPDATE knowledge_totals t SET articles = t.articles - 1, length = t.length - had.length
            WHERE t.tenant_id = had.tenant_id AND t.language = had.language AND t.field = a_field;
        WITH gone AS (
            DELETE FROM knowledge_terms t WHERE t.article_id = a_article AND t.field = a_field RETURNING t.term
        ), ordered AS MATERIALIZED (SELECT term FROM gone ORDER BY term)
        UPDATE knowledge_frequencies f SET articles = f.articles - 1 FROM ordered o
            WHERE f.tenant_id = had.tenant_id AND f.language = had.language AND f.field = a_field AND f.term = o.term;
    END IF;
    WITH fresh_terms AS (
        INSERT INTO knowledge_terms (tenant_id, language, term, article_id, field, frequency)
            SELECT a_tenant, a_language, t.term, a_article, a_field, t.frequency FROM knowledge_terms_of(a_language, words) t
            RETURNING knowledge_terms.term
    )
    INSERT INTO knowledge_frequencies AS f SELECT a_tenant, a_language, t.term, a_field, 1 FROM fresh_terms t ORDER BY t.term
        ON CONFLICT (tenant_id, language, term, field) DO UPDATE SET articles = f.articles + 1;
    SELECT sum(t.frequency) INTO fresh FROM knowledge_terms t WHERE t.article_id = a_article AND t.field = a_field;
    IF fresh > 0 THEN
        INSERT INTO knowledge_lengths VALUES (a_article, a_field, a_tenant, a_language, fresh);
        INSERT INTO knowledge_totals AS k VALUES (a_tenant, a_language, a_field, 1, fresh)
            ON CONFLICT (tenant_id, language, field) DO UPDATE SET articles = k.articles + 1, length = k.length + fresh;
    END IF;
END $$;

-- Writes an article into the index, or takes it out where `title` is null.
CREATE FUNCTION index_knowledge(a_tenant text, a_article text, a_language text, title text, body text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_catalog AS $$
DECLARE
    old_terms text[];
BEGIN
    SELECT array_agg(DISTINCT t.term) INTO old_terms FROM knowledge_terms t WHERE t.article_id = a_article AND t.field = 0;
    PERFORM index_knowledge_field(a_tenant, a_article, a_language, 0::smallint, coalesce(title || ' ' || body, ''));
    PERFORM index_knowledge_field(a_tenant, a_article, a_language, 1::smallint, coalesce(title, ''));
    IF title IS NULL THEN
        PERFORM index_knowledge_field(a_tenant, a_article, a_language, 2::smallint, '');
    ELSE
        INSERT INTO knowledge_words (tenant_id, language, word, term)
            SELECT a_tenant, a_language, w.lexeme, s.term
            FROM unnest(to_tsvector('simple', search_text(title || ' ' || body))) w,
                LATERAL (SELECT term FROM knowledge_terms_of(a_language, w.lexeme) LIMIT 1) s
            WHERE length(w.lexeme) BETWEEN 3 AND 64
            ON CONFLICT DO NOTHING;
    END IF;
    DELETE FROM knowledge_words w WHERE w.tenant_id = a_tenant AND w.language = a_language AND w.term = ANY (old_terms)
        AND NOT EXISTS (SELECT 1 FROM knowledge_terms t WHERE t.tenant_id = a_tenant AND t.language = a_language AND t.term = w.term);
END $$;

-- Notes that these words were asked and this article was what was wanted. No term counts more than 20 times.
CREATE FUNCTION learn_knowledge(a_tenant text, a_article text, a_language text, words text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_catalog AS $$
DECLARE
    before integer;
    after integer;
BEGIN
    -- One at a time for each article, so that the lengths stay the sums of what they measure.
    PERFORM 1 FROM knowledge_articles WHERE id = a_article FOR UPDATE;
    SELECT coalesce(sum(frequency), 0) INTO before FROM knowledge_terms t WHERE t.article_id = a_article AND t.field = 2;
    WITH counted AS (
        INSERT INTO knowledge_terms AS k (tenant_id, language, term, article_id, field, frequency)
            SELECT a_tenant, a_language, t.term, a_article, 2, 1 FROM knowledge_terms_of(a_language, words) t LIMIT 32
            ON CONFLICT (tenant_id, language, term, article_id, field) DO UPDATE SET frequency = least(k.frequency + 1, 20)
            RETURNING k.term, k.frequency
    )
    INSERT INTO knowledge_frequencies AS f SELECT a_tenant, a_language, c.term, 2, 1 FROM counted c WHERE c.frequency = 1 ORDER BY c.term
        ON CONFLICT (tenant_id, language, term, field) DO UPDATE SET articles = f.articles + 1;
    SELECT coalesce(sum(frequency), 0) INTO after FROM knowledge_terms t WHERE t.article_id = a_article AND t.field = 2;
    IF after > before THEN
        INSERT INTO knowledge_lengths AS l VALUES (a_article, 2, a_tenant, a_language, after)
            ON CONFLICT (article_id, field) DO UPDATE SET length = after;
        INSERT INTO knowledge_totals AS k VALUES (a_tenant, a_language, 2, 1, after)
            ON CONFLICT (tenant_id, language, field) DO UPDATE
            SET articles = k.articles + (before = 0)::int, length = k.length + after - before;
    END IF;
END $$;

-- What a question is looked for by: its terms, what mistyped words may have meant (by trigrams, for what they are alike), and synonyms,
-- which count for less than what was written. `origin` is the term of the question that each stands for, `articles` how many have it.
CREATE FUNCTION knowledge_wanted(a_tenant text, a_language text, words text)
RETURNS TABLE (term text, origin text, weight double precision, articles bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_catalog AS $$
    WITH asked AS MATERIALIZED (
        SELECT t.term, EXISTS (SELECT 1 FROM knowledge_frequencies f WHERE f.tenant_id = a_tenant AND f.language = a_language
            AND f.term = t.term AND f.articles > 0) AS known
        FROM knowledge_terms_of(a_language, left(words, 1000)) t
        WHERE a_tenant = ANY (ARRAY[current_setting('frontdesk.tenant', true)]
            || string_to_array(coalesce(current_setting('frontdesk.tenants', true), ''), ','))
        LIMIT 32
    ), strange AS MATERIALIZED (
        SELECT w.lexeme AS word, t.term FROM unnest(to_tsvector('simple', search_text(left(words, 1000)))) w,
            LATERAL (SELECT k.term FROM knowledge_terms_of(a_language, w.lexeme) k LIMIT 1) t
        WHERE EXISTS (SELECT 1 FROM asked a WHERE NOT a.known) AND length(w.lexeme) BETWEEN 4 AND 64
            AND EXISTS (SELECT 1 FROM asked a WHERE a.term = t.term AND NOT a.known)
        LIMIT 8
    ), meant AS (
        SELECT s.term AS origin, n.term, n.alike FROM strange s CROSS JOIN LATERAL (
            SELECT k.term, similarity(k.word, s.word) AS alike FROM knowledge_words k
            WHERE k.word % s.word AND k.tenant_id = a_tenant AND k.language = a_language
            ORDER BY alike DESC, k.word LIMIT 5) n
    ), weighted AS (
        SELECT term AS origin, term, 1.0::float8 AS weight FROM asked
        UNION ALL SELECT origin, term, alike::float8 FROM meant
        UNION ALL SELECT a.term, other, 0.7 FROM asked a
            JOIN knowledge_synonyms s ON s.tenant_id = a_tenant AND s.language = a_language AND s.terms @> ARRAY[a.term]
            CROSS JOIN LATERAL unnest(s.terms) AS other WHERE other <> a.term
    )
    SELECT w.term, min(w.origin), max(w.weight), coalesce((SELECT max(f.articles) FROM knowledge_frequencies f
        WHERE f.tenant_id = a_tenant AND f.language = a_language AND f.term = w.term), 0)
    FROM weighted w GROUP BY w.term LIMIT 100
$$;

-- The published articles of one tenant that answer best, by BM25 over three fields (Robertson and Zaragoza 2009, k1 1.2, b 0.75). The
-- rarest terms choose 200 articles, of 10,000 places at most; all terms rank those. `coverage` is the share of the question's terms that
-- an article has. Trigram operators aren't leakproof, so that a policy would switch their index off: this checks the tenant itself.
CREATE FUNCTION search_knowledge(a_tenant text, a_language text, words text, a_brand text, most integer)
RETURNS TABLE (article_id text, score double precision, coverage double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_catalog AS $$
DECLARE
    terms text[];
    fields smallint[];
    origins text[];
    worths double precision[];
    lengths double precision[];
    tell text[];
    tell_worths double precision[];
    candidates text[];
    asked integer;
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT k.*, row_number() OVER (PARTITION BY k.articles > 0 ORDER BY k.articles, k.term) AS place
        FROM knowledge_wanted(a_tenant, a_language, words) k
    ), worthy AS (
        SELECT w.term, w.origin, w.place, w.articles AS everywhere, t.field, min(t.field) OVER (PARTITION BY w.term) AS first, 0.9 * t.articles / t.length AS per_length,
            w.weight * ln(1 + (t.articles - f.articles + 0.5) / (f.articles + 0.5)) * 2.2 AS worth
        FROM wanted w
            JOIN knowledge_frequencies f ON f.tenant_id = a_tenant AND f.language = a_language AND f.term = w.term
            JOIN knowledge_totals t ON t.tenant_id = a_tenant AND t.language = a_language AND t.field = f.field
        WHERE f.articles > 0
    )
    SELECT array_agg(w.term), array_agg(w.field), array_agg(w.origin), array_agg(w.worth), array_agg(w.per_length),
            (SELECT count(DISTINCT origin) FROM wanted),
            array_agg(w.term ORDER BY w.place) FILTER (WHERE w.field = w.first AND (w.place <= 4 OR w.everywhere <= 100)),
            array_agg(w.worth ORDER BY w.place) FILTER (WHERE w.field = w.first AND (w.place <= 4 OR w.everywhere <= 100))
        INTO terms, fields, origins, worths, lengths, asked, tell, tell_worths FROM worthy w;
    SELECT array_agg(c.id) INTO candidates FROM (
        SELECT p.id FROM (
            SELECT k.article_id AS id, t.worth * k.frequency / (k.frequency + 1.2::float8) AS part
            FROM unnest(tell, tell_worths) AS t (term, worth) CROSS JOIN LATERAL (
                SELECT k.article_id, k.frequency FROM knowledge_terms k
                WHERE k.tenant_id = a_tenant AND k.language = a_language AND k.term = t.term OFFSET 0) k
            LIMIT 10000) p
        GROUP BY p.id ORDER BY sum(p.part) DESC, p.id LIMIT 200) c;
    RETURN QUERY
        SELECT s.article_id, s.score, s.coverage FROM (
            SELECT c.id AS article_id, sum(w.worth * k.frequency / (k.frequency + 0.3::float8 + w.per_length * k.length)) AS score,
                count(DISTINCT w.origin)::float8 / asked AS coverage
            FROM unnest(candidates) AS c (id)
                CROSS JOIN unnest(terms, fields, origins, worths, lengths) AS w (term, field, origin, worth, per_length)
                CROSS JOIN LATERAL (
                    SELECT t.frequency, l.length FROM knowledge_terms t JOIN knowledge_lengths l USING (article_id, field)
                    WHERE t.tenant_id = a_tenant AND t.language = a_language AND t.term = w.term AND t.article_id = c.id
                        AND t.field = w.field OFFSET 0) k
            GROUP BY c.id) s JOIN knowledge_articles a ON a.id = s.article_id
        WHERE a.tenant_id = a_tenant AND a.published IS NOT NULL AND (a.brand IS NULL OR a.brand = a_brand)
        ORDER BY s.score DESC, s.article_id LIMIT most;
END $$;
REVOKE ALL ON FUNCTION index_knowledge_field(text, text, text, smallint, text), index_knowledge(text, text, text, text, text),
    learn_knowledge(text, text, text, text), knowledge_wanted(text, text, text), search_knowledge(text, text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION index_knowledge_field(text, text, text, smallint, text), index_knowledge(text, text, text, text, text),
    learn_knowledge(text, text, text, text) TO frontdesk_api;
GRANT EXECUTE ON FUNCTION search_knowledge(text, text, text, text, integer) TO frontdesk_api, frontdesk_router;
