-- How often, and how much, without the matches one by one.
PATTERN rises FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym
  ALL MATCHES
  PATTERN ( small ->> large+ EACH ANY ->> end )
  WITHIN 1 MS
  EMIT COUNT
  DEFINE
    small AS kind = 'TRADE' AND qty < 100,
    large AS kind = 'TRADE' AND qty >= 1000,
    end AS kind = 'CANCEL'
);

PATTERN traded FROM mkt MATCH_RECOGNIZE (
  ALL MATCHES
  PATTERN ( o ->> t ->> c )
  WITHIN 100 EVENTS
  EMIT SUM(t.qty)
  DEFINE o AS kind = 'ADD', t AS kind = 'TRADE', c AS kind = 'CANCEL'
);
