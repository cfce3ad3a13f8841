"""What the programme promises members, where it is a number."""

# Green points a member may give to family, per Shanghai day and year (SPEC D7).
GIFT_POINTS_PER_DAY = 500
GIFT_POINTS_PER_YEAR = 5_000

# Days between telling members of a dearer price and its beginning (SPEC D5); the database refuses less than 7.
PRICE_NOTICE_DAYS = 30
