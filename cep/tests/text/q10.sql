-- 24 steps on the stock data and a last one that never comes.
PATTERN q10_none FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME NONE
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 ->> t5 ->> t6 ->> t7 ->> t8
        ->> t9 ->> t10 ->> t11 ->> t12 ->> t13 ->> t14 ->> t15 ->> t16
        ->> t17 ->> t18 ->> t19 ->> t20 ->> t21 ->> t22 ->> t23 ->> t24
        ->> t25 )
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
    t12 AS event_type = 'BUY' AND name = 'RIMM',
    t13 AS event_type = 'SELL' AND name = 'INTC',
    t14 AS event_type = 'BUY' AND name = 'RIMM',
    t15 AS event_type = 'BUY' AND name = 'QQQ',
    t16 AS event_type = 'SELL' AND name = 'IPIX',
    t17 AS event_type = 'BUY' AND name = 'AMAT',
    t18 AS event_type = 'BUY' AND name = 'CSCO',
    t19 AS event_type = 'SELL' AND name = 'YHOO',
    t20 AS event_type = 'BUY' AND name = 'DELL',
    t21 AS event_type = 'BUY' AND name = 'ORCL',
    t22 AS event_type = 'SELL' AND name = 'MSFT',
    t23 AS event_type = 'BUY' AND name = 'INTC',
    t24 AS event_type = 'BUY' AND name = 'RIMM',
    t25 AS event_type = 'BUY' AND name = 'NotExists'
);

PATTERN q10_any FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME ALL
  PATTERN ( t1 ->> t2 ->> t3 ->> t4 ->> t5 ->> t6 ->> t7 ->> t8
        ->> t9 ->> t10 ->> t11 ->> t12 ->> t13 ->> t14 ->> t15 ->> t16
        ->> t17 ->> t18 ->> t19 ->> t20 ->> t21 ->> t22 ->> t23 ->> t24
        ->> t25 )
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
    t12 AS event_type = 'BUY' AND name = 'RIMM',
    t13 AS event_type = 'SELL' AND name = 'INTC',
    t14 AS event_type = 'BUY' AND name = 'RIMM',
    t15 AS event_type = 'BUY' AND name = 'QQQ',
    t16 AS event_type = 'SELL' AND name = 'IPIX',
    t17 AS event_type = 'BUY' AND name = 'AMAT',
    t18 AS event_type = 'BUY' AND name = 'CSCO',
    t19 AS event_type = 'SELL' AND name = 'YHOO',
    t20 AS event_type = 'BUY' AND name = 'DELL',
    t21 AS event_type = 'BUY' AND name = 'ORCL',
    t22 AS event_type = 'SELL' AND name = 'MSFT',
    t23 AS event_type = 'BUY' AND name = 'INTC',
    t24 AS event_type = 'BUY' AND name = 'RIMM',
    t25 AS event_type = 'BUY' AND name = 'NotExists'
);
