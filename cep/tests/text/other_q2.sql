-- Four named stocks above given prices; all matches, then consuming.
PATTERN other_q2_none FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME NONE
  PATTERN ( msft ->> oracle ->> csco ->> amat )
  WITHIN 10 S
  DEFINE
    msft AS event_type = 'SELL' AND name = 'MSFT' AND price > 26.0,
    oracle AS event_type = 'BUY' AND name = 'ORCL' AND price > 11.14,
    csco AS event_type = 'BUY' AND name = 'CSCO',
    amat AS event_type = 'SELL' AND name = 'AMAT' AND price >= 18.92
);

PATTERN other_q2_any FROM stock MATCH_RECOGNIZE (
  ALL MATCHES
  CONSUME ALL
  PATTERN ( msft ->> oracle ->> csco ->> amat )
  WITHIN 10 S
  DEFINE
    msft AS event_type = 'SELL' AND name = 'MSFT' AND price > 26.0,
    oracle AS event_type = 'BUY' AND name = 'ORCL' AND price > 11.14,
    csco AS event_type = 'BUY' AND name = 'CSCO',
    amat AS event_type = 'SELL' AND name = 'AMAT' AND price >= 18.92
);
