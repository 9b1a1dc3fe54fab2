-- 12 steps on the stock data, all matches; then consuming: after an event with a match all
-- partial matches are dropped.
PATTERN q4_none FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME NONE
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 ->> t5 ->> t6 ->> t7 ->> t8
        ->> t9 ->> t10 ->> t11 ->> t12 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ',
    t4 AS event_type = 'SELL' AND name = 'IPIX',
    t5 AS event_type = 'BUY' AND name = 'AMAT',
    t6 AS event_type = 'BUY' AND name = 'CSCO',
    t7 AS event_type = 'SELL' AND name = 'YHOO',
    t8 AS event_type = 'BUY' AND name = 'DELL',
    t9 AS event_type = 'BUY' AND name = 'ORCL',
    t10 AS event_type = 'SELL' AND name = 'MSFT',
    t11 AS event_type = 'BUY' AND name = 'INTC',
    t12 AS event_type = 'BUY' AND name = 'RIMM'
);

PATTERN q4_any FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME ALL
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 ->> t5 ->> t6 ->> t7 ->> t8
        ->> t9 ->> t10 ->> t11 ->> t12 )
  WITHIN 10 S
  DEFINE
    t1 AS event_type = 'SELL' AND name = 'INTC',
    t2 AS event_type = 'BUY' AND name = 'RIMM',
    t3 AS event_type = 'BUY' AND name = 'QQQ',
    t4 AS event_type = 'SELL' AND name = 'IPIX',
    t5 AS event_type = 'BUY' AND name = 'AMAT',
    t6 AS event_type = 'BUY' AND name = 'CSCO',
    t7 AS event_type = 'SELL' AND name = 'YHOO',
    t8 AS event_type = 'BUY' AND name = 'DELL',
    t9 AS event_type = 'BUY' AND name = 'ORCL',
    t10 AS event_type = 'SELL' AND name = 'MSFT',
    t11 AS event_type = 'BUY' AND name = 'INTC',
    t12 AS event_type = 'BUY' AND name = 'RIMM'
);
