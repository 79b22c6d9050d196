"""1,000,000 reviews of 10,000 partners by 20,000 stores, one of the partners with 50,000, one with 10. Made in SQL.

Triggers and foreign keys are off meanwhile: nobody is invited, which no public page asks about.
"""

from django.db import connection

REVIEWS, PARTNERS, STORES, OF_THE_BIG_ONE, OF_THE_SMALL_ONE = 1_000_000, 10_000, 20_000, 50_000, 10
BIG, SMALL = "partner-1", "partner-2"
OWNERS = 1

LOAD = f"""
SET LOCAL session_replication_role = replica;
SET LOCAL work_mem = '256MB';

INSERT INTO accounts_user
    (id, password, is_superuser, email, name, language, time_zone, is_staff, is_active, date_joined)
VALUES ({OWNERS}, '!', false, 'owner@people.example', 'Owner', '', 'UTC', false, true, now());

INSERT INTO partners_partner (id, public_id, name, slug, created_at)
SELECT n, gen_random_uuid(), 'Partner ' || n, 'partner-' || n, now() FROM generate_series(1, {PARTNERS}) AS n;

INSERT INTO partners_publiclisting
    (partner_id, name, text, services, languages, country, website, published_at, changed_at)
SELECT n, 'Partner ' || n, 'We design and rebuild storefronts for makers: themes, product data and the small things.',
    '{{theme_design,speed,catalogue}}', '{{en,fr}}', 'FR', 'https://partner-' || n || '.example/', now(), now()
FROM generate_series(1, {PARTNERS}) AS n;

INSERT INTO partners_trackrecord (partner_id, jobs_completed, first_time_approvals, answers, seconds_to_answer)
SELECT n, 148, 142, 10, 90000 FROM generate_series(1, {PARTNERS}) AS n;

INSERT INTO stores_store
    (id, public_id, name, handle, country, industry, time_zone, currency, staff_limit, created_at, owner_id)
SELECT n, gen_random_uuid(), 'Store ' || n, 'store-' || n, 'FR', 'fashion', 'UTC', 'EUR', 2, now(), {OWNERS}
FROM generate_series(1, {STORES}) AS n;

INSERT INTO reviews_review (source, services, communication, quality, text, published_at, version, answered_at,
    author_id, partner_id, store_id, invitation_id)
SELECT CASE WHEN n % 5 = 0 THEN 'handover' ELSE 'job' END,
    CASE WHEN n % 3 = 0 THEN '{{theme_design,speed}}' ELSE '{{catalogue}}' END::varchar[],
    1 + n % 5, 1 + (n * 7 / 3) % 5,
    'Clear at every step, and they found two old mistakes in our size guide on the way. Number ' || n || '.',
    now() - (n % 700) * interval '1 day', 1, CASE WHEN n % 2 = 0 THEN now() END,
    {OWNERS},
    CASE WHEN n <= {OF_THE_BIG_ONE} THEN 1 WHEN n <= {OF_THE_BIG_ONE + OF_THE_SMALL_ONE} THEN 2
        ELSE 3 + n % {PARTNERS - 2} END,
    1 + n % {STORES}, n
FROM generate_series(1, {REVIEWS}) AS n;

INSERT INTO reviews_reply (text, published_at, author_id, partner_id, review_id)
SELECT 'Thank you. Whenever you are ready for the gift cards, we are one message away.', answered_at, {OWNERS},
    partner_id, id
FROM reviews_review WHERE answered_at IS NOT NULL;

WITH latest AS (
    SELECT DISTINCT ON (partner_id, store_id) partner_id, communication, quality
    FROM reviews_review ORDER BY partner_id, store_id, id DESC
), voices AS (
    SELECT partner_id, count(*) AS stores, sum(communication) AS communication, sum(quality) AS quality
    FROM latest GROUP BY partner_id
), counted AS (
    SELECT partner_id, count(*) AS reviews, count(answered_at) AS answered,
        array[count(*) FILTER (WHERE (total + 1) / 2 = 1), count(*) FILTER (WHERE (total + 1) / 2 = 2),
            count(*) FILTER (WHERE (total + 1) / 2 = 3), count(*) FILTER (WHERE (total + 1) / 2 = 4),
            count(*) FILTER (WHERE (total + 1) / 2 = 5)] AS spread
    FROM reviews_review GROUP BY partner_id
)
INSERT INTO partners_partnerrating
    (partner_id, reviews, stores, communication, quality, spread, answered, answer_times, score)
SELECT partner_id, reviews, stores, communication, quality, spread, answered,
    array[0, 0, 0, answered, 0, 0, 0, 0, 0],
    (5 * 3500 + 500 * (communication + quality)) / (5 + stores)
FROM counted JOIN voices USING (partner_id);
"""
INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'reviews_review' AND indexname LIKE 'review\\_%'"
)
TABLES = (
    *("partners_partner", "partners_publiclisting", "partners_partnerrating", "partners_trackrecord"),
    *("stores_store", "reviews_review", "reviews_reply"),
)


def load() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(INDEXES)  # none of a constraint
        indexes = cursor.fetchall()  # made at the end, which takes half as long
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(LOAD)
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("COMMIT")
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
