-- Four named stocks of equal volume; all matches, then consuming.
PATTERN other_q3_none FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME NONE
  PATTERN ( msft ->> oracle ->> csco ->> amat )
  WITHIN 10 S
  DEFINE
    msft AS event_type = 'SELL' AND name = 'MSFT',
    oracle AS event_type = 'BUY' AND name = 'ORCL',
    csco AS event_type = 'BUY' AND name = 'CSCO',
    amat AS event_type = 'SELL' AND name = 'AMAT'
);

PATTERN other_q3_any FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME ALL
  PATTERN ( msft ->> oracle ->> csco ->> amat )
  WITHIN 10 S
  DEFINE
    msft AS event_type = 'SELL' AND name = 'MSFT',
    oracle AS event_type = 'BUY' AND name = 'ORCL',
    csco AS event_type = 'BUY' AND name = 'CSCO',
    amat AS event_type = 'SELL' AND name = 'AMAT'
);
