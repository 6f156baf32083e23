-- The bus on PostgreSQL: a log for each partition of a topic. `backbone.bus.postgres` is its only reader and writer.
CREATE SCHEMA bus;

CREATE TABLE bus.topics (
    topic text PRIMARY KEY,
    partitions integer NOT NULL CHECK (partitions BETWEEN 1 AND 1024),
    retention interval NOT NULL CHECK (retention > interval '0'),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row a partition: the offset that its next record gets. Whoever appends holds the row's lock until its commit, so
-- records become visible in the order of their offsets and without gaps. `id` names the partition in advisory locks.
CREATE TABLE bus.heads (
    topic text NOT NULL REFERENCES bus.topics ON DELETE CASCADE,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE bus.records (
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    headers bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
-- Bodies come encrypted or small: trying to compress them costs and gives nothing.
ALTER TABLE bus.records ALTER COLUMN value SET STORAGE EXTERNAL;

-- Groups of consumers and their members. A member lives while its session holds its advisory lock (see bus.live_members).
CREATE TABLE bus.groups (
    name text PRIMARY KEY,
    id integer GENERATED ALWAYS AS IDENTITY UNIQUE
);
CREATE TABLE bus.members (
    consumer_group text NOT NULL REFERENCES bus.groups ON DELETE CASCADE,
    member text NOT NULL,
    topics text[] NOT NULL,
    id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, member)
);

-- Appends all of it in one transaction and wakes the consumers; the arrays have one element a record.
CREATE FUNCTION bus.append(a_topics text[], a_partitions integer[], a_keys bytea[], a_values bytea[], a_headers bytea[])
RETURNS void LANGUAGE plpgsql SET search_path = bus, pg_temp AS $$
DECLARE
    taken integer;
    moment timestamptz;
BEGIN
    -- Locked in one order by all, so that two writers never wait for each other in a circle.
    PERFORM 1 FROM heads h
        WHERE (h.topic, h.partition) IN (SELECT DISTINCT t, p FROM unnest(a_topics, a_partitions) AS v (t, p))
        ORDER BY h.topic, h.partition FOR UPDATE;
    -- Read under the locks: times grow with the offsets, as long as the machine's clock does.
    moment := clock_timestamp();
    WITH incoming AS (
        SELECT v.*, row_number() OVER (PARTITION BY v.t, v.p ORDER BY v.n) - 1 AS place
        FROM unnest(a_topics, a_partitions, a_keys, a_values, a_headers) WITH ORDINALITY AS v (t, p, k, b, h, n)
    ), moved AS (
        UPDATE heads h SET next_offset = h.next_offset + c.many
        FROM (SELECT t, p, count(*) AS many FROM incoming GROUP BY t, p) AS c
        WHERE h.topic = c.t AND h.partition = c.p
        RETURNING h.topic, h.partition, h.next_offset - c.many AS first
    )
    INSERT INTO records (topic, partition, record_offset, key, value, headers, at)
        SELECT i.t, i.p, m.first + i.place, i.k, i.b, i.h, moment
        FROM incoming i JOIN moved m ON m.topic = i.t AND m.partition = i.p;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> cardinality(a_topics) THEN
        RAISE EXCEPTION 'a record names a topic or partition that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    PERFORM pg_notify('bus_records', (SELECT string_agg(DISTINCT t, ',') FROM unnest(a_topics) AS v (t)));
END $$;

-- Makes a topic that doesn't exist; leaves another as it is. Answers its number of partitions.
CREATE FUNCTION bus.ensure_topic(a_topic text, a_partitions integer, a_retention interval)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
BEGIN
    INSERT INTO topics (topic, partitions, retention) VALUES (a_topic, a_partitions, a_retention) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO heads (topic, partition) SELECT a_topic, n FROM generate_series(0, a_partitions - 1) AS n;
    END IF;
    RETURN (SELECT partitions FROM topics WHERE topic = a_topic);
END $$;

-- Deletes up to a_most records that are older than their topic's retention, oldest first; answers how many. Answers 0
-- while another session is at it.
CREATE FUNCTION bus.trim(a_most integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = bus, pg_temp AS $$
DECLARE
    head record;
    step integer;
    total integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(0, 0) THEN
        RETURN 0;
    END IF;
    FOR head IN SELECT h.topic, h.partition, t.retention FROM heads h JOIN topics t USING (topic) LOOP
        EXIT WHEN total >= a_most;
        -- From the oldest offset on and no further than the batch: without an index on the time.
        DELETE FROM records r USING (
            SELECT o.record_offset, o.at FROM records o
            WHERE o.topic = head.topic AND o.partition = head.partition
            ORDER BY o.record_offset LIMIT a_most - total
        ) AS oldest
        WHERE r.topic = head.topic AND r.partition = head.partition AND r.record_offset = oldest.record_offset
            AND oldest.at < clock_timestamp() - head.retention;
        GET DIAGNOSTICS step = ROW_COUNT;
        total := total + step;
    END LOOP;
    RETURN total;
END $$;

-- The members of a group whose sessions live: each holds the lock (-group, member). A dead session's lock is gone at
-- once, a frozen one's when the server ends its idle session.
CREATE FUNCTION bus.live_members(a_group text)
RETURNS TABLE (member text, topics text[]) LANGUAGE sql STABLE SET search_path = bus, pg_catalog, pg_temp AS $$
    SELECT m.member, m.topics FROM members m JOIN groups g ON g.name = m.consumer_group
    WHERE m.consumer_group = a_group AND EXISTS (
        SELECT 1 FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.classid = (4294967296 - g.id)::oid AND l.objid = m.id::oid
    )
    ORDER BY m.member
$$;

-- agent_api reads wake-ups and nothing else: what customers wrote travels on the other topics.
ALTER TABLE bus.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE bus.records FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON bus.records TO frontdesk_router, frontdesk_gateway, CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY wake_ups ON bus.records FOR SELECT TO frontdesk_api USING (topic LIKE 'conversations.events.%');

GRANT USAGE ON SCHEMA bus TO frontdesk_api, frontdesk_router, frontdesk_gateway;
GRANT SELECT ON bus.topics, bus.heads, bus.records TO frontdesk_api, frontdesk_router, frontdesk_gateway;
GRANT UPDATE (next_offset) ON bus.heads TO frontdesk_router, frontdesk_gateway;
GRANT INSERT ON bus.records TO frontdesk_router, frontdesk_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON bus.members, bus.groups TO frontdesk_router, frontdesk_gateway;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bus.append(text[], integer[], bytea[], bytea[], bytea[]), bus.trim(integer), bus.live_members(text)
    TO frontdesk_router, frontdesk_gateway;
GRANT EXECUTE ON FUNCTION bus.ensure_topic(text, integer, interval) TO frontdesk_api, frontdesk_router, frontdesk_gateway;
