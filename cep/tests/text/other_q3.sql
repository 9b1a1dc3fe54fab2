-- Three steps of equal volume; all matches, then consuming.
PATTERN other_q3_none FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME NONE
  PATTERN ( t1 ->> t2 ->> t3 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ'
);

PATTERN other_q3_any FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME ALL
  PATTERN ( t1 ->> t2 ->> t3 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ'
);
