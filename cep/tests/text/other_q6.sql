-- Three steps of equal volume, the last two bought or sold; all matches, then consuming.
PATTERN other_q6_none FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME NONE
  PATTERN ( t1 ->> t2 ->> t3 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type IN ('BUY', 'SELL') AND name = 'RIMM',
    t3 AS event_type IN ('BUY', 'SELL') AND name = 'QQQ'
);

PATTERN other_q6_any FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME ALL
  PATTERN ( t1 ->> t2 ->> t3 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type IN ('BUY', 'SELL') AND name = 'RIMM',
    t3 AS event_type IN ('BUY', 'SELL') AND name = 'QQQ'
);
