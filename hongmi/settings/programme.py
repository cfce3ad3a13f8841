"""Figures that the programme promises to members."""

# Green points a member may give to family, per Shanghai day and year (SPEC D7).
GIFT_POINTS_PER_DAY = 500
GIFT_POINTS_PER_YEAR = 5_000

# Days between the notice of a higher price and its start (SPEC D5); the database refuses less than 7.
PRICE_NOTICE_DAYS = 30
