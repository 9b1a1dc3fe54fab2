-- Four named stocks of equal volume, the middle two bought or sold; all matches, then consuming.
PATTERN other_q6_none FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME NONE
  PATTERN ( msft ->> oracle ->> csco ->> amat )
  WITHIN 10 S
  DEFINE
    msft AS event_type = 'SELL' AND name = 'MSFT',
    oracle AS event_type IN ('BUY', 'SELL') AND name = 'ORCL',
    csco AS event_type IN ('BUY', 'SELL') AND name = 'CSCO',
    amat AS event_type = 'SELL' AND name = 'AMAT'
);

PATTERN other_q6_any FROM stock MATCH_RECOGNIZE (
  PARTITION BY volume
  ALL MATCHES
  CONSUME ALL
  PATTERN ( msft ->> oracle ->> csco ->> amat )
  WITHIN 10 S
  DEFINE
    msft AS event_type = 'SELL' AND name = 'MSFT',
    oracle AS event_type IN ('BUY', 'SELL') AND name = 'ORCL',
    csco AS event_type IN ('BUY', 'SELL') AND name = 'CSCO',
    amat AS event_type = 'SELL' AND name = 'AMAT'
);
