-- An immediate-or-cancel order without an execution for ten milliseconds.
PATTERN no_fill FROM mkt MATCH_RECOGNIZE (
  PATTERN ( o -> NOT f FOR 10 MS )
  DEFINE
    o AS kind = 'ADD' AND ioc,
    f AS kind = 'EXEC' AND oid = o.oid
)
