/* Every form the language has, in as few queries as it takes. */
PATTERN "all forms" FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym, acct
  ORDER BY ts
  KINDS ('ADD', 'EXEC', 'CANCEL')
  MEASURES
    FIRST(ts) AS began, ts AS ended, ts - FIRST(ts) AS lasted, CLASSIFIER() AS by,
    MATCH_NUMBER() AS number, side AS side, FINAL LAST(b.price, 1) AS before_last,
    RUNNING COUNT(*) AS events, COUNT(b.*) AS bs, COUNT(b.qty) AS same,
    AVG(b.price) AS mean, VWAP(b.price, b.qty) AS vwap, EWMA(b.price, 0.25) AS smooth,
    MIN(price) AS low, MAX(b.score) AS score, ioc AS ioc, PREV(price, 2) AS earlier
  ONE ROW PER MATCH
  AFTER MATCH SKIP TO FIRST b EAGER
  CONSUME NONE
  PATTERN ( NOT z FOR 1 S -> a b{2,5}? STRICT GAP 20 US NOT x -> GAP 10 US (c | d e?)
            -> NOT x -> NOT y -> PERMUTE(f, g h) -> NOT z FOR INTERVAL '1.5' SECOND -> NOT y )
  WITHIN 2 MIN
  WITHIN 1000 EVENTS
  GAP 30 S
  ON TIMEOUT EMIT
  DEFINE
    a AS TRUE,
    b AS price * 1.01 >= a.price AND qty / 3 + 0.5 < (qty + 2) * 2 AND NOT ioc,
    c AS price BETWEEN 5 AND b.price AND side NOT IN ('S'),
    d AS -price < -(bid + ask) / 2 OR side = a.side AND ts - a.ts < 5 MS,
    e AS price * qty > 1e6 AND price NOT BETWEEN a.price - 1 AND a.price + 1,
    f AS price > AVG(b.price) AND LAST(b.price, 1) < FIRST(price),
    g AS score > 0.5 * a.score AND link(acct) <> 0 AND 'B' = side,
    x AS kind = 'CANCEL' AND ioc = FALSE,
    y AS qty > SUM(b.qty) - COUNT(*),
    z AS 1000 < qty
);

-- Absences in groups, plain SQL's rows, and what else is left.
FROM mkt MATCH_RECOGNIZE (
  PATTERN ( (NOT x -> a)+ -> NOT y FOR 5 MS -> (b -> NOT x | c -> NOT y FOR 1 MS) )
  WITHIN 1 S
  DEFINE a AS price > LAG(price), b AS price > LAG(price, 3) + PREV(price)
);
FROM mkt MATCH_RECOGNIZE (
  PATTERN ( down+ up+ NOT flat over )
  WITHIN 1 S
  DEFINE down AS price < PREV(price), up AS price > PREV(price) AND qty > PREV(qty, 2),
         flat AS price = PREV(price)
);
FROM mkt MATCH_RECOGNIZE (
  FIRST MATCH PER START LIMIT 3
  AFTER MATCH SKIP TO NEXT ROW
  PATTERN ( a ->> b* ANY ->> (c -> d){2} GAP 1 MS e?? )
  WITHIN 1 S
);
FROM mkt MATCH_RECOGNIZE (
  LONGEST MATCH PER START
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( a (b+ ANY) GAP 1 MS c{,2} EACH ANY WITHOUT x (PERMUTE(e, f) RELAXED GAP 2 MS WITHOUT STRICT y) GAP 3 MS d )
  WITHIN 1 S
)
