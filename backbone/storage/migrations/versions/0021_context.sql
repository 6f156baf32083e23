-- ── what companies' own systems report of their customers (writer: the router; agent_api reads) ──
-- Everything hangs on the company's own id of its customer, on the account that reported it. Whose contact that is follows on
-- reading from addresses that are proven, so that merges, un-merges and people who write later need nothing moved.
CREATE TABLE partner_customers (
    account_id text NOT NULL REFERENCES channel_accounts ON DELETE CASCADE,
    reference text NOT NULL,
    tenant_id text NOT NULL,
    name text,
    language text,
    cohort text,
    profile_at timestamptz,
    points_at timestamptz,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, reference)
);
CREATE INDEX partner_customers_age ON partner_customers (seen_at);

-- Addresses that the company has verified.
CREATE TABLE partner_points (
    account_id text NOT NULL,
    reference text NOT NULL,
    channel text NOT NULL,
    address text NOT NULL,
    tenant_id text NOT NULL,
    PRIMARY KEY (account_id, channel, address, reference),
    FOREIGN KEY (account_id, reference) REFERENCES partner_customers ON DELETE CASCADE
);
CREATE INDEX partner_points_address ON partner_points (tenant_id, channel, address);
CREATE INDEX partner_points_customer ON partner_points (account_id, reference);

-- The last report on each: `data` is the model of schemas.partner. What occurred earlier never replaces what occurred later.
CREATE TABLE partner_orders (
    account_id text NOT NULL,
    id text NOT NULL,
    tenant_id text NOT NULL,
    reference text NOT NULL,
    closed boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, reference) REFERENCES partner_customers ON DELETE CASCADE
);
CREATE INDEX partner_orders_customer ON partner_orders (account_id, reference, closed, occurred_at DESC);
CREATE INDEX partner_orders_age ON partner_orders (occurred_at);

CREATE TABLE partner_shipments (
    account_id text NOT NULL,
    id text NOT NULL,
    tenant_id text NOT NULL,
    reference text NOT NULL,
    order_id text,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, reference) REFERENCES partner_customers ON DELETE CASCADE
);
CREATE INDEX partner_shipments_order ON partner_shipments (account_id, order_id);
CREATE INDEX partner_shipments_customer ON partner_shipments (account_id, reference);
CREATE INDEX partner_shipments_age ON partner_shipments (occurred_at);

-- Track-and-trace events: they add up, in whatever order they come.
CREATE TABLE partner_checkpoints (
    account_id text NOT NULL,
    shipment_id text NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,
    place text NOT NULL,
    tenant_id text NOT NULL,
    PRIMARY KEY (account_id, shipment_id, at, state, place),
    FOREIGN KEY (account_id, shipment_id) REFERENCES partner_shipments ON DELETE CASCADE
);

CREATE TABLE partner_loyalty (
    account_id text NOT NULL,
    reference text NOT NULL,
    tenant_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (account_id, reference),
    FOREIGN KEY (account_id, reference) REFERENCES partner_customers ON DELETE CASCADE
);

CREATE TABLE partner_promises (
    account_id text NOT NULL,
    id text NOT NULL,
    tenant_id text NOT NULL,
    reference text NOT NULL,
    closed boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, reference) REFERENCES partner_customers ON DELETE CASCADE
);
CREATE INDEX partner_promises_customer ON partner_promises (account_id, reference, closed, occurred_at DESC);
CREATE INDEX partner_promises_age ON partner_promises (occurred_at);

CREATE TABLE partner_consents (
    account_id text NOT NULL,
    reference text NOT NULL,
    purpose text NOT NULL,
    tenant_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('given', 'withdrawn')),
    at timestamptz NOT NULL,
    proof text NOT NULL,
    PRIMARY KEY (account_id, reference, purpose),
    FOREIGN KEY (account_id, reference) REFERENCES partner_customers ON DELETE CASCADE
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['partner_customers', 'partner_points', 'partner_orders', 'partner_shipments', 'partner_checkpoints',
        'partner_loyalty', 'partner_promises', 'partner_consents'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO frontdesk_router', name);
        EXECUTE format('GRANT SELECT ON %I TO frontdesk_api', name);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- The company's customers that a contact is, by proven addresses alone: the company's own id of who wrote on its own channel, or
-- an address that it has verified. One that two of its customers have (a family's telephone) proves nothing. At most 20.
CREATE FUNCTION contact_customers(contact text)
RETURNS TABLE (account_id text, reference text)
LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT c.account_id, c.reference FROM contact_points p
        JOIN partner_customers c ON c.account_id = p.account_id AND c.reference = p.address
    WHERE p.contact_id = contact
    UNION
    SELECT v.account_id, v.reference FROM contact_points p JOIN channel_accounts a ON a.id = p.account_id
        JOIN partner_points v ON v.tenant_id = p.tenant_id AND v.channel = a.channel AND v.address = p.address
    WHERE p.contact_id = contact AND NOT EXISTS (SELECT 1 FROM partner_points o WHERE o.account_id = v.account_id
        AND o.channel = v.channel AND o.address = v.address AND o.reference <> v.reference)
    LIMIT 20
$$;
REVOKE ALL ON FUNCTION contact_customers(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION contact_customers(text) TO frontdesk_api;

-- Removes, over tenants and at most `most` of each: customers of whom nothing was heard for 400 days, or for 30 days while nobody
-- of theirs ever wrote; and orders, shipments and promises of over 400 days.
CREATE FUNCTION remove_old_reports(most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH strangers AS (
        DELETE FROM partner_customers WHERE ctid = ANY (ARRAY(
            SELECT c.ctid FROM partner_customers c WHERE c.seen_at < now() - interval '30 days'
                AND (c.seen_at < now() - interval '400 days' OR NOT (
                    EXISTS (SELECT 1 FROM contact_points p WHERE p.account_id = c.account_id AND p.address = c.reference)
                    OR EXISTS (SELECT 1 FROM partner_points v JOIN channel_accounts a ON a.tenant_id = v.tenant_id AND a.channel = v.channel
                        JOIN contact_points p ON p.account_id = a.id AND p.address = v.address
                        WHERE v.account_id = c.account_id AND v.reference = c.reference)))
            LIMIT most)) RETURNING 1
    ), orders AS (
        DELETE FROM partner_orders WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM partner_orders WHERE occurred_at < now() - interval '400 days' LIMIT most)) RETURNING 1
    ), shipments AS (
        DELETE FROM partner_shipments WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM partner_shipments WHERE occurred_at < now() - interval '400 days' LIMIT most)) RETURNING 1
    ), promises AS (
        DELETE FROM partner_promises WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM partner_promises WHERE occurred_at < now() - interval '400 days' LIMIT most)) RETURNING 1
    )
    SELECT greatest((SELECT count(*) FROM strangers), (SELECT count(*) FROM orders), (SELECT count(*) FROM shipments),
        (SELECT count(*) FROM promises))::integer
$$;
REVOKE ALL ON FUNCTION remove_old_reports(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_old_reports(integer) TO frontdesk_router;
