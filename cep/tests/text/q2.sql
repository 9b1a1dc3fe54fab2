-- 6 steps on the stock data, all matches; then consuming: after an event with a match all
-- partial matches are dropped.
PATTERN q2_none FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME NONE
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 ->> t5 ->> t6 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ',
    t4 AS event_type = 'SELL' AND name = 'IPIX',
    t5 AS event_type = 'BUY' AND name = 'AMAT',
    t6 AS event_type = 'BUY' AND name = 'CSCO'
);

PATTERN q2_any FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME ALL
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 ->> t5 ->> t6 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ',
    t4 AS event_type = 'SELL' AND name = 'IPIX',
    t5 AS event_type = 'BUY' AND name = 'AMAT',
    t6 AS event_type = 'BUY' AND name = 'CSCO'
);
