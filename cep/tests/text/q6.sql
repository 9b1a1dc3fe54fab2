-- 3 steps on the stock data and a last one that never comes.
PATTERN q6_none FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME NONE
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ',
    t4 AS event_type = 'BUY' AND name = 'NotExists'
);

PATTERN q6_any FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME ALL
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ',
    t4 AS event_type = 'BUY' AND name = 'NotExists'
);
