-- The writing side: what the application keeps, and what others are to hear of it.

CREATE TABLE accounts (
    id      int PRIMARY KEY,
    balance bigint NOT NULL DEFAULT 0
);

CREATE TABLE outbox (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key     text NOT NULL,  -- events of one key stay in order
    payload jsonb NOT NULL
);

CREATE FUNCTION tell_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY outbox;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_relay AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell_relay();

-- The reading side, which may as well be another database.

CREATE TABLE payments (
    id        bigint PRIMARY KEY,  -- that of the row in the outbox
    account   int NOT NULL,
    amount    bigint NOT NULL,
    partition int NOT NULL,        -- where in the topic it came from
    position  bigint NOT NULL,
    UNIQUE (partition, position)
);

CREATE TABLE progress (
    topic     text NOT NULL,
    partition int NOT NULL,
    next      bigint NOT NULL DEFAULT 0,  -- the offset to go on with
    records   bigint NOT NULL DEFAULT 0,  -- how many were read so far
    PRIMARY KEY (topic, partition)
);
