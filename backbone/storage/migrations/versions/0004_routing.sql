-- What routing knows of agents and asks of them. Additive: the release before reads none of it.
ALTER TABLE agents
    ADD COLUMN skills jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(skills) = 'object'),
    ADD COLUMN languages text[] NOT NULL DEFAULT '{}';
-- [{skill, level, relaxes_after_seconds}]; a need without a time is never given up.
ALTER TABLE conversations
    ADD COLUMN needs jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(needs) = 'array');
